import { randomUUID } from 'node:crypto';
import { staleLockActivities } from '../../../activities/batches/stale-locks';
import { screeningActivities } from '../../../activities/risk/screening';
import { claimKey, storeAnswer } from '../../../db/idempotency-keys';
import { enqueueNotice } from '../../../db/notices';
import type { Keys } from '../../../infra/keys/keys';
import { createLog } from '../../../infra/log';
import { openRedis, type Redis } from '../../../infra/redis';
import { kstDayOf } from '../../../workflows/domain/bank-calendar';
import type { DealId } from '../../../workflows/domain/ids';
import { DEVICE, DEVICE_COLUMNS } from '../../fixtures/device';
import { ownKeys } from '../../fixtures/keys';
import { insertDeal, insertPayment, insertPerson, type Person } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testRedis } from '../../servers/redis';

let database: TestDatabase;
let redis: Redis;
let person: Person;
let keys: Keys;
beforeEach(async () => {
  database = await testDatabase();
  redis = await openRedis(await testRedis());
  person = await insertPerson(database.db);
  keys = await ownKeys(database.db);
});
afterEach(async () => {
  redis.disconnect();
  await database.drop();
});

const clock = () => new Date();
const clean = () =>
  staleLockActivities({ db: database.db, redis, clock, log: createLog('test', 'silent') }).freeStaleLocks();
const NOTHING = { keysFreed: 0, noticesGivenUp: 0, reservationsReleased: 0, openJobs: 0 };

/** By the clock of the database, which dates leases and notices. */
const minutesAgo = (minutes: number) => database.db.raw(`now() - ? * interval '1 minute'`, [minutes]);
const scopeOf = (key: string) => ({
  ...{ caller: { kind: 'payer', id: person.userId } as const, method: 'POST' },
  ...{ path: '/v1/deals', key },
});

async function claimed(key: string): Promise<string> {
  const claim = await claimKey(database.db, scopeOf(key), 'body');
  if (claim.kind !== 'claimed') throw new Error(`the key is ${claim.kind}`);
  return claim.lease;
}

test('a lease whose request died long ago is freed, and the key remembers its body and its first day', async () => {
  const { db } = database;
  for (const key of ['dead', 'busy', 'answered']) await claimed(key);
  await db('idempotency_keys')
    .where({ key: 'dead' })
    .update({ lease_until: minutesAgo(11) });
  const [{ lease }] = (await db.raw(`select lease_until::text as lease from idempotency_keys where key = 'answered'`))
    .rows;
  await storeAnswer(db, scopeOf('answered'), lease, {
    status: 201,
    contentType: 'application/json',
    bodyEncrypted: '{}',
    headers: {},
  });
  const before = await db('idempotency_keys').where({ key: 'dead' }).first('created_at');
  expect(await clean()).toEqual({ ...NOTHING, keysFreed: 1 });
  expect(await clean()).toEqual(NOTHING);
  expect(await claimKey(db, scopeOf('dead'), 'another body')).toEqual({ kind: 'reused' });
  expect(await claimKey(db, scopeOf('busy'), 'body')).toEqual({ kind: 'in-flight' });
  expect((await claimKey(db, scopeOf('answered'), 'body')).kind).toBe('replay');
  expect(await claimKey(db, scopeOf('dead'), 'body')).toMatchObject({ firstSeenAt: before.created_at });
});

test('a code that has run out is not sent any more, and its secret is forgotten; news of a deal stays', async () => {
  const { db } = database;
  const dealId = (await insertDeal(db, person)) as DealId;
  const code = {
    template: 'auth-code',
    id: randomUUID(),
    phoneEncrypted: 'sealed',
    code: { encrypted: 'sealed', hash: 'hash', issue: '1' },
  } as const;
  await enqueueNotice(db, code);
  const fresh = { ...code, id: randomUUID() };
  await enqueueNotice(db, fresh);
  const params = { dealNo: 'D1', amount: 1 };
  await enqueueNotice(db, { template: 'deal-completed', event: 'e1', userId: person.userId, dealId, params });
  await db('notices')
    .whereNot({ id: fresh.id })
    .update({ created_at: minutesAgo(61) });
  expect(await clean()).toEqual({ ...NOTHING, noticesGivenUp: 1 });
  expect(await clean()).toEqual(NOTHING);
  expect(await db('notices').where({ id: code.id }).first()).toMatchObject({
    ...{ secret_encrypted: null, phone_encrypted: null, sent_at: null, ended_reason: 'expired', code_hash: null },
  });
  expect(await db('notices').where({ id: fresh.id }).first('code_hash')).toEqual({ code_hash: 'hash' });
  expect(await db('notices').whereNull('failed_at').pluck('template')).toEqual(
    expect.arrayContaining(['auth-code', 'deal-completed']),
  );
});

/** One attempt that Redis counts, and PostgreSQL has given up, since Redis did not hear of it. */
async function givenUpAttempt(more: { reserved: boolean; released: boolean; sent: boolean }) {
  const { db } = database;
  const dealId = (await insertDeal(db, person)) as DealId;
  const { screenDeal } = screeningActivities({ db, redis, keys, clock });
  await screenDeal({ dealId, attempt: 1, cardId: person.cardId, ...DEVICE });
  await db('risk_decisions').insert({
    ...{ deal_id: dealId, attempt: 1, user_id: person.userId, card_id: person.cardId, ...DEVICE_COLUMNS },
    ...{ verdict: more.reserved ? 'PASS' : 'BLOCK', rules: '[]', counters: '{}', kst_day: kstDayOf(clock()) },
    ...{ principal: 10_000, reserved: more.reserved, released_at: more.released ? clock() : null },
  });
  const sent_at = more.sent ? clock() : null;
  await insertPayment(db, person, dealId, { status: more.released ? 'FAILED' : 'PENDING', sent_at });
}
const counters = async () => [
  Number(await redis.get(`fds:user:${person.userId}:daily:count`)),
  Number(await redis.get(`fds:user:${person.userId}:daily:amount`)),
  Number(await redis.get(`fds:card:${person.cardId}:hourly:count`)),
];

test('a reservation that was given up while Redis was silent is given back, and a charge that was sent stays counted', async () => {
  await givenUpAttempt({ reserved: true, released: true, sent: true }); // declined
  await givenUpAttempt({ reserved: false, released: false, sent: false }); // blocked by the recount
  await givenUpAttempt({ reserved: true, released: false, sent: true }); // alive
  expect(await counters()).toEqual([3, 30_000, 3]);
  expect(await clean()).toEqual({ ...NOTHING, reservationsReleased: 2 });
  expect(await counters()).toEqual([1, 10_000, 2]);
  expect(await clean()).toEqual(NOTHING);
  expect(await counters()).toEqual([1, 10_000, 2]);
});

test('an ended deal whose transfer job says it is under way is brought to a person, once, and the row is left as it is', async () => {
  const { db } = database;
  const [ended, open] = [await insertDeal(db, person), await insertDeal(db, person)];
  for (const deal_id of [ended, open])
    await db('transfer_jobs').insert({ deal_id, amount: 10_000, status: 'PROCESSING', attempts: 1 });
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('deals').where({ id: ended }).update({ status: 'REFUNDED' });
  });
  for (let run = 0; run < 2; run++) expect(await clean()).toEqual({ ...NOTHING, openJobs: 1 });
  const tasks = await db('operator_tasks').select('deal_id', 'severity', 'reason');
  expect(tasks).toEqual([{ deal_id: ended, severity: 'task', reason: 'transfer-job-open' }]);
  expect(await db('transfer_jobs').pluck('status')).toEqual(['PROCESSING', 'PROCESSING']);
});
