/** What payers hear of their cards: each fact once, by the first channel that reaches, never more than issuer and ending. */
import { randomUUID } from 'node:crypto';
import { cardExpiryActivities } from '../../activities/batches/card-expiry';
import { tellIfDeclining } from '../../db/card-notices';
import { createLog } from '../../infra/log';
import { leavesAt } from '../../workflows/domain/quiet-hours';
import { insertDeal, insertPayment, insertPerson, type Person } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let person: Person;
beforeEach(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
});
afterEach(() => database.drop());

/** December, the 1st, 09:30 KST. */
const DECEMBER = '2026-12-01T00:30:00.000Z';
const tell = (scheduledAt = DECEMBER, pageSize = 500) =>
  cardExpiryActivities({ db: database.db, log: createLog('test', 'silent'), pageSize }).tellEndingCards({
    scheduledAt,
  });
const told = () => database.db('notices').orderByRaw(`params ->> 'expiry', created_at`);

/** A card of the payer; further columns as given. */
async function card(more: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  await database.db('cards').insert({
    ...{ id, user_id: person.userId, billing_key_encrypted: '-', billing_key_hash: id },
    ...{ masked_number: '433012******0042', issuer: '신한카드', is_default: false, expiry: '2026-12' },
    ...more,
  });
  return id;
}

test('a card that ends this month or the next is told once, by its issuer and its last four digits alone', async () => {
  for (const expiry of ['2026-11', '2026-12', '2027-01', '2027-02', null]) await card({ expiry });
  expect(await tell()).toEqual({ told: 2 });
  expect(await tell()).toEqual({ told: 0 });
  const rows = await told();
  const shown = { issuer: { ko: '신한카드', en: 'Shinhan Card' }, lastFour: '0042' };
  expect(rows.map(({ template, channel, user_id, params }) => ({ template, channel, user_id, params }))).toEqual(
    ['2026-12', '2027-01'].map((expiry) => ({
      ...{ template: 'card-expiring', channel: 'sms', user_id: person.userId },
      params: { ...shown, expiry },
    })),
  );
  expect(await tell('2027-01-01T00:30:00.000Z')).toEqual({ told: 1 }); // February's
});

test('a card that was registered twice is told once, and each of two payers of one card hears of it', async () => {
  const first = await card();
  await card({ first_card_id: first });
  const other = await insertPerson(database.db);
  await card({ user_id: other.userId, first_card_id: first });
  expect(await tell()).toEqual({ told: 2 });
  const rows = await told();
  expect(rows.map(({ user_id }) => user_id).sort()).toEqual([person.userId, other.userId].sort());
});

test('a card that was registered anew with a later month is not told of the old one', async () => {
  const first = await card();
  await card({ first_card_id: first, expiry: '2031-12' });
  expect(await tell()).toEqual({ told: 0 });
});

test('nobody hears of a card that was removed, or after they have left', async () => {
  await card({ deleted_at: new Date() });
  const left = await insertPerson(database.db);
  await card({ user_id: left.userId });
  await database.db('users').where({ id: left.userId }).update({ deleted_at: new Date() });
  expect(await tell()).toEqual({ told: 0 });
});

test('more cards than one page are all told', async () => {
  for (let n = 0; n < 5; n++) await card();
  expect(await tell(DECEMBER, 2)).toEqual({ told: 5 });
  expect(await told()).toHaveLength(5);
});

test('a card that cannot be told keeps no other from it, and the run says so', async () => {
  await card();
  await card({ masked_number: '433012******0043' });
  await database.db.raw(`
    create function refuse_one() returns trigger language plpgsql as $$ begin
      if new.params ->> 'lastFour' = '0043' then raise exception 'no'; end if; return new; end $$;
    create trigger refuse_one before insert on notices for each row execute function refuse_one()`);
  await expect(tell()).rejects.toThrow('of 1 cards that end the payers could not be told');
  expect((await told()).map(({ params }) => params.lastFour)).toEqual(['0042']);
});

test('it goes by the first of the chosen channels that reaches, in the language of the member, and by day', async () => {
  await database
    .db('users')
    .where({ id: person.userId })
    .update({ deal_news_channels: ['email', 'sms'], email_verified_at: new Date(), language: 'en' });
  await card();
  await tell();
  const rows = await told();
  expect(rows.map(({ channel, language }) => [channel, language])).toEqual([['email', 'en']]);
  const [{ next_attempt_at: leaves }] = rows;
  expect(leavesAt('card-expiring', leaves)).toEqual(leaves);
});

let tries = 0;
/** The payer's card was tried; how it ended each time, oldest first. */
async function tried(...ends: (string | null)[]): Promise<void> {
  for (const code of ends) {
    const dealId = await insertDeal(database.db, person);
    await insertPayment(database.db, person, dealId, {
      created_at: new Date(Date.UTC(2026, 11, 1, 0, tries++)),
      ...(code === null
        ? {
            status: 'PAID',
            payment_key: randomUUID(),
            approved_at: new Date(),
            decided_at: new Date(),
            sent_at: new Date(),
          }
        : { status: 'FAILED', decline_code: code, decided_at: new Date() }),
    });
  }
}
const judge = (at = DECEMBER) => database.db.transaction((trx) => tellIfDeclining(trx, person.cardId, new Date(at)));

test('three declines in a row are told once a KST day; what was never sent, or nobody decided, counts for nothing', async () => {
  await tried('insufficient-funds', 'insufficient-funds', 'risk-blocked', 'charges-stopped', 'not-settled');
  await judge();
  expect(await told()).toEqual([]);
  await tried('insufficient-funds');
  await judge();
  await judge();
  expect(await told()).toMatchObject([
    { template: 'card-declining', params: { issuer: { ko: 'Card', en: 'Card' }, lastFour: '1111' } },
  ]);
  await judge('2026-12-01T14:59:59.999Z'); // the last moment of the day in Korea
  expect(await told()).toHaveLength(1);
  await judge('2026-12-01T15:00:00.000Z');
  expect(await told()).toHaveLength(2);
});

test('a stolen card is told at once; a charge ends the row', async () => {
  await tried('insufficient-funds', 'insufficient-funds', null, 'insufficient-funds');
  await judge();
  expect(await told()).toEqual([]);
  await tried('stolen-card');
  await judge();
  expect(await told()).toHaveLength(1);
});
