/** What the bank's lists prove about a transfer that is undecided, and which deals have to hear of them. */
import { storeBankList } from '../../db/reconciliation/lines';
import { transfersToTell } from '../../db/reconciliation/listed';
import { takeTurn } from '../../db/reconciliation/matching';
import { transferInLists } from '../../db/reconciliation/proof';
import type { BankLine } from '../../workflows/domain/reconciliation';
import { poll } from '../fixtures/poll';
import { insertDeal, insertPerson, insertTransfer, type Person } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

const DAY = '2026-03-02';
const NOON = `${DAY}T12:00:00+09:00`;
const COMPLETE = '2026-03-03T00:10:00+09:00';
const REFERENCE = 'T-ours';
const ASKED = { reference: REFERENCE, tradingDate: DAY, amount: 10_000 };

let database: TestDatabase;
let person: Person;
let dealId: string;
beforeEach(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
  dealId = await insertDeal(database.db, person);
  await insertTransfer(database.db, person, dealId, { reference: REFERENCE });
});
afterEach(() => database.drop());

const send = (at: string) =>
  database.db('sends').insert({ deal_id: dealId, leg: 'transfer', key: REFERENCE, sent_at: at });
const line = (reference: string, status: string, amount = 10_000): BankLine => ({
  ...{ reference, amount, status, code: '0000', bankCode: null, accountLast4: null, at: NOON },
});
async function* inOne(lines: readonly BankLine[]): AsyncGenerator<readonly BankLine[]> {
  yield lines;
}
const read = (at: string, ...lines: BankLine[]) =>
  storeBankList(database.db, { day: DAY, readAt: new Date(at), acceptLoss: true }, inOne(lines));
/** What the deal would find, and whether it is told to look. */
const said = async () => [
  await transferInLists(database.db, ASKED),
  (await transfersToTell(database.db, [DAY])).length > 0,
];

test.each([
  ['done', 'done', true],
  ['returned', 'returned', true],
  ['failed', null, true], // which the bank is asked about: its query tells whether another one may follow
  ['processing', null, false],
])('a line that says %s counts at once', async (status, found, told) => {
  await send(NOON);
  await read(`${DAY}T13:00:00+09:00`, line(REFERENCE, status));
  expect(await said()).toEqual([found, told]);
});

test('a line of another amount decides nothing, and neither does its list', async () => {
  await send(NOON);
  await read(COMPLETE, line(REFERENCE, 'done', 9_000));
  expect(await said()).toEqual([null, true]);
});

test('that there is none proves that it was never made once the day is over, and not before', async () => {
  await send(NOON);
  expect(await said()).toEqual([null, false]);
  await read(`${DAY}T23:59:00+09:00`);
  expect(await said()).toEqual([null, false]);
  await read(COMPLETE);
  expect(await said()).toEqual(['absent', true]);
});

test('nor when it was sent after the list was read, or the list lacks another one that we know was done', async () => {
  await send(NOON);
  await send('2026-03-03T10:00:00+09:00');
  await read(COMPLETE);
  expect(await said()).toEqual([null, false]);
  await insertTransfer(database.db, person, await insertDeal(database.db, person), {
    ...{ reference: 'T-other', status: 'COMPLETED', decided_at: NOON },
  });
  await read('2026-03-03T11:00:00+09:00');
  expect(await said()).toEqual([null, false]);
  await read('2026-03-03T11:00:00+09:00', line('T-other', 'done'));
  expect(await said()).toEqual(['absent', true]);
});

test.each([
  ['COMPLETED', 'done', false],
  ['COMPLETED', 'returned', true],
  ['FAILED', 'failed', false],
  ['FAILED', 'done', true],
  ['RETURNED', 'returned', false],
])('of a %s transfer whose line says %s its deal hears: %p', async (status, listed, told) => {
  await database.db('transfers').where({ reference: REFERENCE }).update({ status, decided_at: NOON });
  await read(`${DAY}T13:00:00+09:00`, line(REFERENCE, listed));
  expect((await transfersToTell(database.db, [DAY])).length > 0).toBe(told);
});

test('a list that is read while a day is being matched replaces the earlier one only after that', async () => {
  const { db } = database;
  const references = () => db('bank_lines').pluck('reference');
  await read(`${DAY}T13:00:00+09:00`, line('T-earlier', 'done'));
  const matching = await db.transaction();
  await takeTurn(matching);
  const reading = read(`${DAY}T14:00:00+09:00`, line('T-earlier', 'done'), line('T-later', 'done'));
  await poll(
    () =>
      db('pg_locks as l')
        .join('pg_database as d', 'd.oid', 'l.database')
        .where({ datname: db.raw('current_database()'), locktype: 'advisory', granted: false })
        .pluck('pid'),
    (waiting) => waiting.length > 0,
    { what: 'the list waits for its turn' },
  );
  expect(await references()).toEqual(['T-earlier']);
  await matching.commit();
  await reading;
  expect(await references()).toEqual(['T-earlier', 'T-later']);
});
