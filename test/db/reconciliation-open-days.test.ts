/** Lists that are read before they are complete: what they have counts at once, what they lack says nothing yet. */
import { breaksAfter } from '../../db/reconciliation/breaks';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import { cancel, change, charge, forgetJournal, nightAfter, reconcileLists, transfer } from '../fixtures/reconciling';
import { insertPerson } from '../fixtures/rows';
import { bankLinesOf, dealOf, insertSettledDay, type SettledDay, settlementLinesOf } from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

const DAY: SettledDay = { day: '2026-03-02', count: 20 };
const NEXT = '2026-03-03';
const PAID = dealOf(DAY, 0);
const FAILED = dealOf(DAY, 11);

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertSettledDay(database.db, DAY, await insertPerson(database.db));
});
afterEach(() => database.drop());

interface Lists {
  readonly settlement: readonly SettlementLine[];
  readonly bank: readonly BankLine[];
}
const clean = (): Lists => ({ settlement: [...settlementLinesOf(DAY)], bank: [...bankLinesOf(DAY)] });
const without = (is: { settlement?: (l: SettlementLine) => boolean; bank?: (l: BankLine) => boolean }): Lists => ({
  settlement: clean().settlement.filter((line) => !is.settlement?.(line)),
  bank: clean().bank.filter((line) => !is.bank?.(line)),
});
const readAt = (at: string, lists: Lists) =>
  reconcileLists(database.db, { day: DAY.day, ...lists, now: new Date(`${at}+09:00`) });
const open = async () => (await breaksAfter(database.db, 0, 'open')).map(({ class: kind, key }) => [kind, key]);
const setTransfer = (values: object) => database.db('transfers').where({ reference: PAID.reference }).update(values);

async function undecided(): Promise<void> {
  await setTransfer({ status: 'PROCESSING', decided_at: null });
  await forgetJournal(database.db, `transfer:${PAID.reference}`);
}

test.each([
  {
    gives: 'transfer-undecided-and-unlisted',
    rows: undecided,
    lists: without({ bank: transfer(PAID.reference) }),
    open: '2026-03-03T00:09:00',
    complete: '2026-03-03T00:10:00',
  },
  {
    gives: 'transfer-missing-at-bank',
    lists: without({ bank: transfer(PAID.reference) }),
    open: '2026-03-02T23:59:00',
    complete: '2026-03-03T00:10:00',
  },
  {
    gives: 'missing-at-pg',
    lists: without({ settlement: charge(PAID.orderId) }),
    open: '2026-03-03T10:00:00',
    complete: '2026-03-03T23:00:00',
  },
  {
    gives: 'refund-missing-at-pg',
    lists: without({ settlement: cancel(FAILED.orderId) }),
    open: '2026-03-03T22:58:00',
    complete: '2026-03-03T23:00:00',
  },
])('$gives: a list lacks something only once it is complete', async ({ gives, rows, lists, open: early, complete }) => {
  await rows?.();
  expect(await readAt(early, lists)).toMatchObject({ carried: 1, opened: 0, open: {} });
  expect(await readAt(complete, lists)).toMatchObject({ carried: 0, opened: 1, open: { [gives]: 1 } });
});

test('a list that was read too early is not made complete by time: it has to be read again', async () => {
  const lists = without({ bank: transfer(PAID.reference) });
  await readAt('2026-03-02T23:59:00', lists);
  const later = { day: NEXT, settlement: [], bank: [] };
  expect(await reconcileLists(database.db, later)).toMatchObject({ carried: 1, opened: 0 });
  expect(await readAt('2026-03-05T12:00:00', lists)).toMatchObject({ open: { 'transfer-missing-at-bank': 1 } });
});

test('a transfer that was sent again lacks in its closed list only when that is read ten minutes later', async () => {
  await undecided();
  await setTransfer({ last_sent_at: new Date('2026-03-05T10:00:00+09:00') });
  const lists = without({ bank: transfer(PAID.reference) });
  expect(await readAt('2026-03-05T10:09:00', lists)).toMatchObject({ carried: 1, open: {} });
  expect(await readAt('2026-03-05T10:10:00', lists)).toMatchObject({ open: { 'transfer-undecided-and-unlisted': 1 } });
});

test('a day reconciled in the middle of it has no break, and is matched by the night', async () => {
  const noon = Date.parse('2026-03-02T12:00:00+09:00');
  const soFar = <T extends { at: string }>(lines: readonly T[]) => lines.filter(({ at }) => Date.parse(at) < noon);
  const { settlement, bank } = clean();
  const result = await readAt('2026-03-02T12:00:00', { settlement: soFar(settlement), bank: soFar(bank) });
  expect(result).toMatchObject({ opened: 0, open: {} });
  expect(await reconcileLists(database.db, { day: DAY.day, ...clean() })).toMatchObject({ carried: 0, open: {} });
});

test('what the list of an open day has counts at once', async () => {
  const lists = clean();
  const stranger = { ...(lists.settlement[0] as SettlementLine), orderId: 'NOBODY-1' };
  await readAt('2026-03-02T23:58:00', {
    settlement: [...change(lists.settlement, charge(FAILED.orderId), { amount: FAILED.total + 7 }), stranger],
    bank: change(
      change(lists.bank, transfer(PAID.reference), { status: 'failed', code: '412' }),
      transfer(FAILED.reference),
      { status: 'done', code: '0000' },
    ),
  });
  expect((await open()).toSorted()).toEqual([
    ['amount-differs', FAILED.orderId],
    ['missing-here', 'NOBODY-1'],
    ['paid-after-failure', FAILED.reference],
    ['transfer-status-differs', PAID.reference],
  ]);
});

test('an undecided charge counts as unlisted only once the file of every day on which it was sent is complete', async () => {
  const { db } = database;
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('ledger_entries')
      .where({ deal_id: (await trx('payments').where({ order_id: PAID.orderId }).first()).deal_id })
      .delete();
    await trx('ledger_journals')
      .whereIn('key', [`charge:${PAID.orderId}`, `transfer-intent:${PAID.reference}`, `transfer:${PAID.reference}`])
      .delete();
    await trx('transfers').where({ reference: PAID.reference }).delete();
    await trx('payments')
      .where({ order_id: PAID.orderId })
      .update({ status: 'PENDING', payment_key: null, approved_at: null });
    await trx('deals').where({ deal_no: PAID.dealNo }).update({ status: 'PENDING', waiting_reason: 'operator-needed' });
  });
  const { deal_id: dealId } = await db('payments').where({ order_id: PAID.orderId }).first();
  for (const day of [DAY.day, '2026-03-09'])
    await db('sends').insert({ deal_id: dealId, leg: 'charge', key: PAID.orderId, sent_at: `${day}T01:00:00+09:00` });
  const days = Array.from({ length: 10 }, (_, n) => `2026-03-${String(2 + n).padStart(2, '0')}`);
  const none = { settlement: [], bank: [] };
  for (const day of days) {
    const lines =
      day === DAY.day ? without({ settlement: charge(PAID.orderId), bank: transfer(PAID.reference) }) : none;
    const told = (last: string) => (day >= last ? [['charge-undecided-and-unlisted', PAID.orderId]] : []);
    await reconcileLists(db, { day, ...lines, now: new Date(nightAfter(day).getTime() - 3_600_000) });
    expect([day, await open()]).toEqual([day, told('2026-03-10')]);
    await reconcileLists(db, { day, ...lines });
    expect([day, await open()]).toEqual([day, told('2026-03-09')]);
  }
});
