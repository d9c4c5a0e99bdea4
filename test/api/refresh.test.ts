/** Refreshing loses nobody, and a stolen refresh token ends. */
import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { ApiDeps } from '../../api/deps';
import { createSessions } from '../../api/payer/sessions';
import { openRedis } from '../../infra/redis';
import { tokenForge } from '../fixtures/tokens';
import { testRedis } from '../servers/redis';

/** What is promised of a repeat, and how long an access token lasts. */
const GRACE_MS = 20_000;
const ACCESS_MS = 15 * 60_000;

let redis: Awaited<ReturnType<typeof openRedis>>;
let elsewhere: typeof redis;
let now: number;
const secret = () => randomBytes(32).toString('hex');
const SECRET = secret();
beforeAll(async () => {
  const url = await testRedis();
  [redis, elsewhere] = await Promise.all([openRedis(url), openRedis(url)]);
});
afterAll(() => {
  redis.disconnect();
  elsewhere.disconnect();
});
beforeEach(() => {
  now = Date.parse('2026-03-02T01:00:00Z');
});

const withSecrets = (jwtSecret: string, jwtPreviousSecrets: string[] = [], from = redis) => {
  const config = { jwtSecret, jwtPreviousSecrets } as unknown as ApiDeps['config'];
  return { config, ...createSessions({ redis: from, config, clock: () => new Date(now) }) };
};
const sessions = () => withSecrets(SECRET);
const open = () => sessions().open(randomUUID());
async function renewed(refreshToken: string) {
  const answer = await sessions().renew(refreshToken);
  if (!answer) throw new Error('the refresh token was refused');
  return answer;
}
const refused = async (refreshToken: string) => (await sessions().renew(refreshToken)) === undefined;
const isAlive = async (accessToken: string) => (await sessions().payerOf(accessToken)) !== undefined;

test('an answer that was lost is told again, the same, for 20 s', async () => {
  const { refreshToken } = await open();
  const lost = await renewed(refreshToken);
  now += GRACE_MS - 1;
  const told = await renewed(refreshToken);
  expect(told.refreshToken).toBe(lost.refreshToken);
  expect(await isAlive(told.accessToken)).toBe(true);
  expect(await renewed(told.refreshToken)).toBeDefined();
});

test('a repeat does not lengthen its 20 s', async () => {
  const { refreshToken } = await open();
  await renewed(refreshToken);
  now += GRACE_MS - 1;
  await renewed(refreshToken);
  now += 1;
  expect(await refused(refreshToken)).toBe(true);
});

test('after 20 s a token that was used ends its session, for whoever holds a newer one too', async () => {
  const { refreshToken } = await open();
  const next = await renewed(refreshToken);
  now += GRACE_MS;
  expect(await refused(refreshToken)).toBe(true);
  expect(await refused(next.refreshToken)).toBe(true);
  expect(await isAlive(next.accessToken)).toBe(false);
});

test('the first use of the next token ends the grace of the one before', async () => {
  const { refreshToken: stolen } = await open();
  const victim = await renewed((await renewed(stolen)).refreshToken);
  expect(await refused(stolen)).toBe(true);
  expect(await refused(victim.refreshToken)).toBe(true);
  expect(await isAlive(victim.accessToken)).toBe(false);
});

test('the use of an access token ends no grace: the other tab is still refreshing', async () => {
  const { refreshToken } = await open();
  const first = await renewed(refreshToken);
  expect(await isAlive(first.accessToken)).toBe(true);
  expect((await renewed(refreshToken)).refreshToken).toBe(first.refreshToken);
});

test('of a thief and a victim who share a token neither keeps the session', async () => {
  const { refreshToken: shared } = await open();
  const [thief, victim] = [await renewed(shared), await renewed(shared)]; // within the grace
  await renewed(thief.refreshToken);
  now += ACCESS_MS;
  expect(await refused(victim.refreshToken)).toBe(true);
  expect(await isAlive(victim.accessToken)).toBe(false);
});

test('a token that the server never sealed ends nothing', async () => {
  const { refreshToken } = await open();
  const other = await open();
  const last = (await renewed((await renewed(refreshToken)).refreshToken)).refreshToken;
  const [sessionId = '', , seal = ''] = last.split('.');
  const flipped = `${seal.startsWith('A') ? 'B' : 'A'}${seal.slice(1)}`;
  const forged = [
    `${sessionId}.0.${flipped}`,
    `${sessionId}.0.${seal}`,
    `${sessionId}.1.${'A'.repeat(43)}`,
    `${sessionId}.0.${other.refreshToken.split('.')[2]}`,
    `${sessionId}.00.${refreshToken.split('.')[2]}`,
    `${sessionId}.0`,
    sessionId,
    `${sessionId}.0.${withSecrets(secret()).config.jwtSecret.slice(0, 43)}`,
    '',
  ];
  for (const token of forged) expect(await refused(token)).toBe(true);
  expect(await renewed(last)).toBeDefined();
});

test('two tabs that refresh at once a thousand times are both still logged in', async () => {
  const tabs = [sessions(), withSecrets(SECRET, [], elsewhere)];
  let { refreshToken } = await open();
  for (let round = 0; round < 1_000; round++) {
    const answers = await Promise.all(tabs.map((tab) => tab.renew(refreshToken)));
    expect(new Set(answers.map((answer) => answer?.refreshToken)).size).toBe(1);
    refreshToken = answers[round % 2]?.refreshToken ?? '';
    now += 1_000;
  }
  expect(await isAlive((await renewed(refreshToken)).accessToken)).toBe(true);
});

test('however many tabs refresh, and whichever answers are lost, nobody who comes within 20 s is logged out', async () => {
  const round = fc.record({ tabs: fc.integer({ min: 1, max: 5 }), repeats: fc.array(fc.nat(9_999), { maxLength: 2 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 8 }), async (rounds) => {
      let { refreshToken } = await open();
      for (const { tabs, repeats } of rounds) {
        const answers = await Promise.all(Array.from({ length: tabs }, () => renewed(refreshToken)));
        for (const laterMs of repeats) {
          now += laterMs;
          answers.push(await renewed(refreshToken));
        }
        expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
        refreshToken = answers[0]?.refreshToken ?? '';
      }
    }),
    { numRuns: 100 },
  );
});

test('a session that Redis has an older copy of goes on', async () => {
  const { refreshToken } = await open();
  const newer = (await renewed((await renewed(refreshToken)).refreshToken)).refreshToken;
  const [sessionId] = refreshToken.split('.');
  await redis.hset(`auth:session:${sessionId}`, 'generation', '0', 'grace', '0');
  const next = await renewed(newer);
  expect(next.refreshToken.split('.')[1]).toBe('3');
});

test('when Redis has lost everything people log in again, and that is all', async () => {
  const userId = randomUUID();
  const lost = await sessions().open(userId);
  await redis.flushdb();
  expect(await refused(lost.refreshToken)).toBe(true);
  expect(await isAlive(lost.accessToken)).toBe(false);
  expect(await sessions().list(userId)).toEqual([]);
  const again = await sessions().open(userId);
  expect(await renewed(again.refreshToken)).toMatchObject({ userId });
});

describe('a new secret', () => {
  const NEW = secret();
  const rotated = () => withSecrets(NEW, [secret(), SECRET]);

  test('leaves the tokens of the one before valid: access tokens until they expire, refresh tokens as they are', async () => {
    const old = await open();
    expect(await rotated().payerOf(old.accessToken)).toBeDefined();
    const fresh = await rotated().renew(old.refreshToken);
    expect(fresh).toBeDefined();
    const { headerOf } = tokenForge(() => rotated().config);
    expect(headerOf(fresh?.accessToken ?? '').kid).not.toBe(headerOf(old.accessToken).kid);
    now += ACCESS_MS;
    expect(await rotated().payerOf(old.accessToken)).toBeUndefined();
    expect(await withSecrets(NEW).renew(fresh?.refreshToken ?? '')).toBeDefined();
  });

  test('is believed by processes that still sign with the old one, if they know it', async () => {
    const fresh = await rotated().open(randomUUID());
    const old = withSecrets(SECRET, [NEW]);
    expect(await old.payerOf(fresh.accessToken)).toBeDefined();
    expect(await old.renew(fresh.refreshToken)).toBeDefined();
  });

  test('alone ends what the old one signed, and a lost answer is repeated across it', async () => {
    const old = await open();
    expect(await withSecrets(NEW).payerOf(old.accessToken)).toBeUndefined();
    expect(await withSecrets(NEW).renew(old.refreshToken)).toBeUndefined();
    await renewed(old.refreshToken);
    expect((await rotated().renew(old.refreshToken))?.refreshToken).toContain('.1.');
  });
});

describe('the sessions of a payer', () => {
  test('are at most twenty: one more ends the one that was refreshed longest ago', async () => {
    const userId = randomUUID();
    const opened = [];
    for (let n = 0; n < 20; n++) {
      opened.push(await sessions().open(userId));
      now += 1_000;
    }
    const first = await renewed(opened[0]?.refreshToken ?? '');
    now += 1_000;
    const last = await sessions().open(userId);
    expect(await isAlive(first.accessToken)).toBe(true);
    expect(await isAlive(opened[1]?.accessToken ?? '')).toBe(false);
    expect(await isAlive(opened[2]?.accessToken ?? '')).toBe(true);
    expect(await isAlive(last.accessToken)).toBe(true);
    expect(await sessions().list(userId)).toHaveLength(20);
  });

  test('end all at once, but for the one that is to stay, and nobody else is logged out', async () => {
    const userId = randomUUID();
    const [kept, ...others] = await Promise.all([1, 2, 3].map(() => sessions().open(userId)));
    const stranger = await open();
    await sessions().closeAll(userId, kept?.sessionId);
    expect(await Promise.all(others.map(({ accessToken }) => isAlive(accessToken)))).toEqual([false, false]);
    expect(await isAlive(kept?.accessToken ?? '')).toBe(true);
    await sessions().closeAll(userId);
    expect(await isAlive(kept?.accessToken ?? '')).toBe(false);
    expect(await isAlive(stranger.accessToken)).toBe(true);
  });

  test('are ended by their payer alone', async () => {
    const { sessionId, accessToken } = await open();
    expect(await sessions().close(randomUUID(), sessionId)).toBe(false);
    expect(await isAlive(accessToken)).toBe(true);
  });
});
