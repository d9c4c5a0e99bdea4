/**
 * I12 as a property: whatever confirms, retries, declines, refunds, crashes and losses of Redis do to each other, no
 * limit is passed, recounted from PostgreSQL, and once all is quiet nobody is blocked below one.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { releaseReservation } from '../../../activities/risk/counters';
import { screeningActivities } from '../../../activities/risk/screening';
import { amountOf, countCardCharge, recheckLimits, releaseDecision, reservedOn, storeDecision } from '../../../db/risk';
import type { Keys } from '../../../infra/keys/keys';
import { createLog } from '../../../infra/log';
import { openRedis, type Redis } from '../../../infra/redis';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { LIMIT_RULES } from '../../../workflows/domain/risk-rules';
import { mayCharge } from '../../../workflows/domain/screening';
import { DEVICE } from '../../fixtures/device';
import { ownKeys } from '../../fixtures/keys';
import { insertEvent, insertPerson, type Person, SEALED } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testRedis } from '../../servers/redis';

const PAYERS = 50;
const NOON = new Date('2026-03-02T12:00:00+09:00');
const LONG_AGO = new Date('2026-01-02T12:00:00+09:00');
const log = createLog('test', 'silent');
const MAX = {
  deals: LIMIT_RULES['user-daily-count'].max,
  amount: LIMIT_RULES['user-daily-amount'].max,
  charges: LIMIT_RULES['card-hourly-count'].max,
};

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

interface Attempt {
  readonly payer: Person;
  readonly dealId: DealId;
  readonly principal: number;
  readonly deviceId: string;
}

/** To an account of its own and from a device of its own: limits alone are looked at. */
async function newAttempt(payer: Person, principal: number): Promise<Attempt> {
  const [id, recipient] = [randomUUID() as DealId, randomUUID()];
  const account = { bank_code: '088', account_last4: '1234', account_number_encrypted: '-', account_hash: recipient };
  const { userId: user_id } = payer;
  await database.db('bank_accounts').insert({ id: recipient, user_id, ...account, holder_name_encrypted: SEALED });
  await database.db.transaction(async (trx) => {
    const about = { deal_no: id, user_id, recipient_id: recipient, purpose: 'rent', memo_encrypted: SEALED };
    const money = { principal, fee: 0, fee_bps: 0, total: principal };
    await trx('deals').insert({ id, ...about, ...money, expires_at: new Date(Date.now() + 3_600_000) });
    await insertEvent(trx, id, 1, null, 'PENDING');
  });
  return { payer, dealId: id, principal, deviceId: randomUUID() };
}

const subjectOf = ({ payer: { userId, cardId }, dealId, deviceId }: Attempt) => ({
  ...{ dealId, attempt: 1, userId, cardId, ...DEVICE, deviceId },
});

const screen = (one: Attempt) =>
  screeningActivities({ db: database.db, redis, keys, clock: () => NOON }).screenDeal(subjectOf(one));

/** Screened, and then what the charge intent does; answers whether the charge was let through. */
async function confirm(one: Attempt): Promise<boolean> {
  const screened = await screen(one);
  const subject = { ...subjectOf(one), principal: won(one.principal) };
  const decision = await database.db.transaction(async (trx) => {
    const stored = await trx('risk_decisions').where({ deal_id: one.dealId }).first('verdict');
    if (stored) return stored; // by a try of which nobody heard
    const judged = mayCharge(screened) ? await recheckLimits(trx, { ...subject, screened, at: NOON }) : screened;
    await storeDecision(trx, { ...subject, decision: judged });
    if (mayCharge(judged)) await countCardCharge(trx, one.payer.cardId, NOON);
    return judged;
  });
  if (!mayCharge(decision)) await releaseReservation(redis, { dealId: one.dealId, attempt: 1, sent: false }, log);
  return mayCharge(decision);
}

/** Declined or given back; `isHeard`: by Redis too. */
async function release({ dealId }: Attempt, isHeard: boolean): Promise<void> {
  await database.db.transaction((trx) => releaseDecision(trx, dealId, 1));
  if (isHeard) await releaseReservation(redis, { dealId, attempt: 1 }, log);
}

type Act = 'confirm' | 'confirm-twice' | 'crash' | 'decline' | 'decline-unheard' | 'flush';
interface Move {
  readonly act: Act;
  readonly payer: number;
  readonly principal: number;
}
const move: fc.Arbitrary<Move> = fc.record({
  act: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom<Act>('confirm', 'confirm-twice', 'crash', 'decline', 'decline-unheard') },
    { weight: 1, arbitrary: fc.constant<Act>('flush') },
  ),
  // A few payers do most of it: they reach their limits.
  payer: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: PAYERS - 1 })),
  principal: fc.constantFrom(10_000, 900_000, 990_000, 2_500_000, 4_990_000),
});

/** Does it; answers with an attempt whose process died after the screening, to be finished by another one. */
async function play(people: readonly Person[], { act, payer, principal }: Move): Promise<Attempt | null> {
  if (act === 'flush') {
    await redis.flushdb(); // of this test alone: others share the server
    return null;
  }
  const one = await newAttempt(people[payer] as Person, principal);
  if (act === 'crash') {
    await screen(one);
    return one;
  }
  if (act === 'confirm-twice') await Promise.all([screen(one), screen(one)]);
  const isCharged = await confirm(one);
  if (isCharged && (act === 'decline' || act === 'decline-unheard')) await release(one, act === 'decline');
  return null;
}

async function standingOf({ userId, cardId }: Person) {
  const day = await reservedOn(database.db, userId, NOON);
  const card = await database.db('cards').where({ id: cardId }).first('hour_charges');
  return { deals: day.length, amount: amountOf(day), charges: Number(card.hour_charges) };
}

async function crowd(): Promise<Person[]> {
  const people = await Promise.all(Array.from({ length: PAYERS }, () => insertPerson(database.db)));
  const ids = people.map(({ userId }) => userId);
  await database.db('users').whereIn('id', ids).update({ created_at: LONG_AGO });
  return people;
}

test('no interleaving passes a limit, and nobody is blocked below one once it is quiet', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(move, { minLength: 1, maxLength: 8 }), { minLength: 3, maxLength: 8 }),
      async (rounds) => {
        const people = await crowd();
        const crashed: Attempt[] = [];
        for (const round of rounds) {
          const left = await Promise.all(round.map((one) => play(people, one)));
          crashed.push(...left.filter((one) => one !== null));
        }
        for (const one of crashed) await confirm(one);
        const touched = new Set(rounds.flat().map(({ payer }) => payer));
        for (const payer of touched) {
          const person = people[payer] as Person;
          const { deals, amount, charges } = await standingOf(person);
          expect(deals).toBeLessThanOrEqual(MAX.deals);
          expect(amount).toBeLessThanOrEqual(MAX.amount);
          expect(charges).toBeLessThanOrEqual(MAX.charges);
          const { verdict } = await screen(await newAttempt(person, 10_000));
          const isFull = deals >= MAX.deals || amount + 10_000 > MAX.amount || charges >= MAX.charges;
          expect([payer, verdict === 'BLOCK']).toEqual([payer, isFull]);
        }
      },
    ),
    { numRuns: 12 },
  );
});
