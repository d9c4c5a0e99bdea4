import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../../api/http/unavailable';
import { createSessions } from '../../api/payer/sessions';
import { openDb } from '../../db/connection';
import { openRedis } from '../../infra/redis';
import { openTemporal } from '../../infra/temporal/client';
import { openWay } from '../faults/tcp-proxy';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { testRedis } from '../servers/redis';
import { testStack } from '../servers/stack';
import { type BareApi, startBareApi } from './bare-api';

/** Nothing listens on port 1. */
const NOWHERE = '127.0.0.1:1';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

const quote = (recipientId: string) => ({ recipientId, principal: 10_000, purpose: '월세' });
const expectUnavailable = ({ status, body, headers }: Awaited<ReturnType<BareApi['call']>>) => {
  expect([status, body.code, body.retryable]).toEqual([503, 'unavailable', true]);
  expect(headers.get('retry-after')).toBe('5');
};

test('all that the API needs is checked, and a missing worker shows in the deep check only', async () => {
  expect((await api.call('GET', '/health/live')).status).toBe(200);
  const ready = await api.call('GET', '/health/ready');
  expect(ready.body.checks).toEqual({
    postgres: { ok: true, ms: expect.any(Number) },
    redis: { ok: true, ms: expect.any(Number) },
    temporal: { ok: true, ms: expect.any(Number) },
  });
  const deep = await api.call('GET', '/health/deep');
  expectUnavailable(deep);
  expect(deep.body.checks).toMatchObject({ temporal: { ok: true }, worker: { ok: false } });
});

test('without Redis nobody is believed, and nothing is made', async () => {
  const redis = await openRedis(await testRedis());
  const cut = await startBareApi({ redis });
  try {
    const payer = await cut.member();
    redis.disconnect();
    expectUnavailable(await payer.post('/v1/deals', quote(payer.recipientId)));
    expectUnavailable(await cut.call('POST', '/v1/auth/codes', { phone: '01012345678' }));
    expect(await cut.deps.db('deals')).toEqual([]);
    const ready = await cut.call('GET', '/health/ready');
    expect(ready.body.checks).toMatchObject({ postgres: { ok: true }, redis: { ok: false } });
    expect((await cut.call('GET', '/health/live')).status).toBe(200);
  } finally {
    await cut.stop();
  }
});

test('without PostgreSQL every answer is 503, and no address or statement is told', async () => {
  const db = openDb({ databaseUrl: `postgres://plic:secret@${NOWHERE}/plic` });
  const cut = await startBareApi({ db });
  try {
    const payer = await cut.member();
    expectUnavailable(await payer.post('/v1/deals', quote(payer.recipientId)));
    const login = await cut.call('POST', '/v1/auth/login', { email: 'a@example.com', password: 'x' });
    expectUnavailable(login);
    expect(JSON.stringify(login.body)).not.toMatch(/127\.0\.0\.1|select|secret/i);
    expect(cut.logged.join()).not.toMatch(/a@example\.com|secret/);
  } finally {
    await cut.stop();
    await db.destroy();
  }
});

test('without PostgreSQL a refresh token is not used up: it is taken however much later it is sent again', async () => {
  const db = openDb({ databaseUrl: `postgres://plic:secret@${NOWHERE}/plic` });
  let now = Date.now();
  const cut = await startBareApi({ db, clock: () => new Date(now) });
  try {
    const { userId } = await cut.member();
    const { refreshToken } = await createSessions(cut.deps).open(userId);
    expectUnavailable(await cut.call('POST', '/v1/auth/refresh', { refreshToken }));
    now += 3_600_000;
    expect(await createSessions(cut.deps).renew(refreshToken)).toMatchObject({ userId });
  } finally {
    await cut.stop();
    await db.destroy();
  }
});

test('a PostgreSQL that dies in the middle of a statement is an outage', async () => {
  const { postgresUrl } = testStack();
  const way = await openWay(new URL(postgresUrl).host);
  const db = openDb({ databaseUrl: way.through(postgresUrl) });
  try {
    await db.raw('select 1');
    const dying = db.raw('select pg_sleep(30)').catch((error: unknown) => error);
    way.cut();
    expect(isUnavailable(await dying)).toBe(true);
  } finally {
    await db.destroy();
    await way.close();
  }
});

test('without Temporal the check says so, and a new recipient is refused for now', async () => {
  const { temporalAddress, namespace } = testStack();
  const way = await openWay(temporalAddress);
  const address = new URL(way.through(`http://${temporalAddress}`)).host;
  const temporal = await openTemporal({ address, namespace, taskQueue: 'none' }, TEST_DATA_KEYS);
  const cut = await startBareApi({ temporal });
  try {
    const payer = await cut.member();
    way.cut();
    const recipient = { bankCode: '092', accountNumber: '1100000000', holderName: '김수취' };
    const answer = await payer.call('POST', '/v1/recipients', recipient);
    expect([answer.status, answer.body.retryable]).toEqual([503, true]);
    const ready = await cut.call('GET', '/health/ready');
    expect(ready.body.checks).toMatchObject({ postgres: { ok: true }, temporal: { ok: false } });
  } finally {
    await cut.stop();
    await delay(4_000); // the client's last retry of the calls above must find its channel open
    await temporal.connection.close();
    await way.close();
  }
});
