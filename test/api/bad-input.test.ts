import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { poll } from '../fixtures/poll';
import { type BareApi, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi();
  payer = await api.member();
});
afterAll(() => api.stop());

const PAN = '4111111111111111';
const deal = (more: object = {}) => ({ recipientId: payer.recipientId, principal: 100_000, purpose: '월세', ...more });
const rows = async () => {
  const tables = ['deals', 'cards', 'bank_accounts', 'users', 'idempotency_keys', 'notices', 'payments'];
  const counts = await Promise.all(tables.map((table) => api.deps.db(table).count()));
  return JSON.stringify(counts);
};

/** What the API has logged above `info`: a refusal is no error. */
const alarming = () => api.logged.filter((line) => JSON.parse(line).level > 30);

/** A problem with a stable type, and nothing changed. */
async function expectProblem(
  ask: () => ReturnType<Member['call']>,
  status: number,
  code: string,
): Promise<Record<string, unknown>> {
  const before = await rows();
  const answer = await ask();
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.body).toMatchObject({ type: `/problems/${code}`, status, retryable: expect.any(Boolean) });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
  expect(await rows()).toBe(before);
  expect(alarming()).toEqual([]);
  return answer.body;
}

test.each([
  ['"1"', '1'],
  [1.5, 1.5],
  [-1, -1],
  [0, 0],
  [1e21, 1e21],
  [999, 999],
  [5_000_001, 5_000_001],
  ['null', null],
  ['array', [100_000]],
  ['true', true],
])('a principal of %s is refused', async (_name, principal) => {
  await expectProblem(() => payer.post('/v1/deals', deal({ principal })), 422, 'invalid-request');
});

test.each([
  ['an unknown field', { fee: 0 }],
  ['an empty purpose', { purpose: '  ' }],
  ['a long purpose', { purpose: 'x'.repeat(51) }],
  ['a NUL', { purpose: 'rent\0' }],
  ['a line break', { purpose: 'rent\r\nX: 1' }],
  ['a turned direction', { purpose: 'rent\u202etner' }],
  ['half of a pair', { purpose: 'rent\ud800' }],
  ['nothing that can be seen', { purpose: '\u200b' }],
  ['an id that is none', { recipientId: 'x' }],
  ['a phone number', { purpose: '월세 010-1234-5678' }],
  ['an e-mail address', { purpose: 'kim@example.com' }],
  ['a missing field', { purpose: undefined }],
])('%s is refused, with the path of what is wrong', async (_name, more) => {
  const body = await expectProblem(() => payer.post('/v1/deals', deal(more)), 422, 'invalid-request');
  expect(body.errors).toEqual([expect.objectContaining({ path: expect.any(String), message: expect.any(String) })]);
});

test('a purpose with somebody’s number is refused in the payer’s language, with the way out', async () => {
  const ask = (language: string) =>
    payer.post('/v1/deals', deal({ purpose: '010-1234-5678' }), undefined, { 'accept-language': language });
  const [ko, en] = [(await ask('ko')).body, (await ask('en')).body];
  expect(ko.errors).toEqual([
    { path: 'purpose', field: 'purpose', rule: 'personal-data', message: expect.stringContaining('전화번호') },
  ]);
  expect(en.errors).toMatchObject([{ path: 'purpose', message: expect.stringContaining('leave it out') }]);
  expect(JSON.stringify([ko, en])).not.toContain('5678');
});

test('an own __proto__ field is unknown like any other', async () => {
  const text = JSON.stringify(deal()).replace('{', '{"__proto__":{"principal":1},');
  await expectProblem(() => payer.post('/v1/deals', text), 422, 'invalid-request');
});

test.each([
  ['deals', '/v1/deals', () => deal({ purpose: `card ${PAN}` })],
  ['deals, as the principal', '/v1/deals', () => deal({ principal: Number(PAN) })],
  ['deals, in a field name', '/v1/deals', () => deal({ [PAN]: 1 })],
  ['cards', '/v1/cards', () => ({ billingKey: PAN, maskedNumber: '411111******1111', issuer: '신한카드' })],
  ['cards, by its own name', '/v1/cards', () => ({ cardNumber: 'x', cvc: '1' })],
  ['recipients', '/v1/recipients', () => ({ bankCode: '092', accountNumber: '1100000000', holderName: PAN })],
  ['logout, that takes no body', '/v1/auth/logout', () => ({ note: PAN })],
])('a card number is refused in a body of %s, kept nowhere and not repeated', async (_name, path, body) => {
  const problem = await expectProblem(() => payer.post(path, body()), 422, 'card-number-refused');
  expect(JSON.stringify(problem)).not.toContain(PAN);
  expect(api.logged.join()).not.toContain(PAN);
});

const PATHS = [
  '/v1/deals',
  '/v1/cards',
  '/v1/auth/login',
  '/v1/webhooks/bank',
  '/health/live',
  '/docs/',
  '/nothing',
  '/',
];
const QUERIES = [`note=${PAN}`, `${PAN}=1`, PAN, 'a=4111%201111%201111%201111', 'a=%34111111111111111', 'cvc=x'];
test.each(PATHS)('a card number in the query of %s is refused, kept nowhere and not repeated', async (path) => {
  const many = Array.from({ length: 1_200 }, () => 'a').join('&');
  for (const query of [...QUERIES, `limit=1&${many}&b=${PAN}`])
    for (const method of ['GET', 'POST'])
      await expectUnheard(() => payer.call(method, `${path}?${query}`, method === 'POST' ? {} : undefined));
});

test.each([
  `/v1/deals/${PAN}`,
  `/v1/cards/4111-1111-1111-1111`,
  `/v1/deals/4111%201111%201111%201111/timeline`,
  `/v1/deals/%34111111111111111/confirm`,
  `/problems/${PAN}`,
  `/${PAN}/x`,
])('a card number in the path %s is refused, kept nowhere and not repeated', async (path) => {
  await expectUnheard(() => payer.call('GET', path));
  await expectUnheard(() => api.call('GET', path));
});

async function expectUnheard(ask: () => ReturnType<Member['call']>): Promise<void> {
  const problem = await expectProblem(ask, 422, 'card-number-refused');
  expect(`${JSON.stringify(problem)}${api.logged.join()}`).not.toMatch(/4111(-| |%20)?1111/);
}

test.each(['ko', 'en'])('a name that is not ours is refused and not repeated (%s)', async (language) => {
  const headers = { 'accept-language': language };
  const asks = [
    () => payer.call('GET', '/v1/deals?kim-min-su=1&limit=x', undefined, headers),
    () => payer.call('GET', '/v1/cards?01012345678', undefined, headers),
    () => payer.post('/v1/deals?kim-min-su', deal(), undefined, headers),
    () => payer.post('/v1/deals', deal({ 'kim-min-su': '01012345678' }), undefined, headers),
    () => payer.post('/v1/auth/logout', { 'kim-min-su': 1 }, undefined, headers),
  ];
  for (const ask of asks) {
    const problem = await expectProblem(ask, 422, 'invalid-request');
    expect(`${JSON.stringify(problem)}${api.logged.join()}`).not.toMatch(/kim-min-su|01012345678/);
  }
});

test('a request id is taken over when it is a UUID', async () => {
  const idOf = async (given: string) =>
    (await payer.call('GET', '/v1/cards', undefined, { 'x-request-id': given })).headers.get('x-request-id');
  const uuid = randomUUID();
  expect(await idOf(uuid)).toBe(uuid);
  for (const other of [PAN, 'my-request-1', '01012345678', `${uuid}0`, uuid.replaceAll('-', ''), 'kim@example.com'])
    expect(await idOf(other)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test.each(['{"a":', '', '[', 'nonsense', '{"a":1}}'])('broken JSON (%s) is refused', async (text) => {
  const code = text === '' ? 'invalid-request' : 'invalid-json';
  await expectProblem(() => payer.post('/v1/deals', text), text === '' ? 422 : 400, code);
});

test.each([
  ['null', null],
  ['a list', []],
  ['text', '"text"'],
  ['10,000 deep', `${'['.repeat(8_000)}${']'.repeat(8_000)}`],
])('a body that is %s is refused', async (_name, body) => {
  await expectProblem(() => payer.post('/v1/deals', body), 422, 'invalid-request');
});

test('a body of 1 MB is refused', async () => {
  await expectProblem(() => payer.post('/v1/deals', deal({ purpose: 'x'.repeat(1_000_000) })), 413, 'body-too-large');
});

test.each([
  ['another type', { 'content-type': 'text/plain' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['compressed', { 'content-encoding': 'gzip' }],
  ['another charset', { 'content-type': 'application/json; charset=euc-kr' }],
])('a body that is %s is refused', async (_name, headers) => {
  const ask = () => payer.post('/v1/deals', deal(), randomUUID(), headers);
  await expectProblem(ask, 415, 'unsupported-media-type');
});

test('a money POST without Idempotency-Key is refused', async () => {
  const id = randomUUID();
  for (const path of ['/v1/deals', `/v1/deals/${id}/confirm`, `/v1/deals/${id}/cancel`])
    await expectProblem(() => payer.call('POST', path, deal()), 400, 'idempotency-key-missing');
});

test.each(['', 'x'.repeat(256), 'é'])('the Idempotency-Key "%s" is refused', async (key) => {
  await expectProblem(() => payer.post('/v1/deals', deal(), key), 400, 'idempotency-key-invalid');
});

test('two Idempotency-Key headers are refused', async () => {
  const text = JSON.stringify(deal());
  const head = [
    'POST /v1/deals HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${payer.accessToken}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Idempotency-Key: one',
    'Idempotency-Key: two',
    'Connection: close',
  ];
  const answer = await raw(`${head.join('\r\n')}\r\n\r\n${text}`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('idempotency-key-invalid');
});

async function raw(request: string): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(request);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

test('a request that ends half way is no error', async () => {
  const requestId = randomUUID();
  const head = ['POST /v1/auth/login HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 99'];
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(`${[...head, `X-Request-Id: ${requestId}`].join('\r\n')}\r\n\r\n{"email":`, () => socket.destroy());
  const line = () => Promise.resolve(api.logged.find((logged) => logged.includes(requestId)) ?? '');
  expect(JSON.parse(await poll(line, Boolean, { what: 'the request is logged' }))).toMatchObject({ aborted: true });
  expect(alarming()).toEqual([]);
});

test('a route that does not exist, or not with this method or spelling, is a problem too', async () => {
  await expectProblem(() => payer.call('GET', '/v1/nothing'), 404, 'not-found');
  await expectProblem(() => payer.call('GET', '/'), 404, 'not-found');
  await expectProblem(() => payer.call('GET', '/v1/deals/'), 404, 'not-found');
  await expectProblem(() => payer.call('GET', '/V1/deals'), 404, 'not-found');
  await expectProblem(() => payer.call('PUT', '/v1/deals', deal()), 405, 'method-not-allowed');
  expect((await payer.call('PUT', '/v1/deals')).headers.get('allow')).toBe('POST, GET');
});

test.each([
  ['no header', {}],
  ['another scheme', { authorization: 'Basic eDp4' }],
  ['nonsense', { authorization: 'Bearer x' }],
])('without a session (%s) nothing is told, not even about the body', async (_name, headers) => {
  await expectProblem(() => api.call('POST', '/v1/deals', '{broken', headers), 401, 'unauthenticated');
});

test.each([
  ['phone', { phone: '02-1234-5678' }],
  ['phone', { phone: 1012345678 }],
  ['phone', {}],
])('a %s of another shape gets no code: %j', async (_name, body) => {
  await expectProblem(() => api.call('POST', '/v1/auth/codes', body), 422, 'invalid-request');
});

test.each([
  ['accountNumber', '123456789'],
  ['accountNumber', '123456789012345'],
  ['accountNumber', '110.000.0000'],
  ['bankCode', '999'],
  ['bankCode', '__proto__'],
  ['holderName', ''],
])('a recipient whose %s is "%s" is refused', async (field, value) => {
  const recipient = { bankCode: '092', accountNumber: '1100000000', holderName: '김수취', [field]: value };
  const problem = await expectProblem(() => payer.post('/v1/recipients', recipient), 422, 'invalid-request');
  expect(problem.errors).toMatchObject([{ path: field }]);
});

test('a password has at least 12 characters', async () => {
  const body = { phone: '01012345678', code: '123456', name: 'x', email: 'x@example.com', password: 'elevenchars' };
  await expectProblem(() => api.call('POST', '/v1/auth/signup', body), 422, 'invalid-request');
});

test.each([
  ['ko-KR', '올바르지'],
  ['en-US,en;q=0.9', 'missing, wrong'],
  ['fr', '올바르지'],
])('problems speak the language of "%s"', async (language, words) => {
  const { body, headers } = await payer.post('/v1/deals', {}, randomUUID(), { 'accept-language': language });
  expect(body.detail).toContain(words);
  expect(headers.get('vary')).toBe('Accept-Language');
});
