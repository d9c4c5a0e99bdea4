/** A member's password and phone: who may change them, what it ends, and what strangers learn. */
import { randomUUID } from 'node:crypto';
import { RATE_LIMITS } from '../../api/deps';
import { createCodes } from '../../api/payer/codes';
import { callerOf, codeSentTo, logIn, outboxOf, type SignedUp, signUpWith } from '../fixtures/account';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

let last = 0;
const newPhone = (): string => `0103333${(++last).toString().padStart(4, '0')}`;
const newMember = (): Promise<SignedUp> => signUpWith(api, newPhone());
const NEW = 'another horse battery';
const wrong = (code: string): string => (code === '000000' ? '111111' : '000000');
const templates = async (phone: string) => (await outboxOf(api, phone)).map(({ template }) => template);

async function session({ email, password }: Pick<SignedUp, 'email' | 'password'>): Promise<SignedUp['call']> {
  const { status, body } = await logIn(api, email, password);
  expect(status).toBe(200);
  return callerOf(api, String(body.accessToken));
}
const bearerOf = ({ accessToken }: Record<string, unknown>) => ({ authorization: `Bearer ${accessToken}` });
const isOpen = async (call: SignedUp['call']): Promise<boolean> => (await call('GET', '/v1/cards')).status === 200;

describe('changing the password', () => {
  const change = (member: SignedUp, currentPassword: string, newPassword: string) =>
    member.call('POST', '/v1/users/me/password', { currentPassword, newPassword });

  test('ends every other session, keeps this one, and tells the member', async () => {
    const member = await newMember();
    const others = [await session(member), await session(member)];
    expect((await change(member, member.password, NEW)).status).toBe(204);
    expect(await isOpen(member.call)).toBe(true);
    for (const other of others) expect(await isOpen(other)).toBe(false);
    expect((await logIn(api, member.email, member.password)).status).toBe(401);
    expect((await logIn(api, member.email, NEW)).status).toBe(200);
    expect(await templates(member.phone)).toEqual(['password-changed']);
  });

  test('with a wrong password is refused, and the session stays', async () => {
    const member = await newMember();
    const answer = await change(member, NEW, 'a third horse battery');
    expect([answer.status, answer.body.code]).toEqual([422, 'wrong-password']);
    expect(await isOpen(member.call)).toBe(true);
    expect((await logIn(api, member.email, member.password)).status).toBe(200);
    expect(await templates(member.phone)).toEqual([]);
  });

  test('is tried no more often than the limit, right passwords included', async () => {
    const member = await newMember();
    for (let n = 0; n < RATE_LIMITS.passwordsPerPayer.points; n++) await change(member, NEW, NEW);
    expect((await change(member, member.password, NEW)).status).toBe(429);
  });

  test('to the same, to the own e-mail or to a common one is refused in words', async () => {
    const member = await newMember();
    for (const newPassword of [member.password, member.email, 'password1234']) {
      const { status, body } = await change(member, member.password, newPassword);
      expect([status, body.errors]).toEqual([
        422,
        [{ path: 'newPassword', field: 'newPassword', rule: expect.any(String), message: expect.any(String) }],
      ]);
    }
  });

  test('twice at once by one password is done once', async () => {
    const member = await newMember();
    const answers = await Promise.all(
      [NEW, 'a third horse battery'].map((password) => change(member, member.password, password)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 422]);
  });
});

describe('a forgotten password', () => {
  const ask = (phone: string) => api.call('POST', '/v1/auth/password-resets', { phone });
  const confirm = (phone: string, code: string, newPassword = NEW) =>
    api.call('POST', '/v1/auth/password-resets/confirm', { phone, code, newPassword });
  const askFor = async ({ phone }: SignedUp): Promise<string> => {
    expect((await ask(phone)).status).toBe(202);
    return codeSentTo(api, phone, 'password-reset-code');
  };

  test('is set anew by the code; every session ends, and the member is told', async () => {
    const member = await newMember();
    const other = await session(member);
    const devices = () => api.deps.db('devices').where({ user_id: member.id, deleted_at: null }).pluck('id');
    const known = await devices();
    const reset = await confirm(member.phone, await askFor(member));
    expect(reset.status).toBe(200);
    expect((await api.call('GET', '/v1/cards', undefined, bearerOf(reset.body))).status).toBe(200);
    for (const call of [member.call, other]) expect(await isOpen(call)).toBe(false);
    expect((await logIn(api, member.email, member.password)).status).toBe(401);
    expect((await devices()).filter((id) => known.includes(id))).toEqual([]);
    expect((await logIn(api, member.email, NEW)).status).toBe(200);
    expect(await templates(member.phone)).toEqual(['password-reset-code', 'password-changed']);
  });

  test('ends sessions for good: Redis that comes back from an older copy revives none', async () => {
    const member = await newMember();
    const { redis } = api.deps;
    const { body } = await logIn(api, member.email, member.password);
    const keys = (await redis.keys('auth:session*')).filter((key) => !key.includes('limit'));
    const copies = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
    expect((await confirm(member.phone, await askFor(member))).status).toBe(200);
    for (const [key, copy] of copies) if (copy) await redis.restore(key, 0, copy, 'REPLACE');
    const refreshed = await api.call('POST', '/v1/auth/refresh', { refreshToken: body.refreshToken });
    expect([refreshed.status, refreshed.body.code]).toEqual([401, 'unauthenticated']);
  });

  test('is asked for alike by a member and by nobody; only the member gets an SMS', async () => {
    const [{ phone }, stranger] = [await newMember(), newPhone()];
    const answers = [await ask(phone), await ask(stranger)];
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [202, null],
      [202, null],
    ]);
    expect([await templates(phone), await templates(stranger)]).toEqual([['password-reset-code'], []]);
  });

  test('its code is refused alike: wrong, used, of another phone, or for a phone of nobody', async () => {
    const [member, other] = [await newMember(), await newMember()];
    const code = await askFor(member);
    const stranger = newPhone();
    await ask(stranger);
    const { code: nobody } = await createCodes(api.deps).issue('password-reset', stranger);
    const answers = [
      await confirm(member.phone, wrong(code)),
      await confirm(other.phone, code),
      await confirm(stranger, nobody),
    ];
    expect((await confirm(member.phone, code)).status).toBe(200);
    answers.push(await confirm(member.phone, code, 'a third horse battery'));
    const shown = answers.map(({ status, body }) => ({ status, ...body, requestId: '' }));
    expect(shown).toEqual(shown.map(() => shown[0]));
    expect(shown[0]).toMatchObject({ status: 422, code: 'invalid-code' });
  });

  test('is not set anew by a sign-up code, and its own code signs nobody up', async () => {
    const member = await newMember();
    const { code: signUpCode } = await createCodes(api.deps).issue('sign-up', member.phone);
    expect((await confirm(member.phone, signUpCode)).body.code).toBe('invalid-code');
    const phone = newPhone();
    const { code: resetCode } = await createCodes(api.deps).issue('password-reset', phone);
    const person = { phone, name: '홍길동', email: `${randomUUID()}@example.com`, password: NEW };
    expect((await api.call('POST', '/v1/auth/signup', { ...person, code: resetCode })).body.code).toBe('invalid-code');
  });

  test('a password that is refused leaves the code valid', async () => {
    const member = await newMember();
    const code = await askFor(member);
    expect((await confirm(member.phone, code, member.email)).body.code).toBe('invalid-request');
    expect((await confirm(member.phone, code)).status).toBe(200);
  });

  test('one code used twice at once sets one password', async () => {
    const member = await newMember();
    const code = await askFor(member);
    const answers = await Promise.all([NEW, 'a third horse battery'].map((one) => confirm(member.phone, code, one)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
  });

  test('codes of every purpose are counted together for a phone', async () => {
    const phone = newPhone();
    const paths = ['/v1/auth/codes', '/v1/auth/password-resets'];
    const statuses = [];
    for (let n = 0; n <= RATE_LIMITS.codesPerPhone.points; n++)
      statuses.push((await api.call('POST', paths[n % 2] ?? '', { phone })).status);
    expect(statuses).toEqual([...Array.from({ length: RATE_LIMITS.codesPerPhone.points }, () => 202), 429]);
  });
});

describe('another phone', () => {
  const ask = (member: SignedUp, phone: string, password = member.password) =>
    member.call('POST', '/v1/users/me/phone', { phone, password });
  const confirm = (member: SignedUp, oldCode: string, newCode: string) =>
    member.call('POST', '/v1/users/me/phone/confirm', { oldCode, newCode });
  async function askFor(member: SignedUp, phone: string) {
    expect((await ask(member, phone)).status).toBe(202);
    const codes = [
      await codeSentTo(api, member.phone, 'old-phone-code'),
      await codeSentTo(api, phone, 'new-phone-code'),
    ];
    return codes as [string, string];
  }
  const phoneOf = async (member: SignedUp): Promise<string> => {
    const { body } = await logIn(api, member.email, member.password);
    return (body.user as { phone: string }).phone;
  };

  test('needs a code of the old and one of the new; sessions stay, and the old phone is told', async () => {
    const [member, phone] = [await newMember(), newPhone()];
    const answer = await confirm(member, ...(await askFor(member, phone)));
    expect([answer.status, answer.body]).toEqual([200, { phone }]);
    expect(await phoneOf(member)).toBe(phone);
    expect(await isOpen(member.call)).toBe(true);
    expect(await templates(member.phone)).toEqual(['old-phone-code', 'phone-changed']);
    expect((await signUpWith(api, member.phone)).id).not.toBe(member.id);
  });

  test('needs the password, and is not the phone that one has', async () => {
    const [member, phone] = [await newMember(), newPhone()];
    expect((await ask(member, phone, NEW)).body.code).toBe('wrong-password');
    expect((await ask(member, `+82 ${member.phone.slice(1)}`)).body.code).toBe('invalid-request');
    expect([await templates(phone), await templates(member.phone)]).toEqual([[], []]);
  });

  test.each(['old', 'new'])('is not changed by a wrong code of the %s phone', async (which) => {
    const [member, phone] = [await newMember(), newPhone()];
    const [oldCode, newCode] = await askFor(member, phone);
    const given: [string, string] = which === 'old' ? [wrong(oldCode), newCode] : [oldCode, wrong(newCode)];
    const answer = await confirm(member, ...given);
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid-code']);
    expect(await phoneOf(member)).toBe(member.phone);
    expect((await confirm(member, oldCode, newCode)).status).toBe(200);
  });

  test('one code entered as both is none', async () => {
    const [member, phone] = [await newMember(), newPhone()];
    const [oldCode, newCode] = await askFor(member, phone);
    const answers = oldCode === newCode ? [] : [await confirm(member, newCode, newCode)];
    answers.push(await confirm(await newMember(), oldCode, newCode));
    for (const { body } of answers) expect(body.code).toBe('invalid-code');
  });

  test('that is a member’s already is told only when both codes are right', async () => {
    const [member, other] = [await newMember(), await newMember()];
    const codes = await askFor(member, other.phone);
    const answer = await confirm(member, ...codes);
    expect([answer.status, answer.body.code, answer.body.taken]).toEqual([409, 'already-registered', 'phone']);
    expect([await phoneOf(member), await phoneOf(other)]).toEqual([member.phone, other.phone]);
    expect(await templates(member.phone)).toEqual(['old-phone-code']);
  });

  test('asked for anew, the codes of the first wish are void', async () => {
    const [member, first, second] = [await newMember(), newPhone(), newPhone()];
    const codes = await askFor(member, first);
    await askFor(member, second);
    expect((await confirm(member, ...codes)).body.code).toBe('invalid-code');
    expect(await phoneOf(member)).toBe(member.phone);
  });

  test('confirmed twice at once is changed once, and told once', async () => {
    const [member, phone] = [await newMember(), newPhone()];
    const codes = await askFor(member, phone);
    const answers = await Promise.all([confirm(member, ...codes), confirm(member, ...codes)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect((await templates(member.phone)).filter((template) => template === 'phone-changed')).toHaveLength(1);
  });

  test('wanted by two members at once becomes the phone of one', async () => {
    const [phone, ...members] = [newPhone(), await newMember(), await newMember()];
    const asked: [SignedUp, [string, string]][] = [];
    for (const member of members) asked.push([member, await askFor(member, phone)]);
    const answers = await Promise.all(asked.map(([member, codes]) => confirm(member, ...codes)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('is in Redis only encrypted while it is wanted', async () => {
    const [member, phone] = [await newMember(), newPhone()];
    await askFor(member, phone);
    const { redis } = api.deps;
    const keys = await redis.keys('*');
    expect(keys.join()).not.toMatch(new RegExp(`${phone}|${member.phone}`));
    const wanted = keys.filter((key) => key.startsWith('auth:wanted-phone:'));
    expect((await redis.mget(wanted)).join()).not.toContain(phone);
  });
});
