/** Strangers cannot keep a member out, and what they try stays limited; on limits of fewer tries, and of an hour each. */
import type { Request, Response } from 'express';
import { RATE_LIMITS } from '../../api/deps';
import { createCodes } from '../../api/payer/codes';
import { answerWithSession } from '../../api/payer/session-body';
import { createSessions } from '../../api/payer/sessions';
import { findUser } from '../../db/users';
import type { Answer } from '../fixtures/payer';
import { tokenForge } from '../fixtures/tokens';
import { type BareApi, startBareApi } from './bare-api';

const hourly = (points: number) => ({ points, durationS: 3_600 });
const LIMITS = {
  ...RATE_LIMITS,
  codesPerIp: hourly(3),
  loginsPerIp: hourly(6),
  loginsPerEmailAndIp: hourly(3),
  loginsPerEmail: hourly(10),
  loginsPerDevice: hourly(2),
};

let api: BareApi;
beforeAll(async () => {
  const plain = await startBareApi();
  await plain.stop();
  api = await startBareApi({ config: { ...plain.deps.config, proxies: 1 }, limits: LIMITS });
});
afterAll(() => api.stop());
beforeEach(() => api.deps.redis.flushdb());

const PASSWORD = 'correct horse battery';
const WRONG = 'another horse battery';
let last = 0;
const newPhone = () => `0108888${(++last).toString().padStart(4, '0')}`;
async function member() {
  const phone = newPhone();
  const { code } = await createCodes(api.deps).issue('sign-up', phone);
  const person = { phone, code, name: '홍길동', email: `${phone}@example.com`, password: PASSWORD };
  const { status, body } = await api.call('POST', '/v1/auth/signup', person);
  expect(status).toBe(201);
  const { accessToken, deviceToken, user } = body as { accessToken: string; deviceToken: string; user: { id: string } };
  return { email: person.email, accessToken, deviceToken, userId: user.id, authorization: `Bearer ${accessToken}` };
}
const from = (address: string) => ({ 'x-forwarded-for': address });
const logIn = (email: string, password: string, address: string, deviceToken?: string) =>
  api.call('POST', '/v1/auth/login', { email, password, ...(deviceToken && { deviceToken }) }, from(address));
const statusOf = ({ status }: Answer) => status;
const HOME = '198.51.100.1';

test('wrong passwords from fifty addresses keep out every stranger, and not the member on a known device', async () => {
  const { email, deviceToken } = await member();
  const addresses = Array.from({ length: 50 }, (_, n) => `203.0.113.${n + 1}`);
  const each = LIMITS.loginsPerEmail.points / addresses.length + 1;
  let statuses: number[] = [];
  for (let n = 0; n < each; n++)
    statuses = (await Promise.all(addresses.map((address) => logIn(email, WRONG, address)))).map(statusOf);
  expect(new Set(statuses)).toEqual(new Set([429]));
  expect((await logIn(email, PASSWORD, HOME)).status).toBe(429); // nobody knows this device
  expect((await logIn(email, PASSWORD, HOME, 'A'.repeat(43))).status).toBe(429);
  expect((await logIn(email, PASSWORD, HOME, deviceToken)).status).toBe(200);
});

test('a crowd behind one address does not keep a known device behind it out', async () => {
  const { email, deviceToken } = await member();
  for (let n = 0; n < LIMITS.loginsPerIp.points; n++) await logIn(`nobody${n}@example.com`, WRONG, HOME);
  expect((await logIn(email, PASSWORD, HOME)).status).toBe(429);
  expect((await logIn(email, PASSWORD, HOME, deviceToken)).status).toBe(200);
});

test('tries on a known device are limited for it: a stolen secret guesses no longer than anyone', async () => {
  const { email, deviceToken } = await member();
  const { loginsPerDevice, loginsPerEmailAndIp } = LIMITS;
  const heard = loginsPerDevice.points + loginsPerEmailAndIp.points;
  for (let n = 0; n < heard; n++) expect((await logIn(email, WRONG, HOME, deviceToken)).status).toBe(401);
  const refused = await logIn(email, PASSWORD, HOME, deviceToken);
  expect([refused.status, refused.body.code]).toEqual([429, 'too-many-requests']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('in a day too', async () => {
  const limits = { ...RATE_LIMITS, loginsPerDeviceAndDay: hourly(2), loginsPerEmail: hourly(1) };
  const strict = await startBareApi({ limits, db: api.deps.db, keys: api.deps.keys });
  const { email, deviceToken } = await member();
  const tries = [];
  for (let n = 0; n < 4; n++)
    tries.push(await strict.call('POST', '/v1/auth/login', { email, password: PASSWORD, deviceToken }));
  expect(tries.map(statusOf)).toEqual([200, 200, 200, 429]);
  await strict.stop();
});

test('a device is known for its own member alone', async () => {
  const [thief, victim] = [await member(), await member()];
  for (let n = 0; n < LIMITS.loginsPerEmailAndIp.points; n++) await logIn(victim.email, WRONG, HOME);
  expect((await logIn(victim.email, PASSWORD, HOME, thief.deviceToken)).status).toBe(429);
  expect((await logIn(victim.email, PASSWORD, HOME, victim.deviceToken)).status).toBe(200);
});

test('a device token is no password', async () => {
  const { email, deviceToken } = await member();
  const answers = [await logIn(email, WRONG, HOME, deviceToken), await logIn(email, deviceToken, HOME, deviceToken)];
  expect(answers.map(statusOf)).toEqual([401, 401]);
});

test('a device token is kept as a keyed hash only', async () => {
  const { userId, deviceToken } = await member();
  const rows = await api.deps.db('devices').where({ user_id: userId });
  expect(rows).toHaveLength(1);
  expect(rows[0].secret_hash).toBe(api.deps.keys.hash(deviceToken, 'device'));
  expect(JSON.stringify(rows)).not.toContain(deviceToken);
  const kept = await Promise.all(
    (await api.deps.redis.keys('auth:session:*')).map((key) => api.deps.redis.hgetall(key)),
  );
  expect(JSON.stringify(kept)).not.toContain(deviceToken);
  expect(api.logged.join()).not.toContain(deviceToken);
});

describe('the server’s device id', () => {
  const { claimsOf } = tokenForge(() => api.deps.config);

  test('stays the same from log-in to log-in, and is in the access token', async () => {
    const { email, accessToken, deviceToken, userId } = await member();
    const [id] = await api.deps.db('devices').where({ user_id: userId }).pluck('id');
    const again = await logIn(email, PASSWORD, HOME, deviceToken);
    expect(again.body.deviceToken).toBe(deviceToken);
    for (const token of [accessToken, `${again.body.accessToken}`]) expect(claimsOf(token).did).toBe(id);
    const other = await logIn(email, PASSWORD, HOME);
    expect(other.body.deviceToken).not.toBe(deviceToken);
    expect(claimsOf(`${other.body.accessToken}`).did).not.toBe(id);
  });

  test('of twenty devices, those that came back are forgotten last', async () => {
    const { email, deviceToken, userId } = await member();
    expect((await logIn(email, PASSWORD, HOME, deviceToken)).status).toBe(200);
    const devices = () => api.deps.db('devices').where({ user_id: userId, deleted_at: null }).pluck('id');
    const [first] = await devices();
    let newest: Answer | undefined;
    for (let n = 0; n < 22; n++) {
      await api.deps.redis.flushdb(); // the limits of log-ins are not what this is about
      newest = await logIn(email, PASSWORD, HOME);
    }
    const known = await devices();
    expect(known).toHaveLength(20);
    expect(known).toContain(first);
    expect(known).toContain(claimsOf(`${newest?.body.accessToken}`).did);
  });
});

test.each([
  ['the password changes', { password_hash: 'another' }],
  ['the member leaves', { deleted_at: new Date() }],
])('a log-in during which %s leaves no session', async (_what, change) => {
  const { userId } = await member();
  const { db } = api.deps;
  const user = await findUser(db, userId);
  const sessions = createSessions(api.deps);
  await sessions.closeAll(userId);
  const late = {
    ...sessions,
    async open(...given: Parameters<typeof sessions.open>) {
      await db('users').where({ id: userId }).update(change);
      await sessions.closeAll(userId);
      return sessions.open(...given); // after everything was ended
    },
  };
  const exchange = { req: { get: () => undefined } as unknown as Request, res: {} as Response };
  const shown = { id: userId, name: '-', email: '-', emailVerified: false, phone: '-', grade: 'BASIC' };
  const proven = { status: 200, passwordHash: user?.passwordHash ?? '' } as const;
  await expect(answerWithSession(api.deps, late, exchange, shown, proven)).rejects.toThrow('unauthenticated');
  expect(await sessions.list(userId)).toEqual([]);
});

describe('sign-up codes', () => {
  const ask = (address: string) => api.call('POST', '/v1/auth/codes', { phone: newPhone() }, from(address));

  test('are limited by IPv6 network: the addresses of one /64 are one caller', async () => {
    const { points } = LIMITS.codesPerIp;
    for (let n = 0; n < points; n++) expect((await ask(`2001:db8:0:1::${n}`)).status).toBe(202);
    expect((await ask('2001:db8:0:1:ffff::1')).status).toBe(429);
    expect((await ask('2001:db8:0:2::1')).status).toBe(202);
  });

  test('have a ceiling for the whole system, which one caller who is stopped earlier does not use up', async () => {
    const limits = {
      ...RATE_LIMITS,
      codesInAll: hourly(3),
      codesPerIp: hourly(1),
    };
    const strict = await startBareApi({ limits, config: api.deps.config });
    const askOf = (address: string) =>
      strict.call('POST', '/v1/auth/codes', { phone: newPhone() }, from(address)).then(statusOf);
    expect([await askOf('203.0.113.1'), await askOf('203.0.113.1'), await askOf('203.0.113.1')]).toEqual([
      202, 429, 429,
    ]);
    expect([await askOf('203.0.113.2'), await askOf('203.0.113.3'), await askOf('203.0.113.4')]).toEqual([
      202, 202, 429,
    ]);
    await strict.stop();
  });

  test('the ceiling is that of an hour', () =>
    expect(RATE_LIMITS.codesInAll).toEqual({ points: 3_000, durationS: 3_600 }));
});

test('what a caller writes of its own address is not believed beyond the trusted proxies', async () => {
  const { email } = await member();
  const spoofed = (n: number) => `192.0.2.${n}, ${HOME}`;
  for (let n = 0; n < LIMITS.loginsPerEmailAndIp.points; n++) await logIn(email, WRONG, spoofed(n));
  expect((await logIn(email, PASSWORD, spoofed(99))).status).toBe(429);
});
