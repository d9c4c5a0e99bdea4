/** While Redis is away (F27) nobody is believed, but for one wish: the money back. A cancel is heard by its token alone. */
import { randomUUID } from 'node:crypto';
import { createSessions } from '../../api/payer/sessions';
import { openRedis } from '../../infra/redis';
import { openWay, type TcpProxy } from '../faults/tcp-proxy';
import type { Answer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { moveDeal } from '../fixtures/rows';
import { tokenForge } from '../fixtures/tokens';
import { testRedis } from '../servers/redis';
import { type BareApi, type Member, NO_ENGINE, startBareApi } from './bare-api';

let way: TcpProxy;
let redis: Awaited<ReturnType<typeof openRedis>>;
let api: BareApi;
let payer: Member;
let id: string;
let asked = 0;
const engine = {
  ...NO_ENGINE,
  async cancel() {
    asked += 1;
    await api.deps.db('deals').where({ id }).update({ cancel_requested_at: new Date() });
    await moveDeal(api.deps.db, id, 'CANCELLED');
    return { kind: 'decided', outcome: { kind: 'closed' } } as const;
  },
};
beforeAll(async () => {
  const url = await testRedis();
  way = await openWay(new URL(url).host);
  redis = await openRedis(way.through(url));
  api = await startBareApi({ engine, redis });
});
afterAll(async () => {
  redis.disconnect();
  await api.stop();
  await way.close();
});
const mend = async () => {
  await way.mend();
  await poll(
    () => redis.ping().catch(() => 'silence'),
    (answer) => answer === 'PONG',
    { what: 'Redis is back' },
  );
};
beforeEach(async () => {
  await mend();
  asked = 0;
  payer = await api.member();
  id = await newDeal();
});

const quote = () => ({ recipientId: payer.recipientId, principal: 10_000, purpose: '월세' });
const newDeal = async () => String((await payer.post('/v1/deals', quote())).body.id);
const cancelPath = () => `/v1/deals/${id}/cancel`;
const cancelWith = (token: string) =>
  api.call('POST', cancelPath(), {}, { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() });
const told = ({ status, body }: Answer) => [status, body.code];

test.each(['cut', 'silence'] as const)(
  'Redis is away (%s): a cancel is heard, and its key is kept',
  async (trouble) => {
    way[trouble]();
    const key = randomUUID();
    const cancelled = await payer.post(cancelPath(), {}, key);
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'CANCELLED']);
    const again = await payer.post(cancelPath(), {}, key);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(asked).toBe(1);
  },
);

test('Redis is away: no limit keeps a cancel away', async () => {
  way.cut();
  const presses = await Promise.all(Array.from({ length: 400 }, () => payer.call('POST', cancelPath(), {})));
  expect(new Set(presses.map(({ status }) => status))).toEqual(new Set([400])); // each lacks its key: none is 429
  expect((await payer.post(cancelPath())).status).toBe(200);
});

test('Redis is away: operators are heard, and what shows people is not answered, since it cannot be counted', async () => {
  const { call } = await api.operator('support');
  const search = (q: string) => call('POST', '/v1/admin/search', { q });
  const reason = 'ticket 4711: the payer asked to be called back';
  const reveal = { subject: { kind: 'member', id: payer.userId }, field: 'name', reason };
  way.cut();
  expect((await search(id)).status).toBe(200);
  for (const [answer, limit] of [
    [await search('010-1234-5678'), 'personal-searches'],
    [await call('POST', '/v1/admin/reveals', reveal), 'reveals'],
  ] as const) {
    expect([...told(answer), answer.body.limit]).toEqual([503, 'unavailable', limit]);
    expect(answer.body.detail).toMatch(/셀 수 없어/);
  }
  expect(await api.deps.db('admin_audit_logs').whereIn('action', ['search', 'reveal'])).toEqual([]);
});

test('Redis is away: every other route believes nobody', async () => {
  way.cut();
  const others: readonly [string, string][] = [
    ['GET', '/v1/deals'],
    ['GET', `/v1/deals/${id}`],
    ['POST', '/v1/deals'],
    ['POST', `/v1/deals/${id}/confirm`],
    ['POST', '/v1/cards'],
    ['DELETE', `/v1/cards/${payer.cardId}`],
    ['POST', '/v1/recipients'],
    ['POST', '/v1/auth/logout'],
    ['GET', '/v1/users/me/sessions'],
    ['DELETE', '/v1/users/me/sessions'],
    ['GET', '/v1/users/me/devices'],
  ];
  for (const [method, path] of others)
    expect(told(await payer.call(method, path, method === 'POST' ? {} : undefined))).toEqual([503, 'unavailable']);
  expect(await api.deps.db('cards').where({ user_id: payer.userId, deleted_at: null })).toHaveLength(1);
});

describe('a cancel with an expired or forged token is refused while Redis is away', () => {
  const { claimsOf, encode, sign } = tokenForge(() => api.deps.config);
  type Forge = (claims: Record<string, unknown>, token: string) => string;
  test.each<[string, Forge]>([
    ['that has expired', (claims) => sign({ ...claims, exp: Math.floor(Date.now() / 1_000) - 1 })],
    ['that never expires', (claims) => sign({ ...claims, exp: undefined })],
    ['that is not valid yet', (claims) => sign({ ...claims, nbf: Math.floor(Date.now() / 1_000) + 600 })],
    ['signed by another secret', (claims) => sign(claims, {}, Buffer.from('x'.repeat(64)))],
    ['signed by nobody', (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`],
    ['signed in another way', (claims) => sign(claims, { alg: 'HS512' })],
    ['whose payer was changed', (claims, token) => token.replace(/\.[^.]+\./, `.${encode({ ...claims, sub: 'x' })}.`)],
    ['of another issuer', (claims) => sign({ ...claims, iss: 'other' })],
    ['for another audience', (claims) => sign({ ...claims, aud: 'other' })],
    ['of another type', (claims) => sign({ ...claims, typ: 'refresh' })],
    ['of no session', (claims) => sign({ ...claims, sid: undefined })],
    ['of nobody', (claims) => sign({ ...claims, sub: '' })],
  ])('one %s', async (_what, forge) => {
    const forged = forge(claimsOf(payer.accessToken), payer.accessToken);
    way.cut();
    expect(told(await cancelWith(forged))).toEqual([401, 'unauthenticated']);
    expect(asked).toBe(0);
  });

  test('a refresh token', async () => {
    const { refreshToken } = await createSessions(api.deps).open(payer.userId);
    way.cut();
    expect(told(await cancelWith(refreshToken))).toEqual([401, 'unauthenticated']);
  });
});

test('Redis is away: a refresh is told to come again, and its token is not used up', async () => {
  const { refreshToken } = await createSessions(api.deps).open(payer.userId);
  way.cut();
  expect(told(await api.call('POST', '/v1/auth/refresh', { refreshToken }))).toEqual([503, 'unavailable']);
  await mend();
  expect(await createSessions(api.deps).renew(refreshToken)).toBeDefined();
});

test('Redis is away: a cancel is checked as ever', async () => {
  const stranger = await api.member();
  way.cut();
  expect(told(await stranger.post(cancelPath()))).toEqual([404, 'not-found']);
  expect(told(await payer.post('/v1/deals/x/cancel'))).toEqual([404, 'not-found']);
  expect(told(await payer.call('POST', cancelPath(), {}))).toEqual([400, 'idempotency-key-missing']);
  expect(told(await payer.post(cancelPath(), { refund: 1 }))).toEqual([422, 'invalid-request']);
  expect(told(await payer.post(cancelPath(), '{'))).toEqual([400, 'invalid-json']);
  expect(told(await payer.post(cancelPath(), {}, randomUUID(), { 'if-match': '"9"' }))).toEqual([
    412,
    'version-mismatch',
  ]);
  expect(asked).toBe(0);
});

test('while Redis is there, a cancel needs a session like anything else', async () => {
  await createSessions(api.deps).closeAll(payer.userId);
  expect(told(await payer.post(cancelPath()))).toEqual([401, 'unauthenticated']);
  expect(asked).toBe(0);
});
