/** How the operator command shows deals: plain aligned text, colours only on a terminal. */
import { styleText } from 'node:util';
import { Duration } from 'luxon';
import type { Db } from '../db/connection';
import { reportOf, waitingDeals } from '../db/deal-reports';
import { type DealId, dealWorkflowIdOf } from '../workflows/domain/ids';

type Cell = string | number | Date | boolean | null | undefined;

const MONEY = new Set(['principal', 'fee', 'total', 'amount', 'refunded_amount']);
const bold = (text: string): string => (process.stdout.isTTY ? styleText('bold', text) : text);
const write = (text: string): void => void process.stdout.write(`${text}\n`);

function show(column: string, value: Cell): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (MONEY.has(column)) return Number(value).toLocaleString('en-US');
  return String(value);
}

function printTable(title: string, rows: readonly Record<string, Cell>[]): void {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => show(column, row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd();
  write(`\n${bold(title)}\n${line(columns)}`);
  for (const row of cells) write(line(row));
}

const ago = (at: Date | null): string =>
  at
    ? Duration.fromMillis(Math.max(0, Date.now() - at.getTime()))
        .toFormat("d'd' hh:mm:ss")
        .replace(/^0d /, '')
    : '-';

/** Prints what waits, why, for how long and when it moves next. */
export async function printWaiting(db: Db): Promise<void> {
  const deals = await waitingDeals(db);
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

/** Prints one deal whole. */
export async function printDeal(db: Db, dealId: DealId): Promise<void> {
  const { deal, payments, transfers, refunds, events, ledger, tasks } = await reportOf(db, dealId);
  write(bold(`Deal ${deal.deal_no}: ${deal.status}${deal.waiting_reason ? `, waiting ${deal.waiting_reason}` : ''}`));
  for (const [name, value] of Object.entries(deal)) write(`  ${name.padEnd(20)}${show(name, value)}`);
  write(`  ${'workflow'.padEnd(20)}${dealWorkflowIdOf(dealId)}`);
  printTable('Payments', payments);
  printTable('Transfers', transfers);
  printTable('Refunds', refunds);
  printTable('Ledger', ledger);
  printTable('Story', events);
  printTable('Open alarms and tasks', tasks);
}
