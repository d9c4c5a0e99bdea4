/** How often each operation may be asked (spec §5.10), what its answers tell of that, and what a refused one costs. */
import { randomUUID } from 'node:crypto';
import { parseList } from 'structured-headers';
import { RATE_LIMITS } from '../../api/deps';
import { RATE_LIMIT_WORDS } from '../../api/http/too-many';
import type { Answer } from '../fixtures/payer';
import { type BareApi, dealOf, type Member, NO_ENGINE, startBareApi } from './bare-api';

/** Small, so that each is used up by a few requests. */
const FEW = 3;
const HOURLY = { points: FEW, durationS: 3_600 };
const LIMITS = {
  ...RATE_LIMITS,
  ...{ confirmsPerPayer: HOURLY, cancelsPerPayer: HOURLY, cardsPerPayer: HOURLY, verificationsPerPayer: HOURLY },
  ...{ dealsPerPayer: { points: FEW + 1, durationS: 3_600 } }, // one deal is there already
};

let asked = 0;
const engine = {
  ...NO_ENGINE,
  async confirm() {
    asked += 1;
    return { kind: 'pending', durable: true } as const;
  },
  async cancel() {
    asked += 1;
    return { kind: 'unreachable' } as const;
  },
};

let api: BareApi;
let payer: Member;
let id: string;
beforeAll(async () => {
  api = await startBareApi({ engine, limits: LIMITS });
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
  id = await dealOf(payer);
  asked = 0;
});

const quote = () => ({ recipientId: payer.recipientId, principal: 10_000, purpose: '월세' });
const confirmOf = () => ({ cardId: payer.cardId, deviceId: 'device' });
const card = () => ({ billingKey: `bill_${randomUUID()}`, maskedNumber: '433012******0001', issuer: '신한카드' });
const recipient = () => ({ bankCode: '999' }); // refused before a bank is asked, and counted

/** A structured field as name → parameters; throws when it is none. */
function fieldOf({ headers }: Answer, name: string): Record<string, Record<string, unknown>> {
  const list = parseList(headers.get(name) ?? '');
  return Object.fromEntries(list.map(([item, parameters]) => [String(item), Object.fromEntries(parameters)]));
}

interface Limited {
  readonly limit: string;
  readonly ask: (key?: string, headers?: Record<string, string>) => Promise<Answer>;
  readonly status: number;
}
const LIMITED: readonly Limited[] = [
  { limit: 'deals', status: 201, ask: (key, headers) => payer.post('/v1/deals', quote(), key, headers) },
  {
    ...{ limit: 'confirms', status: 202 },
    ask: (key, headers) => payer.post(`/v1/deals/${id}/confirm`, confirmOf(), key, headers),
  },
  { limit: 'cancels', status: 503, ask: (key, headers) => payer.post(`/v1/deals/${id}/cancel`, {}, key, headers) },
  { limit: 'cards', status: 201, ask: (key, headers) => payer.post('/v1/cards', card(), key, headers) },
  {
    limit: 'verifications',
    status: 422,
    ask: (key, headers) => payer.post('/v1/recipients', recipient(), key, headers),
  },
];

test.each(LIMITED)('$limit are counted by the hour, and answers tell what is left', async ({ limit, ask, status }) => {
  for (let left = FEW - 1; left >= 0; left--) {
    const answer = await ask();
    expect(answer.status).toBe(status);
    const policies = fieldOf(answer, 'ratelimit-policy');
    expect(policies).toMatchObject({ writes: { q: 300, w: 60 }, [limit]: { w: 3_600 } });
    const counts = fieldOf(answer, 'ratelimit');
    expect(Object.keys(counts)).toEqual(Object.keys(policies));
    expect(counts[limit]?.r).toBe(left);
    for (const [name, { r, t }] of Object.entries(counts)) {
      expect(Number(r)).toBeLessThan(Number(policies[name]?.q));
      expect(Number.isInteger(t) && Number(t) > 0 && Number(t) <= Number(policies[name]?.w) + 1).toBe(true);
    }
  }
  const refused = await ask();
  expect([refused.status, refused.body.code, refused.body.limit]).toEqual([429, 'too-many-requests', limit]);
  const { r, t } = fieldOf(refused, 'ratelimit')[limit] ?? {};
  expect([r, `${t}`]).toEqual([0, refused.headers.get('retry-after')]);
  expect(Number(t)).toBeGreaterThan(RATE_LIMITS.writesPerPayer.durationS);
  // Another payer is not concerned.
  expect(await (await api.member()).call('DELETE', `/v1/cards/${randomUUID()}`)).toMatchObject({ status: 404 });
});

test('a refused request leaves no key and asks the engine nothing; its key is as new', async () => {
  const keys = () => api.deps.db('idempotency_keys').where({ user_id: payer.userId }).count();
  for (const { ask } of LIMITED.filter(({ limit }) => limit === 'confirms' || limit === 'cancels')) {
    for (let n = 0; n < FEW; n++) await ask();
    const [before, askedBefore] = [await keys(), asked];
    const key = randomUUID();
    for (let n = 0; n < 5; n++) expect((await ask(key)).status).toBe(429);
    expect([await keys(), asked]).toEqual([before, askedBefore]);
    const { redis } = api.deps;
    await redis.del(await redis.keys('limit:*PerPayer:*')); // the hour is over
    expect((await ask(key)).status).not.toBe(429);
  }
});

test('who is refused is told what was limited and when to come again, in their language', async () => {
  const told = async (language: string) => {
    const headers = { 'accept-language': language };
    const { body, ...answer } = await payer.post(`/v1/deals/${id}/confirm`, confirmOf(), randomUUID(), headers);
    return [body.detail, Math.ceil(Number(answer.headers.get('retry-after')) / 60)];
  };
  for (let n = 0; n < FEW; n++) await told('ko');
  const [[ko, minutes], [en, later]] = [await told('ko'), await told('en')];
  expect(ko).toBe(`결제 요청 횟수가 한도를 넘었습니다. ${minutes}분 후에 다시 시도해 주세요.`);
  expect(en).toBe(`Too many confirms: try again in ${later} minutes.`);
});

test('an open route counts by address, and its answers tell what is left too', async () => {
  const answer = await api.call('POST', '/v1/auth/codes', { phone: '01012345678' });
  expect(answer.status).toBe(202);
  const { points: q, durationS: w } = api.deps.limits?.codesPerIp ?? RATE_LIMITS.codesPerIp;
  expect(fieldOf(answer, 'ratelimit-policy')).toEqual({ codes: { q, w } });
  expect(fieldOf(answer, 'ratelimit')).toEqual({ codes: { r: expect.any(Number), t: expect.any(Number) } });
});

test('what others ask of the same e-mail is told only when it is used up', async () => {
  const login = () => api.call('POST', '/v1/auth/login', { email: 'a@example.com', password: 'wrong password' });
  for (let n = 0; n < RATE_LIMITS.loginsPerEmailAndIp.points; n++)
    expect((await login()).headers.has('ratelimit')).toBe(false);
  const refused = await login();
  expect([refused.status, refused.body.limit]).toEqual([429, 'logins-per-email-here']);
  expect(fieldOf(refused, 'ratelimit')).toMatchObject({ 'logins-per-email-here': { r: 0 } });
});

test('what reads, and what is not counted, tells of no limit', async () => {
  for (const path of ['/v1/deals', `/v1/deals/${id}`, '/health/live', '/v1/openapi.json'])
    expect((await payer.call('GET', path)).headers.has('ratelimit')).toBe(false);
});

test('each limit has a name of its own, and every operation that has one documents it', async () => {
  const names = Object.values(RATE_LIMIT_WORDS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const { paths } = (await api.call('GET', '/v1/openapi.json')).body as {
    paths: Record<string, Record<string, { description?: string; responses: Record<string, { headers?: object }> }>>;
  };
  const confirm = paths['/v1/deals/{dealId}/confirm']?.post;
  const { points, durationS } = RATE_LIMITS.confirmsPerPayer;
  expect(confirm?.description).toContain(`At most ${points} confirms in ${durationS} s (\`confirms\`).`);
  expect(Object.keys(confirm?.responses[200]?.headers ?? {})).toEqual(
    expect.arrayContaining(['RateLimit-Policy', 'RateLimit']),
  );
  expect(Object.keys(paths['/v1/auth/login']?.post?.responses ?? {})).toContain('429');
});
