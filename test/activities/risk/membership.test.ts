/** The limits of a day, and of those who leave. */
import { recheckLimits, storeDecision } from '../../../db/risk';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { DEVICE } from '../../fixtures/device';
import { insertDeal, insertPerson, type Person } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const NOON = new Date('2026-03-02T12:00:00+09:00');

async function oldMember(): Promise<Person> {
  const person = await insertPerson(database.db);
  await database
    .db('users')
    .where({ id: person.userId })
    .update({ created_at: new Date('2026-02-02T12:00:00+09:00') });
  return person;
}

/** What the charge intent does with the limits of a new deal. */
async function intend(person: Person) {
  const { userId, cardId } = person;
  const dealId = (await insertDeal(database.db, person)) as DealId;
  const subject = { dealId, attempt: 1, userId, cardId, ...DEVICE, principal: won(10_000) };
  return database.db.transaction(async (trx) => {
    const decision = await recheckLimits(trx, { ...subject, at: NOON });
    await storeDecision(trx, { ...subject, decision });
    return decision;
  });
}

test('nothing of a member who has left is let through', async () => {
  const person = await oldMember();
  await database.db('users').where({ id: person.userId }).update({ deleted_at: NOON });
  expect(await intend(person)).toMatchObject({ verdict: 'BLOCK', rules: ['member-withdrawn'] });
});

test('who leaves and joins again with the same phone begins no new day', async () => {
  const [before, after] = [await oldMember(), await oldMember()];
  for (let n = 1; n <= 5; n++) expect((await intend(before)).verdict).toBe('PASS');
  const { phone_hash } = await database.db('users').where({ id: before.userId }).first('phone_hash');
  await database.db('users').where({ id: before.userId }).update({ deleted_at: NOON });
  expect((await intend(after)).counters.userDailyCount).toBe(1);
  await database.db('users').where({ id: after.userId }).update({ phone_hash });
  const counters = { userDailyCount: 7, userDailyAmount: 70_000 };
  expect(await intend(after)).toMatchObject({ verdict: 'BLOCK', rules: ['user-daily-count'], counters });
});

const change = (person: Person, row: Record<string, unknown>) =>
  database.db('users').where({ id: person.userId }).update(row);

test('a phone begins no new day by being given up before its member leaves', async () => {
  const [before, after] = [await oldMember(), await oldMember()];
  const { phone_hash } = await database.db('users').where({ id: before.userId }).first('phone_hash');
  for (let n = 1; n <= 5; n++) await intend(before);
  await change(before, { phone_hash: 'another phone', deleted_at: NOON });
  await change(after, { phone_hash });
  expect(await intend(after)).toMatchObject({ verdict: 'BLOCK', rules: ['user-daily-count'] });
});

test('a proven person begins no new day with another phone', async () => {
  const [before, after] = [await oldMember(), await oldMember()];
  const proven = { ci_hash: 'one person', identity_verified_at: NOON };
  await change(before, proven);
  for (let n = 1; n <= 5; n++) await intend(before);
  await change(before, { deleted_at: NOON });
  await change(after, proven);
  expect(await intend(after)).toMatchObject({ verdict: 'BLOCK', rules: ['user-daily-count'] });
});

// The last one: the keys of this database are others from here on.
test('a phone begins no new day by the key of its hash being changed on that day', async () => {
  const [before, after] = [await oldMember(), await oldMember()];
  const { phone_hash } = await database.db('users').where({ id: before.userId }).first('phone_hash');
  for (let n = 1; n <= 3; n++) await intend(before);
  await database.db('hash_keys').insert({ id: 2, key_encrypted: 'wrapped' });
  await change(before, { phone_hash_even: 'phone under key 2' });
  for (let n = 1; n <= 2; n++) await intend(before);
  await change(before, { deleted_at: NOON });
  await change(after, { phone_hash, phone_hash_even: 'phone under key 2' });
  expect(await intend(after)).toMatchObject({ verdict: 'BLOCK', rules: ['user-daily-count'] });
  await database.db('hash_keys').where({ id: 1 }).update({ retired_at: NOON });
  await database.db('risk_decisions').update({ phone_hash: null });
  expect((await intend(after)).counters.userDailyCount).toBe(3); // those that know the phone by key 2, and this one
});
