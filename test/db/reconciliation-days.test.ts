/** What reaches over days: midnight, late bookings, settlement, trial balances, and the story of a break. */
import { acceptBreak, breaksAfter } from '../../db/reconciliation/breaks';
import { storeSettlementFile } from '../../db/reconciliation/lines';
import { missedDays } from '../../db/reconciliation/runs';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import { type TestDatabase, testDatabase } from '../support/database';
import { forgetJournal, nightAfter, reconcileLists } from '../support/reconciling';
import { insertPerson, type Person } from '../support/rows';
import {
  bankLinesOf,
  dealOf,
  insertSettledDay,
  type SettledDay,
  settleDateOf,
  settlementLinesOf,
} from '../support/settled-day';

const DAY: SettledDay = { day: '2026-03-02', count: 20 };
const NEXT = '2026-03-03';
const PAID = dealOf(DAY, 0);

let database: TestDatabase;
let person: Person;
beforeEach(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
  await insertSettledDay(database.db, DAY, person);
});
afterEach(() => database.drop());

const settlement = (): SettlementLine[] => [...settlementLinesOf(DAY)];
const bank = (): BankLine[] => [...bankLinesOf(DAY)];
const isPaid = ({ orderId }: SettlementLine) => orderId === PAID.orderId;
const without = () => settlement().filter((line) => !isPaid(line));
const reconcile = (lines: SettlementLine[], day = DAY.day, now?: Date) =>
  reconcileLists(database.db, { day, settlement: lines, bank: day === DAY.day ? bank() : [], ...(now && { now }) });
const open = async () => (await breaksAfter(database.db, 0, 'open')).map(({ class: kind, key }) => [kind, key]);
const all = () => breaksAfter(database.db, 0, 'all');
const approve = (at: string) =>
  database.db('payments').where({ order_id: PAID.orderId }).update({ approved_at: at, decided_at: at });

test('a charge near midnight that the file lacks is carried over, and matched by the next day', async () => {
  await approve('2026-03-02T23:55:00+09:00');
  expect(await reconcile(without())).toMatchObject({ carried: 1, opened: 0 });
  const line = settlement().find(isPaid) as SettlementLine;
  expect(await reconcile([{ ...line, at: '2026-03-03T00:00:01.000+09:00' }], NEXT)).toMatchObject({
    carried: 0,
    opened: 0,
  });
  expect(await all()).toEqual([]);
});

test('a charge near midnight that the next file lacks too is a break then, of its own day', async () => {
  await approve('2026-03-02T23:55:00+09:00');
  await reconcile(without());
  expect(await reconcile([], NEXT)).toMatchObject({ carried: 0, opened: 1 });
  expect(await all()).toMatchObject([{ class: 'missing-at-pg', key: PAID.orderId, businessDay: DAY.day }]);
});

test('a charge eleven minutes from midnight is not carried over', async () => {
  await approve('2026-03-02T23:49:00+09:00');
  expect(await reconcile(without())).toMatchObject({ carried: 0, opened: 1 });
});

test('an unknown charge near midnight is carried over, and a break the next day', async () => {
  const line = {
    ...(settlement().find(isPaid) as SettlementLine),
    orderId: 'NOBODY-1',
    at: '2026-03-02T23:58:00.000+09:00',
  };
  expect(await reconcile([...settlement(), line])).toMatchObject({ carried: 1, opened: 0 });
  await reconcile([], NEXT);
  expect(await open()).toEqual([['missing-here', 'NOBODY-1']]);
});

test('a charge made minutes before the file is read is not missing yet', async () => {
  const now = new Date('2026-03-02T15:00:00+09:00');
  await approve('2026-03-02T14:55:00+09:00');
  const before = (line: SettlementLine) => Date.parse(line.at) < now.getTime();
  expect(await reconcile(without().filter(before), DAY.day, now)).toMatchObject({ open: {} });
  expect(await reconcile(without())).toMatchObject({ opened: 1, open: { 'missing-at-pg': 1 } });
});

test('a charge that the PG made minutes ago may still be on its way to us', async () => {
  const { db } = database;
  await forgetJournal(db, `charge:${PAID.orderId}`);
  const undecided = { status: 'PENDING', payment_key: null, approved_at: null, decided_at: null };
  await db('payments').where({ order_id: PAID.orderId }).update(undecided);
  const after = (minutes: number) => new Date(PAID.at + minutes * 60_000);
  const file = () => settlement().filter(isPaid);
  expect(await reconcile(file(), DAY.day, after(9))).toMatchObject({ open: {} });
  expect(await reconcile(file(), DAY.day, after(11))).toMatchObject({ open: { 'charge-undecided-but-settled': 1 } });
});

test('a refund that we heard of hours after midnight is matched with the line of the day before', async () => {
  const { db } = database;
  await db('refunds')
    .where({ idempotency_key: `${dealOf(DAY, 11).dealNo}-R1` })
    .update({ decided_at: '2026-03-03T05:00:00+09:00' });
  expect(await reconcile(settlement())).toMatchObject({ carried: 0, opened: 0 });
  expect(await reconcile([], NEXT)).toMatchObject({ carried: 0, opened: 0 });
});

test('a charge that the PG books a day late is a break until then', async () => {
  await reconcile(without());
  expect(await open()).toEqual([['missing-at-pg', PAID.orderId]]);
  expect(await reconcile(settlement().filter(isPaid), NEXT)).toMatchObject({ resolved: 1, open: {} });
});

test('a charge settled again on another day is a duplicate', async () => {
  await reconcile(settlement());
  await reconcile(settlement().filter(isPaid), NEXT);
  expect(await all()).toMatchObject([{ class: 'duplicate-line', key: `${PAID.orderId}#2`, businessDay: NEXT }]);
});

test('a transfer that the bank booked under another trading date is told as that', async () => {
  const line = bank().find(({ reference }) => reference === PAID.reference) as BankLine;
  await reconcile(settlement());
  await reconcileLists(database.db, { day: NEXT, settlement: [], bank: [line] });
  expect(await open()).toEqual([['trading-date-differs', `${PAID.reference}#2`]]);
});

test('a charge too old to ask about is proposed as failed only once every file of its days is read', async () => {
  const { db } = database;
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('ledger_entries')
      .where({ deal_id: (await trx('payments').where({ order_id: PAID.orderId }).first()).deal_id })
      .delete();
    await trx('ledger_journals')
      .whereIn('key', [`charge:${PAID.orderId}`, `transfer:${PAID.reference}`])
      .delete();
    await trx('transfers').where({ reference: PAID.reference }).delete();
    await trx('payments')
      .where({ order_id: PAID.orderId })
      .update({ status: 'PENDING', payment_key: null, approved_at: null });
    await trx('deals').where({ deal_no: PAID.dealNo }).update({ status: 'PENDING', waiting_reason: 'operator-needed' });
  });
  const days = Array.from({ length: 10 }, (_, n) => `2026-03-${String(2 + n).padStart(2, '0')}`);
  for (const day of days) {
    const lines = day === DAY.day ? { settlement: without(), bank: bank().slice(1) } : { settlement: [], bank: [] };
    await reconcileLists(db, { day, ...lines });
    // Sent on 2 March at 01:00: asking was safe for seven and a half days, so it may have been charged until the 9th.
    const told = day >= '2026-03-09' ? [['charge-undecided-and-unlisted', PAID.orderId]] : [];
    expect([day, await open()]).toEqual([day, told]);
  }
  expect((await all())[0]?.proposedFix).toContain(
    `npm run deal -- ${PAID.dealNo} rule --leg charge --attempt 1 --verdict failed`,
  );
});

test('what the PG pays on a date is posted once, by the run of that day, as our ledger has it', async () => {
  const settleDay = settleDateOf(DAY.day);
  const net = settlement().reduce((sum, line) => sum + line.net, 0);
  expect((await reconcile(settlement())).settled).toEqual([]);
  expect((await reconcile([], NEXT)).settled).toEqual([]);
  expect((await reconcile([], settleDay)).settled).toEqual([{ settleDate: settleDay, fileDay: DAY.day, amount: net }]);
  expect((await reconcile([], settleDay)).settled).toEqual([]);
  const entries = await database
    .db('ledger_entries as e')
    .join('ledger_journals as j', 'j.id', 'e.journal_id')
    .where('j.key', `settlement:${settleDay}/${DAY.day}`)
    .orderBy('account')
    .select('account', 'amount', 'j.kind', 'j.deal_id');
  const journal = { kind: 'settlement', deal_id: null };
  expect(entries).toEqual([
    { account: 'bank_float', amount: `${net}`, ...journal },
    { account: 'pg_receivable', amount: `${-net}`, ...journal },
  ]);
  const owed = await database.db('ledger_entries').where({ account: 'pg_receivable' }).sum({ sum: 'amount' }).first();
  expect(Number(owed?.sum)).toBe(0);
});

test('what the file pays beyond our ledger is not posted while its break is open, and is once it ends', async () => {
  const settleDay = settleDateOf(DAY.day);
  const net = settlement().reduce((sum, line) => sum + line.net, 0);
  const line = settlement().find(isPaid) as SettlementLine;
  const wrong = [...without(), { ...line, fee: line.fee + 40, net: line.net - 40 }, { ...line, orderId: 'NOBODY-1' }];
  await reconcile(wrong);
  expect(await open()).toEqual([
    ['fee-differs', PAID.orderId],
    ['missing-here', 'NOBODY-1'],
  ]);
  expect((await reconcile([], settleDay)).settled).toEqual([{ settleDate: settleDay, fileDay: DAY.day, amount: net }]);
  // The PG corrects its file: what it had kept too much changes nothing, and nothing is posted twice.
  expect(await reconcile(settlement())).toMatchObject({ resolved: 2, settled: [] });
  expect((await reconcile([], settleDay)).settled).toEqual([]);
});

test('the trial balance of a day begins where the day before ended, and each column adds up', async () => {
  await insertSettledDay(database.db, { day: NEXT, count: 20 }, person);
  const lists = (day: string) => ({
    settlement: [...settlementLinesOf({ day, count: 20 })],
    bank: [...bankLinesOf({ day, count: 20 })],
  });
  const first = await reconcileLists(database.db, { day: DAY.day, ...lists(DAY.day) });
  const second = await reconcileLists(database.db, { day: NEXT, ...lists(NEXT) });
  const balances = [first, second].map(({ trialBalance }) => trialBalance);
  for (const rows of balances) {
    const sum = (column: 'opening' | 'debit' | 'credit' | 'closing') =>
      rows.reduce((total, row) => total + row[column], 0);
    expect([sum('opening'), sum('debit') - sum('credit'), sum('closing')]).toEqual([0, 0, 0]);
  }
  const closings = (rows: typeof first.trialBalance) =>
    Object.fromEntries(rows.map(({ account, closing }) => [account, closing]));
  const openings = (rows: typeof first.trialBalance) =>
    Object.fromEntries(rows.map(({ account, opening }) => [account, opening]));
  expect(openings(second.trialBalance)).toEqual(closings(first.trialBalance));
  const paidOut = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 18, 19].map((i) => dealOf(DAY, i).principal);
  const out = paidOut.reduce((sum, principal) => sum + principal, 0);
  expect(closings(first.trialBalance)).toMatchObject({ bank_float: 0 - out, recipient_payable: 0 });
  expect(closings(second.trialBalance)).toMatchObject({ bank_float: 0 - 2 * out, recipient_payable: 0 });
});

test('a break that an operator accepts stays ended while its facts are the same, and is another one when they change', async () => {
  const line = settlement().find(isPaid) as SettlementLine;
  const wrong = (fee: number) => [...without(), { ...line, fee: line.fee + fee, net: line.net - fee }];
  await reconcile(wrong(3));
  const [found] = await all();
  const by = { actor: 'operator:kim', reason: 'the PG agrees to 3 won' };
  expect(await acceptBreak(database.db, found?.id ?? 0, by)).toBe(true);
  expect(await acceptBreak(database.db, found?.id ?? 0, by)).toBe(false);
  expect(await reconcile(wrong(3))).toMatchObject({ opened: 0, open: {} });
  expect(await reconcile(wrong(4))).toMatchObject({ opened: 1, open: { 'fee-differs': 1 } });
  expect(await all()).toMatchObject([
    { resolution: 'accepted by operator:kim: the PG agrees to 3 won' },
    { amount: 4, resolvedAt: null },
  ]);
});

test('a break that turns into another one tells so', async () => {
  await reconcile(without());
  const line = settlement().find(isPaid) as SettlementLine;
  const run = await reconcile([...without(), { ...line, paymentKey: 'pay_other' }]);
  expect(await all()).toMatchObject([
    { class: 'missing-at-pg', resolution: `became key-differs in run ${run.runId}` },
    { class: 'key-differs', resolvedAt: null },
  ]);
});

test('people are told of open breaks, by deal and of those of no deal, and no longer when they end', async () => {
  const tasks = () =>
    database
      .db('operator_tasks')
      .whereNull('closed_at')
      .orderBy('id')
      .select('deal_id', 'severity', 'reason', 'detail');
  const deal = await database.db('deals').where({ deal_no: PAID.dealNo }).first('id');
  const line = settlement().find(isPaid) as SettlementLine;
  await reconcile([...without(), { ...line, paymentKey: 'pay_other' }, { ...line, orderId: 'NOBODY-1' }]);
  const told = { severity: 'task', reason: 'reconcile-break' };
  expect(await tasks()).toEqual([
    { deal_id: deal.id, ...told, detail: 'key-differs' },
    { deal_id: null, ...told, detail: 'of 2 open breaks, some belong to no deal: missing-here' },
  ]);
  await reconcile(settlement());
  expect(await tasks()).toEqual([]);
});

test('a file that breaks off leaves the earlier one, its breaks and its totals as they were', async () => {
  await reconcile(settlement());
  async function* cut() {
    yield settlement().slice(0, 3);
    throw new Error('the line broke');
  }
  await expect(storeSettlementFile(database.db, DAY.day, nightAfter(DAY.day), cut())).rejects.toThrow('the line broke');
  const count = await database.db('settlement_lines').count({ n: '*' }).first();
  expect(Number(count?.n)).toBe(settlement().length);
  expect(await database.db('provider_lists').where({ source: 'softpayment' }).first('lines')).toEqual({
    lines: settlement().length,
  });
});

test('a night that failed or never ran is still to be done; one that was done is not', async () => {
  const run = (business_day: string, status: string, started_at = new Date()) =>
    database
      .db('reconciliation_runs')
      .insert({ engine_run: `${business_day}/${status}`, business_day, status, started_at });
  await run('2026-03-01', 'failed');
  await run('2026-03-02', 'failed');
  await run('2026-03-02', 'done');
  await run('2026-03-03', 'running');
  await run('2026-03-04', 'running', new Date(Date.now() - 2 * 86_400_000)); // its engine run was lost
  expect(await missedDays(database.db, '2026-02-25', '2026-03-06')).toEqual(['2026-03-01', '2026-03-04', '2026-03-05']);
});

test('reconciling writes no row of a deal, a payment, a transfer or a refund', async () => {
  const money = ['deals', 'payments', 'transfers', 'refunds', 'transfer_jobs'];
  const { db } = database;
  for (const table of money)
    await db.raw(`create function ${table}_written() returns trigger language plpgsql as $$ begin raise exception 'written'; end $$;
      create trigger forbid before insert or update or delete on ${table} for each statement execute function ${table}_written()`);
  await reconcile(without());
  expect(await open()).toEqual([['missing-at-pg', PAID.orderId]]);
});
