import { randomUUID } from 'node:crypto';
import { DEAL_STATES, type DealState } from '../../workflows/domain/deal-state';
import { quote } from '../../workflows/domain/fees';
import {
  chargePostings,
  directPayoutPostings,
  transferIntentPostings,
  transferPostings,
} from '../../workflows/domain/ledger';
import { won } from '../../workflows/domain/money';
import { insertDeal, insertEvent, insertJournal, insertPerson, moveDeal, type Person } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let person: Person;
beforeAll(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
});
afterAll(() => database.drop());

/** The ways of spec §2 from PENDING to each state. */
const WAY: Record<DealState, readonly DealState[]> = {
  PENDING: [],
  PAID: ['PAID'],
  CANCELLED: ['CANCELLED'],
  REFUNDED: ['PAID', 'REFUNDED'],
  TRANSFERRING: ['PAID', 'TRANSFERRING'],
  TRANSFER_FAILED: ['PAID', 'TRANSFERRING', 'TRANSFER_FAILED'],
  COMPLETED: ['PAID', 'TRANSFERRING', 'COMPLETED'],
};
const LEGAL = new Set([
  'PENDING>PAID',
  'PENDING>CANCELLED',
  'PAID>TRANSFERRING',
  'PAID>REFUNDED',
  'TRANSFERRING>COMPLETED',
  'TRANSFERRING>TRANSFER_FAILED',
  'TRANSFER_FAILED>TRANSFERRING',
  'TRANSFER_FAILED>REFUNDED',
  'COMPLETED>TRANSFER_FAILED',
]);

async function dealIn(state: DealState): Promise<string> {
  const id = await insertDeal(database.db, person);
  for (const next of WAY[state]) await moveDeal(database.db, id, next);
  return id;
}

const pairs = DEAL_STATES.flatMap((from) => DEAL_STATES.filter((to) => to !== from).map((to) => [from, to] as const));

test.each(pairs.filter(([from, to]) => LEGAL.has(`${from}>${to}`)))('a deal may go from %s to %s', async (from, to) => {
  const id = await dealIn(from);
  await moveDeal(database.db, id, to);
  expect(await database.db('deals').where({ id }).first()).toMatchObject({ status: to });
});

test.each(pairs.filter(([from, to]) => !LEGAL.has(`${from}>${to}`)))(
  'the database refuses to take a deal from %s to %s',
  async (from, to) => {
    const id = await dealIn(from);
    await expect(moveDeal(database.db, id, to)).rejects.toMatchObject({ code: 'PL001' });
    expect(await database.db('deals').where({ id }).first()).toMatchObject({ status: from });
  },
);

test('a state that the specification does not know is refused', async () => {
  const id = await dealIn('PAID');
  await expect(moveDeal(database.db, id, 'SETTLED')).rejects.toThrow(/illegal edge|check constraint/);
});

test('a deal begins PENDING: it cannot be written down as paid, completed or refunded', async () => {
  const like = await database
    .db('deals')
    .where({ id: await dealIn('PENDING') })
    .first();
  for (const status of DEAL_STATES.filter((state) => state !== 'PENDING')) {
    const row = { ...like, id: randomUUID(), deal_no: `P${randomUUID()}`, status };
    const born = database.db.transaction(async (trx) => {
      await trx('deals').insert(row);
      await insertEvent(trx, row.id, 1, null, status);
    });
    await expect(born).rejects.toThrow();
  }
});

test('every edge raises the version by exactly one, and nothing else changes it', async () => {
  const id = await dealIn('PAID'); // version 2
  const raise = (version: number, status: string) =>
    database.db.transaction(async (trx) => {
      await insertEvent(trx, id, version, 'PAID', status);
      await trx('deals').where({ id }).update({ version, status });
    });
  for (const version of [2, 4, 1, 0]) await expect(raise(version, 'TRANSFERRING')).rejects.toThrow();
  await expect(raise(3, 'PAID')).rejects.toMatchObject({ code: 'PL001' });
  await raise(3, 'TRANSFERRING');
});

test('an edge that no event records is refused at commit', async () => {
  const id = await dealIn('PENDING');
  const silent = database.db('deals').where({ id }).update({ status: 'PAID', version: 2 });
  await expect(silent).rejects.toMatchObject({ constraint: 'deals_version_recorded' });
  expect(await database.db('deals').where({ id }).first()).toMatchObject({ status: 'PENDING', version: 1 });
});

test.each([
  ['PAID', 'REFUNDED'],
  ['PENDING', 'TRANSFERRING'],
])('an event that tells of another edge than the one that happened is refused (%s to %s)', async (from, to) => {
  const id = await dealIn('PAID');
  const told = database.db.transaction(async (trx) => {
    await insertEvent(trx, id, 3, from, to);
    await trx('deals').where({ id }).update({ version: 3, status: 'TRANSFERRING' });
  });
  await expect(told).rejects.toMatchObject({ code: 'PL001' });
});

test('one version of a deal has one event', async () => {
  const id = await dealIn('PAID');
  await expect(insertEvent(database.db, id, 2, 'PENDING', 'PAID')).rejects.toMatchObject({ code: '23505' });
});

test('what happened to a deal is never rewritten', async () => {
  const { db } = database;
  const deal_id = await dealIn('PAID');
  await expect(db('deal_events').where({ deal_id }).update({ actor: 'nobody' })).rejects.toMatchObject({
    code: 'PL002',
  });
  await expect(db('deal_events').where({ deal_id }).delete()).rejects.toMatchObject({ code: 'PL002' });
  await expect(db.raw('truncate deal_events cascade')).rejects.toMatchObject({ code: 'PL002' });
});

test('a quote is frozen: no amount, payer or number of a deal ever changes', async () => {
  const id = await dealIn('PENDING');
  const other = await insertPerson(database.db);
  for (const change of [
    { principal: 20_000, total: 20_300 },
    { fee: 0, total: 10_000 },
    { principal: 9_700, fee: 600 },
    { user_id: other.userId },
    { deal_no: 'P-OTHER' },
  ])
    await expect(database.db('deals').where({ id }).update(change)).rejects.toMatchObject({ code: 'PL001' });
});

test('a total that is not principal and fee is refused', async () => {
  const like = await database
    .db('deals')
    .where({ id: await dealIn('PENDING') })
    .first();
  const row = { ...like, id: randomUUID(), deal_no: 'P-WRONG', total: 10_301 };
  await expect(database.db('deals').insert(row)).rejects.toMatchObject({ code: '23514' });
});

test.each(['COMPLETED', 'REFUNDED'] as const)(
  'a deal cannot end %s while the recipient is still owed money',
  async (end) => {
    const { db } = database;
    const id = await dealIn(end === 'COMPLETED' ? 'TRANSFERRING' : 'TRANSFER_FAILED');
    await insertJournal(db, id, chargePostings(quote(won(10_000), 300)));
    await expect(moveDeal(db, id, end)).rejects.toMatchObject({ code: 'PL002' });
    await insertJournal(db, id, directPayoutPostings(won(10_000)));
    await moveDeal(db, id, end);
  },
);

test('a deal cannot end while what its recipient was owed is still in flight', async () => {
  const { db } = database;
  const id = await dealIn('TRANSFERRING');
  await insertJournal(db, id, chargePostings(quote(won(10_000), 300)));
  await insertJournal(db, id, transferIntentPostings(won(10_000)));
  await expect(moveDeal(db, id, 'COMPLETED')).rejects.toMatchObject({ code: 'PL002' });
  await insertJournal(db, id, transferPostings(won(10_000)));
  await moveDeal(db, id, 'COMPLETED');
});

test('money and end may be written in any order within one transaction', async () => {
  const { db } = database;
  const id = await dealIn('TRANSFERRING');
  await insertJournal(db, id, chargePostings(quote(won(10_000), 300)));
  const { version } = await db('deals').where({ id }).first();
  await db.transaction(async (trx) => {
    await insertEvent(trx, id, version + 1, 'TRANSFERRING', 'COMPLETED');
    await trx('deals')
      .where({ id })
      .update({ status: 'COMPLETED', version: version + 1 });
    await insertJournal(trx, id, directPayoutPostings(won(10_000)));
  });
});
