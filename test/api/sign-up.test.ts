/** Becoming a payer: what the code proves, what is told to whom, and what a repeat is. */
import { randomUUID } from 'node:crypto';
import { RATE_LIMITS } from '../../api/deps';
import { createCodes } from '../../api/payer/codes';
import { CONSENT_TEXTS, currentConsents } from '../../workflows/domain/consents';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

let last = 0;
const newPhone = (): string => `0107777${(++last).toString().padStart(4, '0')}`;
const codeFor = async (phone: string): Promise<string> => (await createCodes(api.deps).issue('sign-up', phone)).code;
const newPerson = (phone = newPhone()) => ({
  phone,
  name: '홍길동',
  email: `${randomUUID()}@example.com`,
  password: 'correct horse battery',
});
const signUp = (body: object) => api.call('POST', '/v1/auth/signup', body);
async function newMember() {
  const person = newPerson();
  const answer = await signUp({ ...person, code: await codeFor(person.phone) });
  expect(answer.status).toBe(201);
  return { ...person, id: (answer.body.user as { id: string }).id, accessToken: String(answer.body.accessToken) };
}
const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` });
const count = async (table: string): Promise<number> => Number((await api.deps.db(table).count())[0]?.count);
const wrong = (code: string): string => (code === '000000' ? '111111' : '000000');
const errorsOf = (body: Record<string, unknown>) => body.errors as { path: string; message: string }[];

describe('before the code is proven', () => {
  test('a known phone, a known e-mail and unknown ones get the same answer', async () => {
    const member = await newMember();
    const answers = [];
    for (const known of [{}, { phone: member.phone }, { email: member.email }]) {
      const person = { ...newPerson(), ...known };
      answers.push(await signUp({ ...person, code: wrong(await codeFor(person.phone)) }));
    }
    const shown = answers.map(({ status, body }) => ({ status, ...body, requestId: '' }));
    expect(shown[0]).toMatchObject({ status: 422, code: 'invalid-code' });
    expect(shown).toEqual([shown[0], shown[0], shown[0]]);
  });

  test('a code is sent alike to a phone that has a member and to one that has none', async () => {
    const { phone } = await newMember();
    const before = await count('notices');
    const answers = [];
    for (const to of [phone, newPhone()]) answers.push(await api.call('POST', '/v1/auth/codes', { phone: to }));
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [202, null],
      [202, null],
    ]);
    expect(await count('notices')).toBe(before + 2);
  });
});

describe('what the proven phone is told', () => {
  test('that its phone has a member already', async () => {
    const { phone } = await newMember();
    const answer = await signUp({ ...newPerson(phone), code: await codeFor(phone) });
    expect([answer.status, answer.body.code, answer.body.taken]).toEqual([409, 'already-registered', 'phone']);
  });

  test('that an e-mail is taken; the code is still good for another', async () => {
    const { email } = await newMember();
    const person = newPerson();
    const code = await codeFor(person.phone);
    const taken = await signUp({ ...person, email: email.toUpperCase(), code });
    expect([taken.status, taken.body.code, taken.body.taken]).toEqual([409, 'already-registered', 'email']);
    expect((await signUp({ ...person, code })).status).toBe(201);
  });

  test('no more e-mails an hour than the limit', async () => {
    const { email } = await newMember();
    const person = { ...newPerson(), email };
    const code = await codeFor(person.phone);
    const { points } = RATE_LIMITS.takenEmailsPerPhone;
    const statuses = [];
    for (let n = 0; n <= points; n++) statuses.push((await signUp({ ...person, code })).status);
    expect(statuses).toEqual([...Array.from({ length: points }, () => 409), 429]);
  });
});

describe('a repeat', () => {
  test('with the whole body again is the same sign-up, and has a session of its own', async () => {
    const person = newPerson();
    const body = { ...person, code: await codeFor(person.phone) };
    const [first, again] = [await signUp(body), await signUp(body)];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body.user).toEqual(first.body.user);
    expect(again.body.refreshToken).not.toBe(first.body.refreshToken);
    for (const { body: session } of [first, again])
      expect((await api.call('GET', '/v1/cards', undefined, bearer(session.accessToken))).status).toBe(200);
  });

  test.each([
    ['password', 'another horse battery'],
    ['name', '김길동'],
    ['email', 'somebody.else@example.com'],
  ])('with another %s is none: the code is used', async (field, value) => {
    const person = newPerson();
    const body = { ...person, code: await codeFor(person.phone) };
    expect((await signUp(body)).status).toBe(201);
    const again = await signUp({ ...body, [field]: value });
    expect([again.status, again.body.code]).toEqual([422, 'invalid-code']);
  });

  test('finds its member also when the process died before it could mark the code', async () => {
    const person = newPerson();
    const body = { ...person, code: await codeFor(person.phone) };
    const first = await signUp(body);
    for (const key of await api.deps.redis.keys('auth:code:*')) await api.deps.redis.hdel(key, 'used');
    const [other, again] = [await signUp({ ...body, name: '김길동' }), await signUp(body)];
    expect([again.status, again.body.user]).toEqual([201, first.body.user]);
    expect([other.status, other.body.taken]).toEqual([409, 'phone']);
  });

  test('is none any longer once the password was changed', async () => {
    const person = newPerson();
    const body = { ...person, code: await codeFor(person.phone) };
    const { accessToken } = (await signUp(body)).body;
    const change = { currentPassword: person.password, newPassword: 'another horse battery' };
    expect((await api.call('POST', '/v1/users/me/password', change, bearer(accessToken))).status).toBe(204);
    expect((await signUp(body)).body.code).toBe('invalid-code');
  });

  test('with a new code is told that the phone has a member', async () => {
    const person = newPerson();
    expect((await signUp({ ...person, code: await codeFor(person.phone) })).status).toBe(201);
    expect((await signUp({ ...person, code: await codeFor(person.phone) })).status).toBe(409);
  });

  test('leaves nothing of the person in Redis in the clear', async () => {
    const person = newPerson();
    await signUp({ ...person, code: await codeFor(person.phone) });
    const keys = await api.deps.redis.keys('auth:code:*');
    const kept = await Promise.all(keys.map((key) => api.deps.redis.hgetall(key)));
    const everything = JSON.stringify([keys, kept]);
    for (const secret of Object.values(person)) expect(everything).not.toContain(secret);
  });
});

test('twenty sign-ups at once with one code and one body are one member', async () => {
  const person = newPerson();
  const body = { ...person, code: await codeFor(person.phone) };
  const answers = await Promise.all(Array.from({ length: 20 }, () => signUp(body)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(new Set(answers.map(({ body: { user } }) => (user as { id: string }).id)).size).toBe(1);
});

test.each([
  ['one phone', { email: undefined }],
  ['one e-mail', { phone: undefined }],
])('sign-ups at once with %s and otherwise different bodies are one member', async (_, differing) => {
  const shared = newPerson();
  const bodies = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const own = newPerson();
      const phone = 'phone' in differing ? own.phone : shared.phone;
      const email = 'email' in differing ? own.email : shared.email;
      return { ...own, phone, email };
    }),
  );
  const codes = new Map<string, string>();
  for (const { phone } of bodies) if (!codes.has(phone)) codes.set(phone, await codeFor(phone));
  const members = await count('users');
  const answers = await Promise.all(bodies.map((body) => signUp({ ...body, code: codes.get(body.phone) })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(await count('users')).toBe(members + 1);
});

describe('consents', () => {
  const versions = () => {
    const { terms, privacy, thirdParty } = currentConsents(new Date());
    return { terms: terms.version, privacy: privacy.version, thirdParty: thirdParty.version };
  };
  const wordsOf = (userId: string) =>
    api.deps.db('consents').where({ user_id: userId }).orderBy('id').select('kind', 'version_name', 'given', 'stated');

  test('anyone may read which versions are in force', async () => {
    const { status, body } = await api.call('GET', '/v1/consents');
    expect(status).toBe(200);
    expect((body.items as { kind: string; required: boolean }[]).map(({ kind, required }) => [kind, required])).toEqual(
      [
        ['terms', true],
        ['privacy', true],
        ['thirdParty', true],
        ['marketing', false],
      ],
    );
  });

  test('a sign-up that names none agrees to the required ones in force, and to no marketing', async () => {
    const { id } = await newMember();
    const { terms, privacy, thirdParty } = versions();
    const by = { given: true, stated: false };
    expect(await wordsOf(id)).toEqual([
      { kind: 'terms', version_name: terms, ...by },
      { kind: 'privacy', version_name: privacy, ...by },
      { kind: 'thirdParty', version_name: thirdParty, ...by },
    ]);
  });

  test('a sign-up that names them is kept as it said', async () => {
    const person = newPerson();
    const code = await codeFor(person.phone);
    const { body } = await signUp({ ...person, code, consents: { ...versions(), marketing: true } });
    const words = await wordsOf((body.user as { id: string }).id);
    expect(words.map(({ kind, stated }) => [kind, stated])).toEqual(
      ['terms', 'privacy', 'thirdParty', 'marketing'].map((kind) => [kind, true]),
    );
  });

  test('a version that is not in force is refused in words, and a required one cannot be left out', async () => {
    const person = newPerson();
    const code = await codeFor(person.phone);
    const old = await signUp({ ...person, code, consents: { ...versions(), terms: '2019-01-01' } });
    expect(old.status).toBe(422);
    expect(errorsOf(old.body)).toMatchObject([
      { path: 'consents.terms', message: expect.stringContaining(versions().terms) },
    ]);
    const { privacy: _left, ...rest } = versions();
    expect((await signUp({ ...person, code, consents: rest })).status).toBe(422);
    expect((await signUp({ ...person, code, consents: versions() })).status).toBe(201);
  });

  test('marketing is given and withdrawn, each change is a row, and what changes nothing is none', async () => {
    const { id, accessToken } = await newMember();
    const put = (body: object) => api.call('PUT', '/v1/users/me/consents', body, bearer(accessToken));
    for (const marketing of [false, true, true, false, true]) expect((await put({ marketing })).status).toBe(200);
    const words = (await wordsOf(id)).filter(({ kind }) => kind === 'marketing');
    expect(words.map(({ given }) => given)).toEqual([true, false, true]);
    const { body } = await api.call('GET', '/v1/users/me/consents', undefined, bearer(accessToken));
    expect((body.items as { kind: string; given: boolean }[]).map(({ kind, given }) => [kind, given])).toEqual([
      ['terms', true],
      ['privacy', true],
      ['thirdParty', true],
      ['marketing', true],
    ]);
  });

  test('a required one cannot be withdrawn by hand', async () => {
    const { id, accessToken } = await newMember();
    const before = await wordsOf(id);
    const answer = await api.call('PUT', '/v1/users/me/consents', { terms: false }, bearer(accessToken));
    expect([answer.status, errorsOf(answer.body)[0]?.path]).toEqual([422, 'terms']);
    expect(await wordsOf(id)).toEqual(before);
  });

  test('a row of consent is never altered', async () => {
    const { id } = await newMember();
    const { db } = api.deps;
    await expect(db('consents').where({ user_id: id }).update({ given: false })).rejects.toMatchObject({
      code: 'PL002',
    });
    await expect(db('consents').where({ user_id: id }).delete()).rejects.toMatchObject({ code: 'PL002' });
  });

  test('a new version is in force from its instant on, and not before', () => {
    const newer = { ...CONSENT_TEXTS[0], kind: 'terms', version: '2027-01-01', from: '2027-01-01T00:00:00+09:00' };
    const texts = [...CONSENT_TEXTS, newer] as typeof CONSENT_TEXTS;
    const inForce = (at: string) => currentConsents(new Date(at), texts).terms.version;
    expect(inForce('2026-12-31T23:59:59.999+09:00')).toBe('2026-01-01');
    expect(inForce('2027-01-01T00:00:00+09:00')).toBe('2027-01-01');
  });
});
