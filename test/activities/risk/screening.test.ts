import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { releaseReservation } from '../../../activities/risk/counters';
import { screeningActivities } from '../../../activities/risk/screening';
import { countCardCharge, recheckLimits, releaseDecision, storeDecision } from '../../../db/risk';
import type { Keys } from '../../../infra/keys/keys';
import { createLog } from '../../../infra/log';
import { openRedis } from '../../../infra/redis';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { mayCharge } from '../../../workflows/domain/screening';
import { DEVICE } from '../../fixtures/device';
import { ownKeys } from '../../fixtures/keys';
import { insertEvent, insertPerson, type Person, SEALED } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testRedis } from '../../servers/redis';

const HOUR = 3_600_000;
const NOON = new Date('2026-03-02T12:00:00+09:00');
const later = (ms: number): Date => new Date(NOON.getTime() + ms);
const log = createLog('test', 'silent');
/** Of its own, so that no device pays many accounts. */
const newDevice = () => ({ ...DEVICE, deviceId: randomUUID() });

let database: TestDatabase;
let redis: Redis;
let keys: Keys;
beforeAll(async () => {
  database = await testDatabase();
  redis = await openRedis(await testRedis());
  keys = await ownKeys(database.db);
});
afterAll(async () => {
  redis.disconnect();
  await database.drop();
});

async function oldMember(): Promise<Person> {
  const person = await insertPerson(database.db);
  await database
    .db('users')
    .where({ id: person.userId })
    .update({ created_at: later(-48 * HOUR) });
  return person;
}

async function cardOf({ userId }: Person): Promise<string> {
  const id = randomUUID();
  const card = { billing_key_encrypted: '-', billing_key_hash: id, masked_number: '411111******1111', issuer: 'Card' };
  await database.db('cards').insert({ id, user_id: userId, ...card });
  return id;
}

/** Pays an account of its own, so that no account is paid by many cards. */
async function dealOf(person: Person, principal = 10_000): Promise<DealId> {
  const id = randomUUID() as DealId;
  const recipient = { id: randomUUID(), user_id: person.userId, bank_code: '088', account_last4: '1234' };
  const sealed = { account_number_encrypted: '-', account_hash: recipient.id, holder_name_encrypted: SEALED };
  await database.db('bank_accounts').insert({ ...recipient, ...sealed });
  const money = { principal, fee: 0, fee_bps: 0, total: principal };
  await database.db.transaction(async (trx) => {
    const about = { deal_no: id, user_id: person.userId, recipient_id: recipient.id, purpose: 'rent' };
    await trx('deals').insert({ id, ...about, ...money, expires_at: later(HOUR), memo_encrypted: SEALED });
    await insertEvent(trx, id, 1, null, 'PENDING');
  });
  return id;
}

/** Screens a deal with a card of its own, so that only the payer's day counts. */
async function screen(dealId: DealId, person: Person, more: { attempt?: number; cardId?: string; at?: Date } = {}) {
  const { attempt = 1, at = NOON } = more;
  const cardId = more.cardId ?? (await cardOf(person));
  const { screenDeal } = screeningActivities({ db: database.db, redis, keys, clock: () => at });
  return screenDeal({ dealId, attempt, cardId, ...newDevice() });
}

const countersOf = async ({ userId }: Person, cardId = '-') =>
  redis.mget(`fds:user:${userId}:daily:count`, `fds:user:${userId}:daily:amount`, `fds:card:${cardId}:hourly:count`);

/** What the charge intent does with the limits. */
async function intend(person: Person, dealId: DealId, cardId: string, { principal = 10_000, at = NOON } = {}) {
  const subject = { dealId, attempt: 1, userId: person.userId, cardId, ...newDevice(), principal: won(principal) };
  return database.db.transaction(async (trx) => {
    const decision = await recheckLimits(trx, { ...subject, at });
    await storeDecision(trx, { ...subject, decision });
    if (mayCharge(decision)) await countCardCharge(trx, cardId, at);
    return decision;
  });
}

describe('counters in Redis', () => {
  test('a payer makes five deals a day; the sixth is blocked and leaves nothing counted', async () => {
    const payer = await oldMember();
    for (let n = 1; n <= 5; n++) {
      const decision = await screen(await dealOf(payer), payer);
      expect(decision).toMatchObject({ verdict: 'PASS', kstDay: '2026-03-02', counters: { userDailyCount: n } });
    }
    const sixth = await screen(await dealOf(payer), payer);
    expect(sixth).toMatchObject({ verdict: 'BLOCK', rules: ['user-daily-count'], counters: { userDailyCount: 6 } });
    expect(await countersOf(payer)).toEqual(['5', '50000', null]);
  });

  test('five million won a day pass, one won more does not', async () => {
    const payer = await oldMember();
    expect((await screen(await dealOf(payer, 4_000_000), payer)).verdict).toBe('HOLD');
    const over = await screen(await dealOf(payer, 1_000_001), payer);
    expect(over).toMatchObject({ verdict: 'BLOCK', rules: ['user-daily-amount'] });
    expect((await screen(await dealOf(payer, 1_000_000), payer)).counters.userDailyAmount).toBe(5_000_000);
  });

  test('the fourth charge of a card within its hour is blocked, and after the hour it passes', async () => {
    const payer = await oldMember();
    const cardId = await cardOf(payer);
    const charge = async (at: Date) => (await screen(await dealOf(payer, 1_000), payer, { cardId, at })).rules;
    for (const minutes of [0, 1, 30]) expect(await charge(later(minutes * 60_000))).toEqual([]);
    expect(await redis.pttl(`fds:card:${cardId}:hourly:count`)).toBeLessThanOrEqual(HOUR / 2);
    expect(await charge(later(HOUR - 1))).toEqual(['card-hourly-count']);
    expect(await charge(later(HOUR))).toEqual([]);
  });

  test('a new member with a high amount is held', async () => {
    const payer = await insertPerson(database.db);
    await database
      .db('users')
      .where({ id: payer.userId })
      .update({ created_at: later(-24 * HOUR + 1) });
    const decision = await screen(await dealOf(payer, 1_000_000), payer);
    expect(decision).toMatchObject({ verdict: 'ALERT', rules: ['new-member-high-amount'] });
    expect((await screen(await dealOf(payer, 999_999), payer)).verdict).toBe('PASS');
  });

  test('an attempt counts once, however often and at once it is retried', async () => {
    const payer = await oldMember();
    const [dealId, cardId] = [await dealOf(payer), await cardOf(payer)];
    const decisions = await Promise.all(Array.from({ length: 20 }, () => screen(dealId, payer, { cardId })));
    decisions.push(await screen(dealId, payer, { cardId })); // and once more, when all that counts is in Redis
    expect(new Set(decisions.map((decision) => JSON.stringify(decision))).size).toBe(1);
    expect(await countersOf(payer, cardId)).toEqual(['1', '10000', '1']);
  });

  test('of thirty deals at once, five pass', async () => {
    const payer = await oldMember();
    const deals = await Promise.all(Array.from({ length: 30 }, () => dealOf(payer)));
    const verdicts = (await Promise.all(deals.map((dealId) => screen(dealId, payer)))).map(({ verdict }) => verdict);
    expect(verdicts.filter((verdict) => verdict === 'PASS')).toHaveLength(5);
    expect(await countersOf(payer)).toEqual(['5', '50000', null]);
  });

  test('a new Korean day begins with new counters, which end at midnight', async () => {
    const payer = await oldMember();
    const beforeMidnight = new Date('2026-03-02T23:59:59+09:00');
    await screen(await dealOf(payer), payer, { at: NOON });
    expect(await redis.pttl(`fds:user:${payer.userId}:daily:count`)).toBeGreaterThan(11 * HOUR);
    expect(await redis.pttl(`fds:user:${payer.userId}:daily:count`)).toBeLessThanOrEqual(12 * HOUR);
    const decision = await screen(await dealOf(payer), payer, { at: new Date(beforeMidnight.getTime() + 1_000) });
    expect(decision).toMatchObject({ kstDay: '2026-03-03', counters: { userDailyCount: 1, userDailyAmount: 10_000 } });
  });
});

describe('releases', () => {
  test('a declined attempt frees the day once, and its card stays charged', async () => {
    const payer = await oldMember();
    const [first, second, cardId] = [await dealOf(payer), await dealOf(payer), await cardOf(payer)];
    for (const dealId of [first, second]) await screen(dealId, payer, { cardId });
    for (let n = 0; n < 3; n++) await releaseReservation(redis, { dealId: first, attempt: 1 }, log);
    expect(await countersOf(payer, cardId)).toEqual(['1', '10000', '2']);
  });

  test('an attempt that was never sent frees its card too', async () => {
    const payer = await oldMember();
    const [dealId, cardId] = [await dealOf(payer), await cardOf(payer)];
    await screen(dealId, payer, { cardId });
    await releaseReservation(redis, { dealId, attempt: 1, sent: false }, log);
    expect(await countersOf(payer, cardId)).toEqual(['0', '0', null]);
  });

  test('yesterday’s reservation takes nothing from today', async () => {
    const payer = await oldMember();
    const [yesterday, today] = [await dealOf(payer), await dealOf(payer)];
    await screen(yesterday, payer);
    await screen(today, payer, { at: later(24 * HOUR) });
    await releaseReservation(redis, { dealId: yesterday, attempt: 1 }, log);
    expect(await countersOf(payer)).toEqual(['1', '10000', null]);
  });

  test('another attempt of the same deal takes the place of one whose release was lost', async () => {
    const payer = await oldMember();
    const dealId = await dealOf(payer);
    await screen(dealId, payer, { attempt: 1 });
    await screen(dealId, payer, { attempt: 2 });
    await releaseReservation(redis, { dealId, attempt: 1 }, log);
    expect(await countersOf(payer)).toEqual(['1', '10000', null]);
    await releaseReservation(redis, { dealId, attempt: 2 }, log);
    expect(await countersOf(payer)).toEqual(['0', '0', null]);
  });
});

describe('counters in PostgreSQL', () => {
  test('an empty Redis is filled from PostgreSQL before deciding', async () => {
    const payer = await oldMember();
    const cardId = await cardOf(payer);
    const deals = [await dealOf(payer), await dealOf(payer), await dealOf(payer)] as const;
    for (const dealId of deals) expect((await intend(payer, dealId, cardId)).verdict).toBe('PASS');
    await database.db.transaction((trx) => releaseDecision(trx, deals[0], 1));
    const decision = await screen(await dealOf(payer), payer, { cardId, at: later(60_000) });
    expect(decision).toMatchObject({
      verdict: 'BLOCK',
      rules: ['card-hourly-count'],
      counters: { userDailyCount: 3, userDailyAmount: 30_000, cardHourlyCount: 4 },
    });
    const next = await screen(await dealOf(payer), payer, { cardId, at: later(HOUR) });
    expect(next).toMatchObject({ verdict: 'PASS', counters: { userDailyCount: 3, cardHourlyCount: 1 } });
  });

  test('of ten charge intents at once, five are let through, whatever Redis said', async () => {
    const payer = await oldMember();
    const deals = await Promise.all(Array.from({ length: 10 }, () => dealOf(payer)));
    const cards = await Promise.all(deals.map(() => cardOf(payer)));
    const decisions = await Promise.all(deals.map((dealId, n) => intend(payer, dealId, cards[n] as string)));
    expect(decisions.filter(({ verdict }) => verdict === 'PASS')).toHaveLength(5);
    const reserved = await database.db('risk_decisions').where({ user_id: payer.userId, reserved: true });
    expect(reserved).toHaveLength(5);
  });

  test('of five intents at once on one card, three are let through', async () => {
    const payer = await oldMember();
    const cardId = await cardOf(payer);
    const deals = await Promise.all(Array.from({ length: 5 }, () => dealOf(payer)));
    const decisions = await Promise.all(deals.map((dealId) => intend(payer, dealId, cardId)));
    expect(decisions.filter(({ verdict }) => verdict === 'PASS')).toHaveLength(3);
    const card = await database.db('cards').where({ id: cardId }).first();
    expect(card).toMatchObject({ hour_opened_at: NOON, hour_charges: 3 });
    const deal = await dealOf(payer);
    expect((await intend(payer, deal, cardId, { at: later(HOUR) })).counters.cardHourlyCount).toBe(1);
  });

  test('a decision is kept with its rules and counters, and released once', async () => {
    const payer = await oldMember();
    const dealId = await dealOf(payer);
    await intend(payer, dealId, await cardOf(payer));
    const row = () => database.db('risk_decisions').where({ deal_id: dealId }).first();
    expect(await row()).toMatchObject({ verdict: 'PASS', rules: [], reserved: true, released_at: null });
    await database.db.transaction((trx) => releaseDecision(trx, dealId, 1));
    const { released_at: releasedAt } = await row();
    await database.db.transaction((trx) => releaseDecision(trx, dealId, 1));
    expect((await row()).released_at).toEqual(releasedAt);
  });

  test('another payer’s card is refused', async () => {
    const [payer, other] = [await oldMember(), await oldMember()];
    await expect(intend(payer, await dealOf(payer), await cardOf(other))).rejects.toThrow('not of user');
  });
});

describe('outages', () => {
  async function silentServer(): Promise<{ server: Server; port: number; sockets: Set<Socket> }> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, sockets, port: (server.address() as { port: number }).port };
  }

  test('without Redis, dead or silent, the verdict is UNAVAILABLE', async () => {
    const { server, port, sockets } = await silentServer();
    const patience = {
      enableReadyCheck: false,
      commandTimeout: 200,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    };
    const silent = new Redis({ port, ...patience });
    const dead = new Redis({ port, ...patience, enableOfflineQueue: false, lazyConnect: true });
    const payer = await oldMember();
    for (const client of [silent, dead]) {
      client.on('error', () => undefined);
      const { screenDeal } = screeningActivities({ db: database.db, redis: client, keys, clock: () => NOON });
      const dealId = await dealOf(payer);
      expect(await screenDeal({ dealId, attempt: 1, cardId: payer.cardId, ...DEVICE })).toMatchObject({
        ...{ verdict: 'UNAVAILABLE', rules: [], answers: {}, kstDay: '2026-03-02' },
      });
      await releaseReservation(client, { dealId, attempt: 1 }, log);
      client.disconnect();
    }
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  test('without PostgreSQL the activity fails, to be tried again', async () => {
    const gone = await testDatabase('empty');
    const { screenDeal } = screeningActivities({ db: gone.db, redis, keys, clock: () => NOON });
    const request = { dealId: randomUUID() as DealId, attempt: 1, cardId: randomUUID(), ...DEVICE };
    await expect(screenDeal(request)).rejects.toThrow();
    await gone.drop();
  });
});
