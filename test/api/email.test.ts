/** How a member proves an e-mail and changes it, and by which channels news comes. */
import { randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { RATE_LIMITS } from '../../api/deps';
import { sealIdentifier } from '../../api/payer/member';
import { placeOf } from '../../db/encrypted-columns';
import type { Answer } from '../fixtures/payer';
import { type BareApi, type Member, startBareApi } from './bare-api';

const PASSWORD = 'correct horse battery';
let api: BareApi;
let passwordHash: string;
beforeAll(async () => {
  [api, passwordHash] = await Promise.all([startBareApi(), hash(PASSWORD)]);
});
afterAll(() => api.stop());

const newEmail = (): string => `kim-${randomUUID()}@example.com`;
interface MailMember extends Member {
  readonly email: string;
}
/** A member with an e-mail of their own, unverified, and a password. */
async function member(email = newEmail()): Promise<MailMember> {
  const payer = await api.member();
  const sealed = await sealIdentifier(api.deps, 'email', payer.userId, email);
  await api.deps
    .db('users')
    .where({ id: payer.userId })
    .update({ email_encrypted: sealed.encrypted, email_hash: sealed.hashes.odd, password_hash: passwordHash });
  return { ...payer, email };
}
const ask = (payer: Member, email: string, password = PASSWORD) =>
  payer.call('POST', '/v1/users/me/email', { email, password });
const verify = (payer: Member, code: string) => payer.call('POST', '/v1/users/me/email/verify', { code });
const codeOf = ({ status, body }: Answer) => [status, body.code];

/** The notices of a template to this address, as they would be read. */
async function mailsTo(template: string, address: string) {
  const { db, keys } = api.deps;
  const rows = await db('notices').where({ template, channel: 'email' }).orderBy('created_at');
  const opened = await Promise.all(
    rows.map(async ({ id, email_encrypted: email, secret_encrypted: secret }) => ({
      to: await keys.decrypt(email, placeOf('noticeEmail', id)),
      code: secret && (await keys.decrypt(secret, placeOf('noticeSecret', id))),
    })),
  );
  return opened.filter(({ to }) => to === address);
}
async function askForCode(payer: Member, email: string): Promise<string> {
  expect((await ask(payer, email)).status).toBe(202);
  return (await mailsTo('email-code', email)).at(-1)?.code;
}
const rowOf = ({ userId }: Member) => api.deps.db('users').where({ id: userId }).first();
const emailOf = async (payer: Member): Promise<string> =>
  api.deps.keys.decrypt((await rowOf(payer)).email_encrypted, placeOf('email', payer.userId));
const wrongFor = (code: string) => (code === '000000' ? '111111' : '000000');

test('the address of sign-up is verified by its code, and tells nobody that it changed', async () => {
  const payer = await member();
  expect((await rowOf(payer)).email_verified_at).toBeNull();
  const code = await askForCode(payer, payer.email);
  expect((await rowOf(payer)).email_verified_at).toBeNull();
  expect(await verify(payer, code)).toMatchObject({ status: 200, body: { email: payer.email, emailVerified: true } });
  expect((await rowOf(payer)).email_verified_at).not.toBeNull();
  expect(await mailsTo('email-changed', payer.email)).toEqual([]);
  expect(codeOf(await verify(payer, code))).toEqual([422, 'invalid-code']); // once
});

test('another address takes effect when it is verified, not before, and the one before hears of it', async () => {
  const payer = await member();
  const other = newEmail();
  expect((await ask(payer, other.toUpperCase())).status).toBe(202);
  const code = (await mailsTo('email-code', other)).at(-1)?.code;
  expect(await emailOf(payer)).toBe(payer.email);
  expect((await verify(payer, code)).body).toEqual({ email: other, emailVerified: true });
  expect(await emailOf(payer)).toBe(other);
  expect(await mailsTo('email-changed', payer.email)).toEqual([{ to: payer.email, code: null }]);
  const login = (email: string) => api.call('POST', '/v1/auth/login', { email, password: PASSWORD });
  expect((await login(payer.email)).status).toBe(401);
});

test('asking answers alike for an address of another member; only its owner learns, by the code, that it is taken', async () => {
  const [owner, payer] = [await member(), await member()];
  const free = await ask(payer, newEmail());
  const taken = await ask(payer, owner.email);
  expect([taken.status, taken.body]).toEqual([free.status, free.body]);
  const code = (await mailsTo('email-code', owner.email)).at(-1)?.code;
  expect(codeOf(await verify(payer, code))).toEqual([409, 'already-registered']);
  expect(codeOf(await verify(payer, code))).toEqual([409, 'already-registered']); // the code was not used up
  expect(await emailOf(payer)).toBe(payer.email);
  expect((await rowOf(payer)).email_verified_at).toBeNull();
  expect(await emailOf(owner)).toBe(owner.email);
  await api.deps.db('users').where({ id: owner.userId }).update({ deleted_at: new Date() });
  expect((await verify(payer, code)).status).toBe(200);
});

test('two members who prove one free address at once: one has it', async () => {
  const [one, two] = [await member(), await member()];
  const address = newEmail();
  const codes = [await askForCode(one, address), await askForCode(two, address)] as const;
  const answers = await Promise.all([verify(one, codes[0]), verify(two, codes[1])]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test('one code pressed many times changes the address once', async () => {
  const payer = await member();
  const code = await askForCode(payer, newEmail());
  const answers = await Promise.all(Array.from({ length: 5 }, () => verify(payer, code)));
  expect(answers.map(({ status }) => status)).toContain(200);
  expect(answers.every(({ status }) => status === 200 || status === 422)).toBe(true);
  expect(await mailsTo('email-changed', payer.email)).toHaveLength(1);
});

test('a code is for one member and the address asked last', async () => {
  const [payer, stranger] = [await member(), await member()];
  const first = await askForCode(payer, newEmail());
  expect(codeOf(await verify(stranger, first))).toEqual([422, 'invalid-code']);
  await askForCode(stranger, payer.email);
  expect(codeOf(await verify(stranger, first))).toEqual([422, 'invalid-code']);
  const last = await askForCode(payer, newEmail());
  if (first !== last) expect(codeOf(await verify(payer, first))).toEqual([422, 'invalid-code']);
  expect((await verify(payer, last)).status).toBe(200);
});

test('after five wrong tries the right code is void', async () => {
  const payer = await member();
  const code = await askForCode(payer, newEmail());
  for (let n = 0; n < 5; n++) expect(codeOf(await verify(payer, wrongFor(code)))).toEqual([422, 'invalid-code']);
  expect(codeOf(await verify(payer, code))).toEqual([422, 'invalid-code']);
});

test('a wrong password sends nothing, and says that it was the password', async () => {
  const payer = await member();
  const address = newEmail();
  expect(codeOf(await ask(payer, address, 'wrong password!'))).toEqual([422, 'wrong-password']);
  expect(await mailsTo('email-code', address)).toEqual([]);
  expect((await api.call('POST', '/v1/users/me/email', { email: address, password: PASSWORD })).status).toBe(401);
});

test('codes are limited by member, wrong passwords counted, and by address', async () => {
  const { points } = RATE_LIMITS.emailCodesPerPayer;
  const payer = await member();
  for (let n = 0; n < points; n++) await ask(payer, newEmail(), 'wrong password!');
  expect(codeOf(await ask(payer, newEmail()))).toEqual([429, 'too-many-requests']);

  const address = newEmail();
  for (let n = 0; n < RATE_LIMITS.codesPerEmail.points; n++)
    expect((await ask(await member(), address)).status).toBe(202);
  const limited = await ask(await member(), address);
  expect(codeOf(limited)).toEqual([429, 'too-many-requests']);
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('neither address nor code is anywhere in the clear', async () => {
  const payer = await member();
  const address = newEmail();
  const code = await askForCode(payer, address);
  const { redis, db } = api.deps;
  const names = await redis.keys('*');
  const values = await Promise.all(
    names.map(async (name) => {
      const type = await redis.type(name);
      return type === 'hash' ? JSON.stringify(await redis.hgetall(name)) : type === 'string' ? redis.get(name) : '';
    }),
  );
  const kept = [...names, ...values, ...api.logged, JSON.stringify(await db('notices'))].join('\n');
  expect(kept).not.toContain(address);
  expect(kept).not.toMatch(new RegExp(`(?<![0-9])${code}(?![0-9])`));
  expect(names.some((name) => name.includes(payer.userId))).toBe(true); // it was looked at
});

describe('news of deals', () => {
  const path = '/v1/users/me/notifications';
  const choose = (payer: Member, channels: unknown) => payer.call('PATCH', path, { dealNews: { channels } });

  test('comes by SMS unless the payer chose otherwise, and by e-mail only when it is verified', async () => {
    const payer = await member();
    expect((await payer.call('GET', path)).body).toEqual({
      ...{ dealNews: { channels: ['sms'], inUse: ['sms'] }, emailTrouble: null },
    });
    const chosen = await choose(payer, ['email', 'email']);
    expect(chosen).toMatchObject({ status: 200, body: { dealNews: { channels: ['email'], inUse: ['sms'] } } });
    await verify(payer, await askForCode(payer, payer.email));
    expect((await payer.call('GET', path)).body).toMatchObject({ dealNews: { channels: ['email'], inUse: ['email'] } });
    expect((await choose(payer, ['sms', 'push'])).body).toMatchObject({
      dealNews: { channels: ['push', 'sms'], inUse: ['sms'] },
    });
  });

  test('goes elsewhere while mails come back, which the payer is told in words, until the address is verified again', async () => {
    const payer = await member();
    await verify(payer, await askForCode(payer, payer.email));
    await choose(payer, ['email']);
    const since = new Date();
    await api.deps.db('users').where({ id: payer.userId }).update({ email_unreachable_at: since });
    expect((await payer.call('GET', path)).body).toEqual({
      dealNews: { channels: ['email'], inUse: ['sms'] },
      emailTrouble: {
        since: since.toISOString(),
        message: { ko: expect.stringContaining('되돌아오거나'), en: expect.stringContaining('came back') },
      },
    });
    await verify(payer, await askForCode(payer, payer.email));
    expect((await payer.call('GET', path)).body).toEqual({
      ...{ dealNews: { channels: ['email'], inUse: ['email'] }, emailTrouble: null },
    });
  });

  test('cannot be switched off, and the answer says so', async () => {
    const payer = await member();
    const refused = await payer.call('PATCH', path, { dealNews: { channels: [] } }, { 'accept-language': 'en' });
    expect(codeOf(refused)).toEqual([422, 'invalid-request']);
    expect(refused.body.errors).toMatchObject([
      { path: 'dealNews.channels', message: 'News of your money cannot be switched off: choose at least one channel.' },
    ]);
    expect((await payer.call('GET', path)).body).toMatchObject({ dealNews: { channels: ['sms'] } });
  });

  test.each([[['pigeon']], ['sms'], [undefined], [[null]]])('channels %j are refused', async (channels) => {
    expect(codeOf(await choose(await member(), channels))).toEqual([422, 'invalid-request']);
  });

  test('is chosen by the payer alone', async () => {
    const [one, two] = [await member(), await member()];
    await choose(one, ['push']);
    expect((await two.call('GET', path)).body).toMatchObject({ dealNews: { channels: ['sms'] } });
    expect((await api.call('GET', path)).status).toBe(401);
  });
});
