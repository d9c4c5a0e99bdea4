/** Reconciliations without the engine: given lists, matched by PostgreSQL. */
import type { Db } from '../../db/connection';
import { storeBankList, storeSettlementFile } from '../../db/reconciliation/lines';
import { match } from '../../db/reconciliation/matching';
import { beginRun, closeRun } from '../../db/reconciliation/runs';
import type { BankLine, ReconciliationResult, SettlementLine } from '../../workflows/domain/reconciliation';

export interface DayToReconcile {
  /** KST, `YYYY-MM-DD`. */
  readonly day: string;
  readonly settlement: readonly SettlementLine[];
  readonly bank: readonly BankLine[];
  /** When the lists are read; default 23:00 KST of the next day. */
  readonly now?: Date;
}

/** Half of the PG's key window. */
export const ASKABLE_MS = 7.5 * 86_400_000;

/** 23:00 KST of the day after. */
export const nightAfter = (day: string): Date => new Date(Date.parse(`${day}T23:00:00+09:00`) + 86_400_000);

async function* inOne<T>(lines: readonly T[]): AsyncGenerator<readonly T[]> {
  yield lines;
}

let runs = 0;

/** One whole run on these lists. */
export async function reconcileLists(
  db: Db,
  { day, settlement, bank, now = nightAfter(day) }: DayToReconcile,
): Promise<ReconciliationResult> {
  runs += 1;
  const runId = await beginRun(db, { engineRun: `run-${runs}`, day, at: now });
  await storeSettlementFile(db, day, now, inOne(settlement));
  await storeBankList(db, day, now, inOne(bank));
  const matching = { runId, day, now, whole: true, askableMs: ASKABLE_MS };
  return closeRun(db, { ...matching, counts: await match(db, matching), woken: 0 });
}

/** The lines with those of one key changed. */
export const change = <T extends object>(lines: readonly T[], is: (line: T) => boolean, change: Partial<T>): T[] =>
  lines.map((line) => (is(line) ? { ...line, ...change } : line));
export const charge = (orderId: string) => (line: SettlementLine) =>
  line.orderId === orderId && line.kind === 'payment';
export const cancel = (orderId: string) => (line: SettlementLine) => line.orderId === orderId && line.kind === 'cancel';
export const transfer = (reference: string) => (line: BankLine) => line.reference === reference;
export const lineOf = <T>(lines: readonly T[], is: (line: T) => boolean): T => lines.find(is) as T;

/** The ledger refuses this of everybody but a test. */
export async function forgetJournal(db: Db, key: string): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    const { id } = await trx('ledger_journals').where({ key }).first();
    await trx('ledger_entries').where({ journal_id: id }).delete();
    await trx('ledger_journals').where({ id }).delete();
  });
}
