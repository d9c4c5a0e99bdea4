/** How often a signed-in payer may write (spec §5.10), on the limits of production. */
import { randomUUID } from 'node:crypto';
import { RATE_LIMITS } from '../../api/deps';
import type { Answer } from '../fixtures/payer';
import { type BareApi, type Member, NO_ENGINE, startBareApi } from './bare-api';

const { points, durationS } = RATE_LIMITS.writesPerPayer;

let asked = 0;
const engine = {
  ...NO_ENGINE,
  async confirm() {
    asked += 1;
    return { kind: 'pending', durable: true } as const;
  },
};

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi({ engine });
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
  asked = 0;
});

const quote = () => ({ recipientId: payer.recipientId, principal: 10_000, purpose: '월세' });
const newDeal = async () => String((await payer.post('/v1/deals', quote())).body.id);
const at = (times: number, press: () => Promise<Answer>) => Promise.all(Array.from({ length: times }, press));
/** Every write counts, also one that is refused: 404, and cheap. */
const write = () => payer.call('DELETE', `/v1/cards/${randomUUID()}`);

function expectLimited({ status, body, headers }: Answer): void {
  expect([status, body.code, body.retryable, body.limit]).toEqual([429, 'too-many-requests', true, 'writes']);
  const retryAfter = Number(headers.get('retry-after'));
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(durationS + 1);
}

test('the 301st write of a minute is refused, with the time to come back, and leaves nothing', async () => {
  expect([points, durationS]).toEqual([300, 60]);
  const written = await at(points, write);
  expect(new Set(written.map(({ status }) => status))).toEqual(new Set([404]));
  const key = randomUUID();
  expectLimited(await payer.post('/v1/deals', quote(), key));
  for (const table of ['deals', 'idempotency_keys'])
    expect(await api.deps.db(table).where({ user_id: payer.userId })).toEqual([]);
  // The minute is over: the very request that was refused is carried out.
  const { redis } = api.deps;
  await redis.del(await redis.keys('limit:writesPerPayer:*'));
  expect((await payer.post('/v1/deals', quote(), key)).status).toBe(201);
});

test('whatever a payer may write counts in one sum', async () => {
  const id = randomUUID();
  const writes: readonly [string, string][] = [
    ['POST', '/v1/deals'],
    ['POST', `/v1/deals/${id}/confirm`],
    ['POST', `/v1/deals/${id}/cancel`],
    ['POST', '/v1/cards'],
    ['DELETE', `/v1/cards/${id}`],
    ['POST', '/v1/recipients'],
    ['POST', '/v1/auth/logout'],
  ];
  await at(points - writes.length + 1, write);
  const answers = [];
  for (const [method, path] of writes.slice(0, -1)) answers.push(await payer.call(method, path, { unknown: 1 }));
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 422, 404, 422]);
  for (const [method, path] of writes) expectLimited(await payer.call(method, path, {}));
});

test('a payer who may not write may read, and others may write', async () => {
  await at(points + 1, write);
  for (const path of ['/v1/deals', '/v1/cards', '/v1/recipients'])
    expect((await payer.call('GET', path)).status).toBe(200);
  const other = await api.member();
  expect((await other.call('DELETE', `/v1/cards/${randomUUID()}`)).status).toBe(404);
});

test('broken bodies count and are not read first; requests without a session count for nobody', async () => {
  await at(points, () => payer.post('/v1/auth/logout', '{broken'));
  expectLimited(await payer.post('/v1/deals', '{broken'));
  const [head = '', body = ''] = (await api.member()).accessToken.split('.');
  const forged = { authorization: `Bearer ${head}.${body}.x` };
  const answers = await at(points + 1, () => api.call('POST', '/v1/deals', {}, forged));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
});

test('a hundred confirms and a hundred cancels of one deal at once are within the limit', async () => {
  const id = await newDeal();
  const confirm = { cardId: payer.cardId, deviceId: 'device' };
  const confirms = await at(100, () => payer.post(`/v1/deals/${id}/confirm`, confirm));
  expect(new Set(confirms.map(({ status }) => status))).toEqual(new Set([202]));
  expect(asked).toBe(100);
  await api.deps.db('deals').where({ id }).update({ cancel_requested_at: new Date() });
  const cancels = await at(100, () => payer.post(`/v1/deals/${id}/cancel`));
  expect(new Set(cancels.map(({ status }) => status))).toEqual(new Set([202]));
});

test('every route by which a payer writes documents the refusal', async () => {
  const { paths } = (await api.call('GET', '/v1/openapi.json')).body as {
    paths: Record<string, Record<string, { security?: unknown; responses: Record<string, unknown> }>>;
  };
  const writes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method, { security }]) => security && method !== 'get')
      .map(([method, { responses }]) => ({ route: `${method} ${path}`, told: '429' in responses })),
  );
  expect(writes.length).toBeGreaterThan(6);
  expect(writes.filter(({ told }) => !told)).toEqual([]);
});
