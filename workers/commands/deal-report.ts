/** How the operator command shows deals: plain aligned text, colours only on a terminal. */
import { styleText } from 'node:util';
import { Duration } from 'luxon';
import type { Advice, DealStory, Waiting } from '../../api/operator/reports';
import type { Stop } from '../../db/stop-switches';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';

type Cell = string | number | Date | boolean | null | undefined;

const MONEY = new Set(['principal', 'fee', 'total', 'amount', 'refunded_amount']);
/** Bold on a terminal. */
export const bold = (text: string): string => (process.stdout.isTTY ? styleText('bold', text) : text);
export const write = (text: string): void => void process.stdout.write(`${text}\n`);

function show(column: string, value: Cell): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (MONEY.has(column)) return Number(value).toLocaleString('en-US');
  return String(value);
}

/** Aligned columns under a title; nothing when there is no row. */
export function printTable(title: string, rows: readonly Record<string, Cell>[]): void {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => show(column, row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd();
  write(`\n${bold(title)}\n${line(columns)}`);
  for (const row of cells) write(line(row));
}

/** How long ago, in days and `hh:mm:ss`. */
export const ago = (at: Date | null): string =>
  at
    ? Duration.fromMillis(Math.max(0, Date.now() - at.getTime()))
        .toFormat("d'd' hh:mm:ss")
        .replace(/^0d /, '')
    : '-';

/** Prints what the open alarms and tasks mean, and what to do about each. */
function printAdvice(advice: readonly Advice[]): void {
  if (advice.length > 0) write(`\n${bold('What to do')}`);
  for (const { reason, meaning, toDo } of advice) write(`  ${reason}: ${meaning}\n    -> ${toDo}`);
}

/** Prints what waits, why, for how long and when it moves next. */
export function printWaiting({ deals, tasks, advice }: Waiting): void {
  printTable('Of the whole system', tasks);
  const rows = deals.map((deal) => ({
    deal: deal.dealNo,
    status: deal.status,
    'waits for': deal.reason,
    'so long': ago(deal.since),
    'moves next': deal.nextMoveAt,
    attention: deal.attention,
    tasks: deal.tasks.join(', ') || null,
    principal: deal.principal,
  }));
  printTable(`${deals.length} waiting`, rows);
  if (deals.length === 0) write('nothing waits');
  printAdvice(advice);
}

/** Prints the stop switches that are thrown. */
export function printStops(stops: readonly Stop[]): void {
  if (stops.length === 0) write('nothing is stopped');
  printTable(
    'Stopped',
    stops.map(({ stoppedAt, ...stop }) => ({ ...stop, since: stoppedAt })),
  );
}

/** Prints one deal whole. */
export function printDeal({ report, advice }: DealStory): void {
  const { deal, payments, transfers, refunds, chargebacks, sends, rulings, doubts, events, ledger, tasks } = report;
  write(bold(`Deal ${deal.deal_no}: ${deal.status}${deal.waiting_reason ? `, waiting ${deal.waiting_reason}` : ''}`));
  for (const [name, value] of Object.entries(deal)) write(`  ${name.padEnd(27)}${show(name, value)}`);
  write(`  ${'workflow'.padEnd(27)}${dealWorkflowIdOf(deal.id as DealId)}`);
  printTable('Payments', payments);
  printTable('Transfers', transfers);
  printTable('Refunds', refunds);
  printTable('Chargebacks', chargebacks);
  printTable('Sends', sends);
  printTable('Rulings', rulings);
  printTable('Doubts', doubts);
  if (ledger === null) write('\nIts ledger needs the right money.read.');
  else printTable('Ledger', ledger);
  printTable('Story', events);
  printTable('Open alarms and tasks', tasks);
  printAdvice(advice);
}
