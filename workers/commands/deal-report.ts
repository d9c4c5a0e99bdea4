/** How the operator command shows deals: plain aligned text, colours only on a terminal. */
import { styleText } from 'node:util';
import { Duration } from 'luxon';
import type { Db } from '../../db/connection';
import { openStops } from '../../db/stop-switches';
import { reportOf, systemTasks, waitingDeals } from '../../db/views/operator-deals';
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

/** Prints what waits, why, for how long and when it moves next. */
export async function printWaiting(db: Db): Promise<void> {
  const [deals, tasks] = await Promise.all([waitingDeals(db), systemTasks(db)]);
  printTable('Of the whole system', tasks);
  if (deals.length === 0) return write('nothing waits');
  const rows = deals.map((deal) => ({
    deal: deal.dealNo,
    status: deal.status,
    'waits for': deal.reason,
    'so long': ago(deal.since),
    'moves next': deal.nextMoveAt,
    attention: deal.attention,
    principal: deal.principal,
  }));
  printTable(`${deals.length} waiting`, rows);
}

/** Prints the stop switches that are thrown. */
export async function printStops(db: Db): Promise<void> {
  const stops = await openStops(db);
  if (stops.length === 0) return write('nothing is stopped');
  printTable(
    'Stopped',
    stops.map(({ stoppedAt, ...stop }) => ({ ...stop, since: stoppedAt })),
  );
}

/** Prints one deal whole. */
export async function printDeal(db: Db, dealId: DealId): Promise<void> {
  const { deal, payments, transfers, refunds, chargebacks, events, ledger, tasks } = await reportOf(db, dealId);
  write(bold(`Deal ${deal.deal_no}: ${deal.status}${deal.waiting_reason ? `, waiting ${deal.waiting_reason}` : ''}`));
  for (const [name, value] of Object.entries(deal)) write(`  ${name.padEnd(20)}${show(name, value)}`);
  write(`  ${'workflow'.padEnd(20)}${dealWorkflowIdOf(dealId)}`);
  printTable('Payments', payments);
  printTable('Transfers', transfers);
  printTable('Refunds', refunds);
  printTable('Chargebacks', chargebacks);
  printTable('Ledger', ledger);
  printTable('Story', events);
  printTable('Open alarms and tasks', tasks);
}
