/** Money that stands for too long in an account that it only passes through. */
import { agedBalances } from '../../db/ageing';
import { postEntries } from '../../db/ledger';
import { type Account, AGES_MAX_DAYS, type Posting } from '../../workflows/domain/ledger';
import { insertDeal, insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

const NOW = new Date('2026-06-01T09:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

let database: TestDatabase;
let dealId: string;
beforeEach(async () => {
  database = await testDatabase();
  dealId = await insertDeal(database.db, await insertPerson(database.db));
});
afterEach(() => database.drop());

let posted = 0;
/** Puts so much into the account, then. */
async function put(account: Account, amount: number, at: Date, of: { dealId?: string | null } = {}): Promise<void> {
  posted += 1;
  const key = `put:${posted}`;
  const postings: Posting[] = [
    { account, amount },
    { account: 'bank_float', amount: 0 - amount },
  ];
  await database.db.transaction(async (trx) => {
    await postEntries(trx, { dealId, ...of, kind: 'charge', key, postings });
    await trx.raw('set local session_replication_role = replica');
    await trx('ledger_journals').where({ key }).update({ at });
  });
}
const aged = () => agedBalances(database.db, NOW);

test.each(Object.entries(AGES_MAX_DAYS) as [keyof typeof AGES_MAX_DAYS, number][])(
  '%s is told after %i days, not before, and no longer when it is 0',
  async (account, days) => {
    await put(account, 700, daysAgo(days - 0.01));
    expect(await aged()).toEqual(new Map());
    await put(account, -700, daysAgo(days - 0.01));
    await put(account, 900, daysAgo(days + 0.01));
    const since = daysAgo(days + 0.01)
      .toISOString()
      .slice(0, 10);
    expect(await aged()).toEqual(new Map([[dealId, `${account}: 900 won since ${since}`]]));
    await put(account, -900, NOW);
    expect(await aged()).toEqual(new Map());
  },
);

test('the age of a balance begins when it was last 0', async () => {
  await put('suspense', 500, daysAgo(90));
  await put('suspense', -500, daysAgo(80));
  await put('suspense', 300, daysAgo(3));
  expect(await aged()).toEqual(new Map());
  await put('suspense', -200, daysAgo(1));
  expect(await aged()).toEqual(new Map());
});

test('what is of no deal is told of the system, and what passes elsewhere is not told', async () => {
  await put('suspense', -500, daysAgo(8), { dealId: null });
  await put('pg_receivable', 500, daysAgo(300));
  expect(await aged()).toEqual(new Map([[null, 'suspense: 500 won since 2026-05-24']]));
});
