/** What reaches over days: midnight, late bookings, settlement, trial balances, and the story of a break. */
import { acceptBreak } from '../../db/reconciliation/accepting';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { storeSettlementFile } from '../../db/reconciliation/lines';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import { forgetJournal, nightAfter, reconcileLists } from '../fixtures/reconciling';
import { insertPerson, type Person } from '../fixtures/rows';
import {
  bankLinesOf,
  dealOf,
  insertSettledDay,
  type SettledDay,
  settleDateOf,
  settlementLinesOf,
} from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

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
  // The PG corrects a line of its file: what it had kept too much changes nothing, and nothing is posted twice.
  const corrected = [...settlement(), { ...line, orderId: 'NOBODY-1' }];
  expect(await reconcile(corrected)).toMatchObject({ resolved: 1, settled: [] });
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
  const order = { breakId: found?.id ?? 0, dealId: found?.dealId ?? null, chargeback: null, actor: 'operator:kim' };
  const accept = (reason: string) => database.db.transaction((trx) => acceptBreak(trx, { ...order, reason }));
  expect(await accept('the PG agrees to 3 won')).toEqual({ kind: 'ended', again: false });
  expect(await accept('the PG agrees to 3 won')).toEqual({ kind: 'ended', again: true });
  expect(await accept('again')).toMatchObject({ kind: 'refused' });
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
  const told = () => [...without(), { ...line, paymentKey: 'pay_other' }, { ...line, orderId: 'NOBODY-1' }];
  await reconcile(told());
  const task = { severity: 'task', reason: 'reconcile-break' };
  expect(await tasks()).toEqual([
    { deal_id: deal.id, ...task, detail: 'key-differs' },
    { deal_id: null, ...task, detail: 'of 2 open breaks, some belong to no deal: missing-here' },
  ]);
  for (const { id, dealId } of await all()) {
    const order = { breakId: id, dealId, chargeback: null, actor: 'operator:kim', reason: 'the PG has explained it' };
    expect(await database.db.transaction((trx) => acceptBreak(trx, order))).toMatchObject({ kind: 'ended' });
  }
  await reconcile(told());
  expect(await tasks()).toEqual([]);
});

test('a file that breaks off leaves the earlier one, its breaks and its totals as they were', async () => {
  await reconcile(settlement());
  async function* cut() {
    yield settlement().slice(0, 3);
    throw new Error('the line broke');
  }
  await expect(storeSettlementFile(database.db, { day: DAY.day, readAt: nightAfter(DAY.day) }, cut())).rejects.toThrow(
    'the line broke',
  );
  const count = await database.db('settlement_lines').count({ n: '*' }).first();
  expect(Number(count?.n)).toBe(settlement().length);
  expect(await database.db('provider_lists').where({ source: 'softpayment' }).first('lines')).toEqual({
    lines: settlement().length,
  });
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

test.each([
  ['half', (lines: SettlementLine[]) => lines.slice(0, lines.length / 2)],
  ['all', () => []],
  ['one', ([, ...rest]: SettlementLine[]) => rest],
])(
  'a settlement file that lost lines (%s) of an earlier reading is refused, and what was read stays',
  async (_, shrink) => {
    await reconcile(settlement());
    const read = await database.db('provider_lists').where({ source: 'softpayment', day: DAY.day }).first();
    const journals = await database.db('ledger_journals').pluck('key');
    await expect(reconcile(shrink(settlement()))).rejects.toThrow(/lost \d+ of the lines that it had before/);
    expect(await database.db('provider_lists').where({ source: 'softpayment', day: DAY.day }).first()).toEqual(read);
    expect(await database.db('settlement_lines').where({ file_day: DAY.day })).toHaveLength(settlement().length);
    expect(await database.db('ledger_journals').pluck('key')).toEqual(journals);
  },
);
