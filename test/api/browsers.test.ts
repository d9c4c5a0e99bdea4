/** Pages of our own origin keep their lasting tokens in cookies; pages of listed origins may call; others may not. */
import { randomBytes } from 'node:crypto';
import { createCodes } from '../../api/payer/codes';
import type { Answer } from '../fixtures/payer';
import { type BareApi, startBareApi } from './bare-api';

const LISTED = 'https://app.example.com';
const FOREIGN = 'https://app.example.com.evil.example';
const BROWSER = { 'x-plic-client': 'browser' };

let api: BareApi;
beforeAll(async () => {
  const plain = await startBareApi();
  await plain.stop();
  api = await startBareApi({ config: { ...plain.deps.config, origins: [LISTED, 'capacitor://localhost'] } });
});
afterAll(() => api.stop());

const password = 'correct horse battery';
let last = 0;
async function signUp(headers: Record<string, string> = {}) {
  const phone = `0107777${(++last).toString().padStart(4, '0')}`;
  const { code } = await createCodes(api.deps).issue('sign-up', phone);
  const person = { phone, code, name: '홍길동', email: `${phone}@example.com`, password };
  return { email: person.email, answer: await api.call('POST', '/v1/auth/signup', person, headers) };
}
const logIn = (email: string, headers: Record<string, string> = BROWSER) =>
  api.call('POST', '/v1/auth/login', { email, password }, headers);
const told = ({ status, body }: Answer) => [status, body?.code];

interface Kept {
  readonly value: string;
  readonly attributes: string[];
}
/** The cookies of an answer by name; the client joins their lines with commas. */
const cookiesOf = ({ headers }: Answer): Record<string, Kept> => {
  const lines = (headers.get('set-cookie') ?? '').split(/,\s*(?=__)/).filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      return [name, { value, attributes }];
    }),
  );
};
/** As a browser sends them back. */
const jarOf = (answer: Answer) => ({
  cookie: Object.entries(cookiesOf(answer))
    .map(([name, { value }]) => `${name}=${value}`)
    .join('; '),
});
const REFRESH = '__Host-plic-refresh';
const DEVICE = '__Host-plic-device';

describe('a browser', () => {
  test.each(['sign-up', 'log-in'])('gets its lasting tokens at %s as cookies that no script reads', async (how) => {
    const { email, answer: signedUp } = await signUp(BROWSER);
    const answer = how === 'sign-up' ? signedUp : await logIn(email);
    expect(Object.keys(answer.body).sort()).toEqual(['accessToken', 'user']);
    const cookies = cookiesOf(answer);
    expect(Object.keys(cookies).sort()).toEqual([DEVICE, REFRESH]);
    for (const { value, attributes } of Object.values(cookies)) {
      expect(value).not.toBe('');
      expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict']));
      expect(attributes.join()).not.toMatch(/Domain/i);
      expect(JSON.stringify(answer.body)).not.toContain(value);
    }
    expect(cookies[REFRESH]?.attributes).toContain(`Max-Age=${14 * 86_400}`);
  });

  test('refreshes by its cookie, and gets the next one', async () => {
    const first = (await signUp(BROWSER)).answer;
    const next = await api.call('POST', '/v1/auth/refresh', undefined, { ...BROWSER, ...jarOf(first) });
    expect([next.status, Object.keys(next.body).sort()]).toEqual([200, ['accessToken', 'user']]);
    expect(Object.keys(cookiesOf(next))).toEqual([REFRESH]);
    expect(cookiesOf(next)[REFRESH]?.value).not.toBe(cookiesOf(first)[REFRESH]?.value);
    expect((await api.call('POST', '/v1/auth/refresh', {}, { ...BROWSER, ...jarOf(next) })).status).toBe(200);
  });

  test('is known again by its cookie', async () => {
    const { email, answer } = await signUp(BROWSER);
    const again = await logIn(email, { ...BROWSER, ...jarOf(answer) });
    expect(cookiesOf(again)[DEVICE]).toMatchObject({ value: cookiesOf(answer)[DEVICE]?.value });
  });

  test('logs out by its cookie when its access token has expired, and forgets the refresh token alone', async () => {
    const { answer } = await signUp(BROWSER);
    const out = await api.call('POST', '/v1/auth/logout', undefined, { ...BROWSER, ...jarOf(answer) });
    expect(out.status).toBe(204);
    expect(Object.keys(cookiesOf(out))).toEqual([REFRESH]);
    expect(cookiesOf(out)[REFRESH]).toMatchObject({ value: '' });
    expect(cookiesOf(out)[REFRESH]?.attributes).toEqual(
      expect.arrayContaining(['Path=/', 'Secure', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT']),
    );
    expect(told(await api.call('POST', '/v1/auth/refresh', {}, { ...BROWSER, ...jarOf(answer) }))).toEqual([
      401,
      'unauthenticated',
    ]);
    const authorization = `Bearer ${answer.body.accessToken}`;
    expect((await api.call('GET', '/v1/cards', undefined, { authorization })).status).toBe(401);
  });

  test('that has no cookie is logged out', async () => {
    for (const path of ['/v1/auth/refresh', '/v1/auth/logout'])
      expect(told(await api.call('POST', path, {}, BROWSER))).toEqual([401, 'unauthenticated']);
  });

  test('of another page, which cannot send our header, makes no use of the cookies, and is told why', async () => {
    const { answer } = await signUp(BROWSER);
    for (const path of ['/v1/auth/refresh', '/v1/auth/logout']) {
      for (const header of [{}, { 'x-plic-client': 'other' }]) {
        const refused = await api.call('POST', path, {}, { ...header, ...jarOf(answer) });
        expect(told(refused)).toEqual([403, 'client-header-missing']);
        expect(cookiesOf(refused)).toEqual({});
      }
    }
    expect((await api.call('POST', '/v1/auth/refresh', {}, { ...BROWSER, ...jarOf(answer) })).status).toBe(200);
  });

  test('is let in by a cookie nowhere else', async () => {
    const { answer } = await signUp(BROWSER);
    for (const path of ['/v1/cards', '/v1/users/me/sessions'])
      expect(told(await api.call('GET', path, undefined, { ...BROWSER, ...jarOf(answer) }))).toEqual([
        401,
        'unauthenticated',
      ]);
  });
});

describe('an app that is no browser', () => {
  test('gets its tokens in the body, and no cookie', async () => {
    const { email, answer } = await signUp();
    for (const one of [answer, await logIn(email, {})]) {
      expect(Object.keys(one.body).sort()).toEqual(['accessToken', 'deviceToken', 'refreshToken', 'user']);
      expect(cookiesOf(one)).toEqual({});
    }
    const next = await api.call('POST', '/v1/auth/refresh', { refreshToken: answer.body.refreshToken });
    expect(Object.keys(next.body).sort()).toEqual(['accessToken', 'refreshToken', 'user']);
    expect(cookiesOf(next)).toEqual({});
  });

  test('must send its refresh token', async () => {
    const answer = await api.call('POST', '/v1/auth/refresh', {});
    expect(told(answer)).toEqual([422, 'invalid-request']);
    expect(answer.body.errors).toMatchObject([{ path: 'refreshToken' }]);
  });
});

const corsOf = ({ headers }: Answer) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));
const listOf = (answer: Answer, name: string) =>
  (answer.headers.get(name) ?? '').split(',').map((one) => one.trim().toLowerCase());
const preflight = (origin: string, path: string, method = 'POST', headers = 'authorization') =>
  api.call('OPTIONS', path, undefined, {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': headers,
  });

describe('a page of a listed origin', () => {
  test.each([LISTED, 'capacitor://localhost'])('%s is answered before it asks, on every route', async (origin) => {
    const { body } = await api.call('GET', '/v1/openapi.json');
    const paths = Object.entries(body.paths as Record<string, object>).filter(([path]) =>
      /^\/v1\/(?!webhooks)/.test(path),
    );
    expect(paths.length).toBeGreaterThan(15);
    for (const [path, methods] of paths) {
      const answer = await preflight(origin, path.replace(/\{\w+\}/g, 'x'));
      expect([path, answer.status]).toEqual([path, 204]);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      const allowed = listOf(answer, 'access-control-allow-methods');
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(methods)));
    }
  });

  test('may send and read what the API needs and tells, and no cookies', async () => {
    const asked = await preflight(LISTED, '/v1/deals');
    expect(listOf(asked, 'access-control-allow-headers')).toEqual([
      ...['authorization', 'content-type', 'idempotency-key', 'if-match', 'last-event-id', 'accept-language'],
      'x-request-id',
    ]);
    const answer = await api.call('GET', '/v1/deals', undefined, { origin: LISTED });
    expect(answer.status).toBe(401);
    expect(listOf(answer, 'access-control-expose-headers')).toEqual([
      ...['etag', 'location', 'retry-after', 'idempotency-replayed', 'x-request-id', 'ratelimit', 'ratelimit-policy'],
    ]);
    for (const one of [asked, answer]) expect(corsOf(one)).not.toContain('access-control-allow-credentials');
  });

  test('is told by problems too that answers differ by origin and by language', async () => {
    const answer = await api.call('GET', '/v1/deals', undefined, { origin: LISTED });
    expect(listOf(answer, 'vary')).toEqual(expect.arrayContaining(['origin', 'accept-language']));
    expect(answer.headers.get('access-control-allow-origin')).toBe(LISTED);
  });

  test('cannot send the header that has cookies read', async () => {
    const asked = await preflight(LISTED, '/v1/auth/refresh', 'POST', 'x-plic-client');
    expect(listOf(asked, 'access-control-allow-headers')).not.toContain('x-plic-client');
  });
});

test.each([FOREIGN, 'null', 'http://app.example.com', 'https://app.example.com:8443', 'https://APP.example.com', '*'])(
  'a page of another origin (%s) gets no header of CORS, asked before or at once',
  async (origin) => {
    const asked = await preflight(origin, '/v1/deals');
    const answer = await api.call('GET', '/v1/openapi.json', undefined, { origin });
    expect([asked.status, answer.status]).toEqual([405, 200]);
    for (const one of [asked, answer]) {
      expect(corsOf(one)).toEqual([]);
      expect(listOf(one, 'vary')).toContain('origin');
    }
  },
);

test('webhooks and health are for servers: no origin is named there', async () => {
  for (const path of ['/health/live', '/v1/webhooks/bank']) {
    const asked = await preflight(LISTED, path);
    expect([asked.status, corsOf(asked)]).toEqual([405, []]);
  }
  const answer = await api.call('GET', '/health/live', undefined, { origin: LISTED });
  expect([answer.status, corsOf(answer)]).toEqual([200, []]);
});

test('without a list there is no CORS at all', async () => {
  const closed = await startBareApi();
  const answer = await closed.call('GET', '/v1/openapi.json', undefined, { origin: LISTED });
  expect([corsOf(answer), answer.headers.get('vary')]).toEqual([[], null]);
  await closed.stop();
});

test('no cookie or token is in the log', async () => {
  const { answer } = await signUp(BROWSER);
  await api.call('POST', '/v1/auth/refresh', { refreshToken: randomBytes(20).toString('hex') }, jarOf(answer));
  for (const { value } of Object.values(cookiesOf(answer))) expect(api.logged.join()).not.toContain(value);
  expect(api.logged.join()).not.toContain(String(answer.body.accessToken));
});
