/** The proof of cash on given statements: each difference of the bank and our books is one break that explains it. */
import { acceptBreak } from '../../db/reconciliation/accepting';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { storeStatement } from '../../db/reconciliation/lines';
import type { CashProof, StatementLine } from '../../workflows/domain/reconciliation';
import { brokenLawsOfCash, expectProven, openBreaks, ownersLine, putIn } from '../fixtures/proof-of-cash';
import { type DayOfStatement, forgetJournal, nightAfter, reconcileLists } from '../fixtures/reconciling';
import { insertPerson } from '../fixtures/rows';
import {
  bankLinesOf,
  dealOf,
  insertSettledDay,
  type SettledDay,
  settleDateOf,
  settlementLinesOf,
  statementLinesOf,
} from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

const DAY: SettledDay = { day: '2026-03-02', count: 20 };
const NEXT = '2026-03-03';
const SETTLE_DAY = settleDateOf(DAY.day);
const PAID = dealOf(DAY, 0);
const OPENED = 5_000_000;

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertSettledDay(database.db, DAY, await insertPerson(database.db));
  await put(OPENED, 'OPENING', `${DAY.day}T00:30:00+09:00`);
});
afterEach(() => database.drop());

const put = (amount: number, reference: string, at: string) => putIn(database.db, amount, reference, at);
const owners = (reference: string, amount: number, at = `${DAY.day}T00:30:00+09:00`) =>
  ownersLine(reference, amount, at);
const opened = owners('OPENING', OPENED);
const payouts = [...statementLinesOf(DAY)];
const sum = (lines: readonly { amount: number }[]) => lines.reduce((won, { amount }) => won + amount, 0);
const NET = [...settlementLinesOf(DAY)].reduce((won, { net }) => won + net, 0);

interface Night {
  readonly day?: string;
  readonly now?: Date;
  readonly acceptLoss?: boolean;
}
const night = (lines: readonly StatementLine[], opening = 0, { day = DAY.day, ...more }: Night = {}) => {
  const statement: DayOfStatement = { opening, lines };
  const lists = day === DAY.day ? { settlement: [...settlementLinesOf(DAY)], bank: [...bankLinesOf(DAY)] } : null;
  return reconcileLists(database.db, { day, ...(lists ?? { settlement: [], bank: [] }), statement, ...more });
};
const open = () => openBreaks(database.db);
const brokenLaws = () => brokenLawsOfCash(database.db);
const proven = (night: { cash: CashProof | null }, closing: number) => expectProven(database.db, night, closing);

test('payouts, a return and the opening balance are proven; a day of which no statement was read is not', async () => {
  const lists = { day: DAY.day, settlement: [...settlementLinesOf(DAY)], bank: [...bankLinesOf(DAY)] };
  expect((await reconcileLists(database.db, lists)).cash).toBeNull();
  await proven(await night([opened, ...payouts]), OPENED + sum(payouts));
});

test('an account that is older than our first statement is proven by the order for its opening balance', async () => {
  await proven(await night(payouts, OPENED), OPENED + sum(payouts));
});

test('a settlement is proven though it is booked the night after; a payment that differs is one break', async () => {
  await night([opened, ...payouts]);
  const closing = OPENED + sum(payouts);
  await night([], closing, { day: NEXT });
  const paid: StatementLine = {
    ...{ id: 'S1', kind: 'settlement', reference: SETTLE_DAY, amount: NET },
    at: `${SETTLE_DAY}T11:00:00+09:00`,
  };
  await proven(await night([paid], closing, { day: SETTLE_DAY }), closing + NET);
  const less = { ...paid, amount: NET - 7 };
  const { cash } = await night([less], closing, { day: SETTLE_DAY });
  expect(cash).toMatchObject({ closing: closing + NET - 7, unexplained: 0 });
  expect(await open()).toEqual([['cash-amount-differs', `settlement:${SETTLE_DAY}`]]);
  expect(await brokenLaws()).toEqual([]);
});

test('a settlement that the PG paid early waits until the files of its date are read', async () => {
  const early: StatementLine = {
    ...{ id: 'S1', kind: 'settlement', reference: SETTLE_DAY, amount: 1_000 },
    at: `${DAY.day}T11:00:00+09:00`,
  };
  expect(await night([opened, ...payouts, early])).toMatchObject({ opened: 0, carried: 1, cash: { unexplained: 0 } });
  expect(await brokenLaws()).toEqual([]);
});

test('a line that our books lack is one break; the owner’s order ends it', async () => {
  const topUp = owners('TOP-UP-1', 70_000, `${DAY.day}T12:00:00+09:00`);
  const { cash, opened: found } = await night([opened, ...payouts, topUp]);
  expect([found, await open()]).toEqual([1, [['cash-not-booked', 'owner-funds:TOP-UP-1']]]);
  expect(cash).toMatchObject({ explained: expect.any(Number), unexplained: 0 });
  expect(cash?.items).toContainEqual({ event: 'owner-funds:TOP-UP-1', amount: 70_000, why: 'break #1' });
  expect(await brokenLaws()).toEqual([]);
  const [shown] = await breaksAfter(database.db, 0, 'open');
  expect(shown).toMatchObject({ amount: 70_000, ours: null, theirs: { statement: 70_000, lines: 1 } });
  expect(shown?.proposedFix).toContain('npm run float -- fund');
  await put(70_000, 'TOP-UP-1', topUp.at);
  await proven(await night([opened, ...payouts, topUp]), OPENED + sum(payouts) + 70_000);
});

test('a booking that the bank lacks is one break, and of its deal', async () => {
  const without = payouts.filter(({ reference }) => reference !== PAID.reference);
  const { cash } = await night([opened, ...without]);
  expect(await breaksAfter(database.db, 0, 'open')).toMatchObject([
    {
      ...{ class: 'cash-not-at-bank', key: `transfer:${PAID.reference}`, dealNo: PAID.dealNo, amount: PAID.principal },
      ...{ businessDay: DAY.day, ours: { booked: -PAID.principal }, theirs: null },
    },
  ]);
  expect(cash?.unexplained).toBe(0);
  expect(await brokenLaws()).toEqual([]);
  await proven(await night([opened, ...payouts]), OPENED + sum(payouts));
});

test('an owner’s order for money that never came is one break', async () => {
  await put(90_000, 'TOP-UP-2', `${DAY.day}T12:00:00+09:00`);
  await night([opened, ...payouts]);
  expect(await open()).toEqual([['cash-not-at-bank', 'owner-funds:TOP-UP-2']]);
});

test('what a break of the lists says of a transfer is not said again, and explains the difference', async () => {
  const statement = { opening: 0, lines: [opened, ...payouts.filter(({ reference }) => reference !== PAID.reference)] };
  const bank = [...bankLinesOf(DAY)].filter(({ reference }) => reference !== PAID.reference);
  const { cash } = await reconcileLists(database.db, {
    ...{ day: DAY.day, settlement: [...settlementLinesOf(DAY)], bank, statement },
  });
  expect(await open()).toEqual([['transfer-missing-at-bank', PAID.reference]]);
  expect(cash?.unexplained).toBe(0);
  expect(await brokenLaws()).toEqual([]);
});

test('a difference that was accepted stays explained, and is a new break when it changes', async () => {
  const interest = owners('INTEREST', 12, `${DAY.day}T23:00:00+09:00`);
  await night([opened, ...payouts, interest]);
  const accept = { breakId: 1, dealId: null, chargeback: null, actor: 'operator:kim', reason: 'interest' };
  await database.db.transaction((trx) => acceptBreak(trx, accept));
  const { cash } = await night([opened, ...payouts, interest]);
  expect(cash?.items).toContainEqual({ event: 'owner-funds:INTEREST', amount: 12, why: 'accepted, #1' });
  expect([cash?.unexplained, await open(), await brokenLaws()]).toEqual([0, [], []]);
  await night([opened, ...payouts, { ...interest, amount: 13 }]);
  expect(await open()).toEqual([['cash-not-booked', 'owner-funds:INTEREST']]);
});

test('a statement that is read before its day is over proves nothing that it lacks', async () => {
  const { carried, opened: found } = await night([opened], 0, { now: new Date(`${DAY.day}T23:59:00+09:00`) });
  expect([carried > 0, found, await open()]).toEqual([true, 0, []]);
  expect(await brokenLaws()).toEqual([]);
  await proven(await night([opened, ...payouts]), OPENED + sum(payouts));
});

test('a transfer on the statement of the day before its booking is explained by the other day', async () => {
  const key = `transfer:${PAID.reference}`;
  await forgetJournal(database.db, key);
  const { db } = database;
  const { id } = await db('deals').where({ deal_no: PAID.dealNo }).first('id');
  const [journal] = await db('ledger_journals')
    .insert({ deal_id: id, kind: 'transfer', key, at: `${NEXT}T00:00:05+09:00` })
    .returning('id');
  await db('ledger_entries').insert(
    (
      [
        ['transfers_in_flight', PAID.principal],
        ['bank_float', -PAID.principal],
      ] as const
    ).map(([account, amount]) => ({
      ...{ journal_id: journal.id, deal_id: id, account, amount },
    })),
  );
  const { cash } = await night([opened, ...payouts]);
  expect(cash?.items).toContainEqual({ event: key, amount: -PAID.principal, why: 'on another day' });
  expect([cash?.unexplained, await open(), await brokenLaws()]).toEqual([0, [], []]);
});

const stored = async () => [
  await database.db('statement_days').orderBy('day').select('opening', 'closing'),
  await database.db('statement_lines').orderBy(['day', 'line_no']).pluck('line_id'),
];

test('a statement that lost lines, or does not follow the day before, changes nothing', async () => {
  await night([opened, ...payouts]);
  const closing = OPENED + sum(payouts);
  await night([], closing, { day: NEXT });
  const before = await stored();
  await expect(night([opened, ...payouts.slice(1)])).rejects.toThrow('the statement list of 2026-03-02 lost 1');
  await expect(night([], closing + 1, { day: NEXT })).rejects.toThrow(
    `the statement of ${NEXT} begins with ${closing + 1} won, and the one of ${DAY.day} ended with ${closing}: ` +
      'reconcile that day again first',
  );
  expect(await stored()).toEqual(before);
  await night([opened, ...payouts.slice(1)], 0, { acceptLoss: true });
  expect(await open()).toHaveLength(1);
});

test('a statement that throws at its end leaves the earlier one as it was', async () => {
  await night([opened, ...payouts]);
  const before = await stored();
  async function* broken() {
    yield [opened];
    throw new Error('it does not add up to its closing balance');
  }
  const reading = { day: DAY.day, readAt: nightAfter(DAY.day) };
  const statement = { lines: broken(), balances: () => ({ opening: 0, closing: 0 }) };
  await expect(storeStatement(database.db, reading, statement)).rejects.toThrow('does not add up');
  expect(await stored()).toEqual(before);
});

test.each([
  ['a line without its break', `delete from statement_lines where line_id = 'L0'`, 2],
  [
    'a statement with another closing balance',
    `update statement_days set closing = closing + 1 where day = '${DAY.day}'`,
    2,
  ],
  [
    'a statement that begins elsewhere',
    `update statement_days set opening = opening + 1, closing = closing + 1 where day = '${NEXT}'`,
    1,
  ],
  [
    'a booking without its line',
    `insert into ledger_journals (kind, key, at) values ('owner-funds', 'owner-funds:X', '${DAY.day}T12:00:00+09:00');
     insert into ledger_entries (journal_id, account, amount) select j.id, e.account, e.amount from ledger_journals j,
       (values ('bank_float', 5), ('owner_funds', -5)) e(account, amount) where key = 'owner-funds:X'`,
    2,
  ],
])('the law sees %s', async (_name, damage, facts) => {
  await night([opened, ...payouts]);
  await night([], OPENED + sum(payouts), { day: NEXT });
  expect(await brokenLaws()).toEqual([]);
  await database.db.raw(damage);
  expect(await brokenLaws()).toHaveLength(facts);
});
