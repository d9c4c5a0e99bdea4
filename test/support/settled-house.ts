/** A settled day that is reconciled on given lists, and whose breaks an operator ends. */
import { examineAll } from '../../db/invariants/invariant';
import { LEDGER_INVARIANTS } from '../../db/invariants/ledger';
import { acceptBreak } from '../../db/reconciliation/accepting';
import { breaksAfter } from '../../db/reconciliation/breaks';
import type { Account } from '../../workflows/domain/ledger';
import type { SettlementLine } from '../../workflows/domain/reconciliation';
import type { TestDatabase } from './database';
import { charge, reconcileLists } from './reconciling';
import { bankLinesOf, dealOf, type SettledDay, settleDateOf, settlementLinesOf } from './settled-day';

export const DAY: SettledDay = { day: '2026-03-02', count: 20 };
export const NEXT = '2026-03-03';
export const SETTLE_DAY = settleDateOf(DAY.day);
export const PAID = dealOf(DAY, 0);
export const BY = { actor: 'operator:kim', reason: 'the PG agrees' } as const;

/** The settlement file as it should be, what it pays, and the line of the charge that is tampered with. */
export const settlement = (): SettlementLine[] => [...settlementLinesOf(DAY)];
export const NET = settlement().reduce((sum, { net }) => sum + net, 0);
export const LINE = settlement().find(charge(PAID.orderId)) as SettlementLine;
export const withLine = (change: Partial<SettlementLine>): SettlementLine[] =>
  settlement().map((line) => (charge(PAID.orderId)(line) ? { ...line, ...change } : line));
/** The file with so much more fee kept of one charge. */
export const dearer = (won: number) => withLine({ fee: LINE.fee + won, net: LINE.net - won });

export const ENDED = { kind: 'ended', again: false };
export const refusedFor = (why: RegExp) => ({ kind: 'refused', why: expect.stringMatching(why) });

interface Words {
  readonly chargeback?: string;
  readonly reason?: string;
}

/** What can be done with, and seen of, the day in the database of the running test. */
export function settledHouse(current: () => TestDatabase) {
  const reconcile = (lines: readonly SettlementLine[] = settlement(), day = DAY.day) =>
    reconcileLists(current().db, { day, settlement: lines, bank: day === DAY.day ? [...bankLinesOf(DAY)] : [] });
  const open = async () => (await breaksAfter(current().db, 0, 'open')).map(({ class: kind, key }) => [kind, key]);

  /** Accepts the only open break. */
  async function accept({ chargeback, reason = BY.reason }: Words = {}) {
    const [found, ...more] = await breaksAfter(current().db, 0, 'open');
    expect([found, more]).toEqual([expect.anything(), []]);
    const order = { breakId: found?.id ?? 0, dealId: found?.dealId ?? null, chargeback: chargeback ?? null };
    return current().db.transaction((trx) => acceptBreak(trx, { ...BY, ...order, reason }));
  }

  async function balance(account: Account): Promise<number> {
    const row = await current().db('ledger_entries').where({ account }).sum({ won: 'amount' }).first();
    return Number(row?.won ?? 0);
  }

  /** What the PG paid us, by our ledger. */
  async function received(): Promise<number> {
    const row = await current()
      .db('ledger_entries as e')
      .join('ledger_journals as j', 'j.id', 'e.journal_id')
      .where({ account: 'bank_float', kind: 'settlement' })
      .sum({ won: 'amount' })
      .first();
    return Number(row?.won ?? 0);
  }

  async function brokenLaws(): Promise<string[]> {
    const times = { now: new Date(), stuckAfterS: 600 };
    const { findings, unchecked } = await examineAll(current().db, LEDGER_INVARIANTS, times);
    expect(unchecked).toEqual([]);
    return findings.filter(({ total }) => total > 0).map(({ name }) => name);
  }

  /** No law of the ledger is broken and no break is open. */
  async function sound(): Promise<void> {
    expect(await brokenLaws()).toEqual([]);
    expect(await open()).toEqual([]);
  }
  return { reconcile, open, accept, balance, received, brokenLaws, sound };
}
