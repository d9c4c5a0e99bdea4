/** What the bank paid too much: once an operator accepts it, it is booked; the bank's return takes it back. */
import { acceptBreak } from '../../db/reconciliation/accepting';
import { breaksAfter } from '../../db/reconciliation/breaks';
import type { DealId } from '../../workflows/domain/ids';
import type { BankLine } from '../../workflows/domain/reconciliation';
import { BY, DAY, ENDED, reconciliationFixture, refusedFor, settlement } from '../fixtures/reconciliation-fixture';
import { change, reconcileLists, transfer } from '../fixtures/reconciling';
import { insertPerson } from '../fixtures/rows';
import { bankLinesOf, dealOf, insertSettledDay } from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

/** Its transfer failed, and it was refunded. */
const FAILED = dealOf(DAY, 11);
const PAID_TOO = { status: 'done', code: '0000' };

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertSettledDay(database.db, DAY, await insertPerson(database.db));
});
afterEach(() => database.drop());
const { open, accept, balance, sound } = reconciliationFixture(() => database);

const reconcile = (line: Partial<BankLine> = {}) =>
  reconcileLists(database.db, {
    day: DAY.day,
    settlement: settlement(),
    bank: change([...bankLinesOf(DAY)], transfer(FAILED.reference), line),
  });
const books = () => Promise.all([balance('recipient_overpaid'), balance('bank_float'), balance('recipient_payable')]);

/** Past the guards. */
const past = (table: string, where: object, values: object) =>
  database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx(table).where(where).update(values);
  });

test('a second payout that an operator accepts is owed by the recipient, and the float lacks it', async () => {
  const [, float] = await books();
  await reconcile(PAID_TOO);
  expect(await open()).toEqual([['paid-after-failure', FAILED.reference]]);
  expect(await accept()).toEqual(ENDED);
  expect(await books()).toEqual([FAILED.principal, (float ?? 0) - FAILED.principal, 0]);
  expect(await reconcile(PAID_TOO)).toMatchObject({ opened: 0, open: {} });
  expect(await books()).toEqual([FAILED.principal, (float ?? 0) - FAILED.principal, 0]);
  await sound();
});

test('once the bank lists it as returned, nothing is owed any more; the break keeps its story', async () => {
  const before = await books();
  await reconcile(PAID_TOO);
  await accept();
  await reconcile({ status: 'returned' });
  expect(await books()).toEqual(before);
  const reversed = await database.db('ledger_journals').where('key', 'like', '%/reversed').pluck('kind');
  expect(reversed).toEqual(['correction']);
  expect(await breaksAfter(database.db, 0, 'all')).toMatchObject([
    { class: 'paid-after-failure', resolution: 'accepted by operator:kim: the PG agrees' },
  ]);
  await sound();
});

test('what the deal may still take for its payout is not booked as too much', async () => {
  await reconcile(PAID_TOO);
  const { id } = await database.db('deals').where({ deal_no: FAILED.dealNo }).first('id');
  const [found] = await breaksAfter(database.db, 0, 'open');
  const order = { ...BY, breakId: found?.id ?? 0, dealId: id as DealId, chargeback: null };
  const give = () => database.db.transaction((trx) => acceptBreak(trx, order));
  await past('deals', { id }, { status: 'TRANSFER_FAILED' });
  await past('refunds', { deal_id: id }, { status: 'REJECTED' });
  expect(await give()).toEqual(refusedFor(/has not gone on/));
  expect(await balance('recipient_overpaid')).toBe(0);
  const { recipientId } = await insertPerson(database.db);
  await past('deals', { id }, { recipient_id: recipientId });
  expect(await give()).toEqual(ENDED);
  expect(await balance('recipient_overpaid')).toBe(FAILED.principal);
});

test('a transfer that was booked before there was a clearing account is right as it is', async () => {
  const { db } = database;
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    const old = trx('ledger_journals').whereIn('kind', ['transfer-intent', 'transfer-failed']);
    await trx('ledger_entries').whereIn('journal_id', old.clone().select('id')).delete();
    await old.delete();
    await trx('ledger_entries').where({ account: 'transfers_in_flight' }).update({ account: 'recipient_payable' });
  });
  expect(await reconcile()).toMatchObject({ opened: 0, open: {} });
  await sound();
});
