import { RATE_LIMITS } from '../../api/deps';
import { createCodes } from '../../api/payer/codes';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

let last = 0;
const newPhone = (): string => `0105555${(++last).toString().padStart(4, '0')}`;
const codeFor = async (phone: string): Promise<string> => (await createCodes(api.deps).issue('sign-up', phone)).code;
const person = (phone: string) => ({
  phone,
  name: '홍길동',
  email: `${phone}@Example.com`,
  password: 'correct horse battery',
});
async function signUp(phone = newPhone()) {
  const answer = await api.call('POST', '/v1/auth/signup', { ...person(phone), code: await codeFor(phone) });
  expect(answer.status).toBe(201);
  return {
    phone,
    ...(answer.body as { accessToken: string; refreshToken: string; user: { id: string; email: string } }),
  };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const isLoggedIn = async (token: string): Promise<boolean> =>
  (await api.call('GET', '/v1/cards', undefined, bearer(token))).status === 200;

test('a code is queued for the phone, and is nowhere in the clear', async () => {
  const phone = newPhone();
  expect((await api.call('POST', '/v1/auth/codes', { phone })).status).toBe(202);
  const notice = await api.deps.db('notices').orderBy('created_at', 'desc').first();
  const open = (column: string) => api.deps.keys.decrypt(notice[column], { table: 'notices', row: notice.id, column });
  const code = await open('secret_encrypted');
  expect([await open('phone_encrypted'), code]).toEqual([phone, expect.stringMatching(/^\d{6}$/)]);
  expect(JSON.stringify(notice)).not.toMatch(new RegExp(`${phone}|${code}`));
  const keys = await api.deps.redis.keys('*');
  expect(keys.join()).not.toContain(phone);
  expect(api.logged.join()).not.toMatch(new RegExp(`${phone}|${code}`));
  const answer = await api.call('POST', '/v1/auth/signup', { ...person(phone), code });
  expect(answer.status).toBe(201);
});

test('a member is dated by the clock that judges how long there has been one', async () => {
  const yesterday = new Date(Date.now() - 86_400_000);
  const early = await startBareApi({ clock: () => yesterday });
  const phone = newPhone();
  const { code } = await createCodes(early.deps).issue('sign-up', phone);
  expect((await early.call('POST', '/v1/auth/signup', { ...person(phone), code })).status).toBe(201);
  expect(
    await early.deps
      .db('users')
      .where({ phone_hash: early.deps.keys.hash(phone, 'phone') })
      .pluck('created_at'),
  ).toEqual([yesterday]);
  await early.stop();
});

test('a code is for one phone, once', async () => {
  const [phone, other] = [newPhone(), newPhone()];
  const code = await codeFor(phone);
  const stolen = await api.call('POST', '/v1/auth/signup', { ...person(other), code });
  expect([stolen.status, stolen.body.code]).toEqual([422, 'invalid-code']);
  expect((await api.call('POST', '/v1/auth/signup', { ...person(phone), code })).status).toBe(201);
  const again = await api.call('POST', '/v1/auth/signup', { ...person(phone), email: 'b@example.com', code });
  expect(again.body.code).toBe('invalid-code');
});

describe('a code that strangers guess', () => {
  let behindProxy: BareApi;
  beforeAll(async () => {
    behindProxy = await startBareApi({ config: { ...api.deps.config, proxies: 1 } });
  });
  afterAll(() => behindProxy.stop());

  const from = (address: string, phone: string, code: string) =>
    behindProxy.call('POST', '/v1/auth/signup', { ...person(phone), code }, { 'x-forwarded-for': address });
  async function issued() {
    const phone = newPhone();
    const { code } = await createCodes(behindProxy.deps).issue('sign-up', phone);
    return { phone, code, wrong: code === '000000' ? '111111' : '000000' };
  }

  test('is refused to whoever guesses, and stays valid for whose phone it is', async () => {
    const { phone, code, wrong } = await issued();
    for (let n = 0; n < RATE_LIMITS.codeTriesHere.points; n++)
      expect((await from('203.0.113.7', phone, wrong)).body.code).toBe('invalid-code');
    const refused = await from('203.0.113.7', phone, code);
    expect([refused.status, refused.body.limit]).toEqual([429, 'code-tries']);
    expect((await from('198.51.100.4', phone, code)).status).toBe(201);
  });

  test('is void once fifty guesses came from wherever', async () => {
    const { phone, code, wrong } = await issued();
    for (let n = 0; n < 50; n++) await from(`203.0.113.${n}`, phone, wrong);
    expect((await from('198.51.100.4', phone, code)).body.code).toBe('invalid-code');
  });
});

test('a phone or an e-mail has one member', async () => {
  const { phone, user } = await signUp();
  const samePhone = { ...person(phone), email: 'new@example.com', code: await codeFor(phone) };
  expect((await api.call('POST', '/v1/auth/signup', samePhone)).body.code).toBe('already-registered');
  const other = newPhone();
  const sameMail = { ...person(other), email: user.email.toUpperCase(), code: await codeFor(other) };
  expect((await api.call('POST', '/v1/auth/signup', sameMail)).body.code).toBe('already-registered');
});

test('login answers alike for a wrong password and an unknown e-mail', async () => {
  const { user, phone } = await signUp();
  const wrong = await api.call('POST', '/v1/auth/login', { email: user.email, password: 'wrong password!' });
  const unknown = await api.call('POST', '/v1/auth/login', {
    email: 'nobody@example.com',
    password: 'wrong password!',
  });
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  const right = await api.call('POST', '/v1/auth/login', { email: user.email, password: person(phone).password });
  expect(right.status).toBe(200);
  expect(await isLoggedIn(String(right.body.accessToken))).toBe(true);
});

test('logout ends the session at once', async () => {
  const { accessToken, refreshToken } = await signUp();
  expect((await api.call('POST', '/v1/auth/logout', undefined, bearer(accessToken))).status).toBe(204);
  expect(await isLoggedIn(accessToken)).toBe(false);
  expect((await api.call('POST', '/v1/auth/refresh', { refreshToken })).status).toBe(401);
});

test('codes are limited by phone, and the answer says when to come back', async () => {
  const phone = newPhone();
  const answers = [];
  for (let n = 0; n <= RATE_LIMITS.codesPerPhone.points; n++)
    answers.push(await api.call('POST', '/v1/auth/codes', { phone }));
  const limited = answers.at(-1);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(RATE_LIMITS.codesPerPhone.points);
  expect([limited?.status, limited?.body.code]).toEqual([429, 'too-many-requests']);
  expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
});
