/** Members prove who they are by PASS: on a house where that is required, with the identity sandbox behind it. */
import { randomUUID } from 'node:crypto';
import { retireHashKey, rotateHashKey } from '../../api/operator/hash-keys';
import { openedTextsIn } from '../fixtures/history-texts';
import { keysOf } from '../fixtures/keys';
import { accountEnding, type Payer } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { type House, startHouse } from '../servers/house';

let house: House;
let payer: Payer;
beforeAll(async () => {
  house = await startHouse({ env: { IDENTITY: 'required' }, policy: NO_ANSWERS });
});
afterAll(() => house.stop());
beforeEach(async () => {
  payer = await house.payer();
});
afterEach(() => house.sandboxes.identity.setFaults());

interface Link {
  readonly verificationId: string;
  readonly url: string;
}
interface Person {
  readonly name: string;
  readonly birthDate: string;
  /** Default: that of the account. */
  readonly phone?: string;
}
let born = 0;
/** Somebody who is nobody else. */
const somebody = (more: Partial<Person> = {}): Person => {
  born += 1;
  const birthDate = new Date(Date.UTC(1980, 0, born)).toISOString().slice(0, 10);
  return { name: '김본인', birthDate, ...more };
};

const begin = (who = payer) =>
  who.call<Link & { code?: string }>('POST', '/v1/users/me/identity', { password: who.person.password });
const confirm = (verificationId: string, who = payer) =>
  who.call('POST', '/v1/users/me/identity/confirm', { verificationId });
/** What the person does in the PASS app. */
async function playPass(url: string, person: Person, who = payer): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ phone: who.person.phone, ...person }),
  });
  if (!answer.ok) throw new Error(`the PASS app answered ${answer.status}`);
}
/** The whole check; answers as the API does. */
async function prove(person: Person, who = payer) {
  const { body } = await begin(who);
  await playPass(body.url, person, who);
  return { verificationId: body.verificationId, ...(await confirm(body.verificationId, who)) };
}
const me = async (who = payer) =>
  (await who.call<{ name: string; identity: { verifiedAt: string | null } }>('GET', '/v1/users/me')).body;

test('a member who proves who they are is known by that name, however often they ask', async () => {
  const person = somebody({ name: '박실명'.normalize('NFD') });
  const { body: link, status } = await begin();
  expect([status, link]).toEqual([201, { verificationId: expect.any(String), url: expect.any(String) }]);
  const early = await confirm(link.verificationId);
  expect([early.status, early.body.code, early.body.retryable]).toEqual([409, 'identity-pending', true]);
  await playPass(link.url, person);
  const first = await confirm(link.verificationId);
  expect(first).toMatchObject({
    status: 200,
    body: { verified: true, name: '박실명'.normalize('NFC'), verifiedAt: expect.any(String) },
  });
  expect((await confirm(link.verificationId)).body).toEqual(first.body);
  expect(await me()).toMatchObject({
    name: '박실명',
    identity: { required: true, verifiedAt: first.body.verifiedAt },
  });
  const renamed = await payer.call('PATCH', '/v1/users/me', { name: '다른이름' });
  expect([renamed.status, renamed.body.code]).toEqual([409, 'name-verified']);
});

test('of the person only ciphertext and a keyed hash are kept, and no history of the engine holds anything', async () => {
  const person = somebody({ name: '남궁유일' });
  const { body: link } = await begin();
  await playPass(link.url, person);
  expect((await confirm(link.verificationId)).status).toBe(200);
  const { url, apiKey } = house.config.identityProvider ?? { url: '', apiKey: '' };
  const told = await fetch(`${url}/identity-verifications/${link.verificationId}`, {
    headers: { 'x-api-key': apiKey },
  });
  const { ci } = ((await told.json()) as { verifiedCustomer: { ci: string } }).verifiedCustomer;
  const user = await house.db('users').where({ id: payer.userId }).first();
  const check = await house.db('identity_verifications').where({ id: link.verificationId }).first();
  expect([user.ci_hash, check.url_encrypted]).toEqual([expect.stringMatching(/^[\w-]{43}$/), null]);
  const histories = await Promise.all(
    ['open', 'read'].map((step) =>
      house.client.workflow.getHandle(`identity-${step}-${link.verificationId}`).fetchHistory(),
    ),
  );
  const texts = [...(await openedTextsIn(histories, house)), JSON.stringify([user, check])].join();
  expect(texts).toContain(link.verificationId);
  for (const secret of [ci, person.name, person.birthDate, payer.person.phone, link.url])
    expect(texts).not.toContain(secret);
});

test.each([
  ['01055550401', 'cancelled', '취소'],
  ['01055550402', 'mismatch', '통신사'],
  ['01055550403', 'expired', '시간'],
])(
  'a check that comes to nothing (%s) says why, changes nothing, and can be begun anew',
  async (phone, reason, words) => {
    const before = await me();
    const failed = await prove(somebody({ phone }));
    expect(failed).toMatchObject({ status: 422, body: { code: 'identity-failed', reason } });
    expect(failed.body.detail).toContain(words);
    expect(await me()).toEqual(before);
    expect((await confirm(failed.verificationId)).body.reason).toBe(reason);
    expect((await prove(somebody())).status).toBe(200);
  },
);

test('whoever proves who they are by another phone than the account’s is refused in words, and may do it anew', async () => {
  const refused = await prove(somebody({ phone: '01055556666' }));
  expect(refused).toMatchObject({ status: 422, body: { code: 'identity-failed', reason: 'phone-differs' } });
  expect(refused.body.detail).toContain('다른 번호');
  expect((await me()).identity.verifiedAt).toBeNull();
  expect((await prove(somebody())).status).toBe(200);
});

test("another member's check, an unknown one and a malformed id are all not there or refused", async () => {
  const stranger = await house.payer();
  const { body } = await begin(stranger);
  await playPass(body.url, somebody(), stranger);
  for (const id of [body.verificationId, randomUUID()])
    expect(await confirm(id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  expect((await confirm('x')).status).toBe(422);
  expect((await me()).identity.verifiedAt).toBeNull();
  expect((await confirm(body.verificationId, stranger)).status).toBe(200);
});

test('one person has one account: a second one is refused and told nothing of the first, until that one is left', async () => {
  const person = somebody({ name: '이하나' });
  const first = await house.payer();
  expect((await prove(person, first)).status).toBe(200);
  const second = await prove(person);
  expect([second.status, second.body.code]).toEqual([409, 'person-known']);
  const answer = JSON.stringify(second.body);
  for (const fact of [first.userId, first.person.email, first.person.phone, person.name])
    expect(answer).not.toContain(fact);
  expect(await me()).toMatchObject({ name: payer.person.name, identity: { verifiedAt: null } });
  await house.db('users').where({ id: first.userId }).update({ deleted_at: new Date() });
  expect((await prove(person)).body).toMatchObject({ verified: true, name: '이하나' });
});

test('one person stays one account when the key of look-up hashes is changed', async () => {
  const person = somebody();
  expect((await prove(person, await house.payer())).status).toBe(200);
  const quietly = { progress: () => undefined };
  const deps = { db: house.db, keys: await keysOf(house) };
  await rotateHashKey(deps, quietly);
  expect((await prove(person)).body.code).toBe('person-known');
  await retireHashKey(deps, new Date(), quietly);
  expect((await prove(person)).body.code).toBe('person-known');
});

test('of members who prove to be one person at the same moment, one is', async () => {
  const person = somebody();
  const members = [payer, await house.payer(), await house.payer()];
  const links = await Promise.all(members.map((member) => begin(member)));
  for (const [n, { body }] of links.entries()) await playPass(body.url, person, members[n]);
  const answers = await Promise.all(links.map(({ body }, n) => confirm(body.verificationId, members[n])));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test('an account stays the person who was proven: the same one again is welcome, another is not', async () => {
  const person = somebody({ name: '정같은' });
  const first = await prove(person);
  const again = await prove(person);
  expect([again.status, again.body.name]).toEqual([200, '정같은']);
  const other = await prove(somebody({ name: '최다른' }));
  expect([other.status, other.body.code]).toEqual([409, 'person-differs']);
  expect((await me()).name).toBe(first.body.name);
});

test('the newest check has the only link; an older one that was finished still counts', async () => {
  const [older, newer] = [(await begin()).body, (await begin()).body];
  const rows = await house.db('identity_verifications').where({ user_id: payer.userId }).whereNotNull('url_encrypted');
  expect(rows.map(({ id }) => id)).toEqual([newer.verificationId]);
  await playPass(older.url, somebody());
  expect((await confirm(older.verificationId)).status).toBe(200);
});

test('without a proven identity no deal is made; the same request goes on once there is one', async () => {
  const recipientId = await payer.addRecipient(accountEnding('1234'));
  const key = randomUUID();
  const create = () =>
    payer.post<{ code?: string; detail?: string }>(
      '/v1/deals',
      { recipientId, principal: 10_000, purpose: '월세' },
      key,
    );
  const refused = await create();
  expect([refused.status, refused.body.code]).toEqual([403, 'identity-required']);
  expect(refused.body.detail).toContain('/v1/users/me/identity');
  await prove(somebody());
  expect((await create()).status).toBe(201);
});

test('without a proven identity no charge begins, and what was charged already is told all the same', async () => {
  await prove(somebody());
  const [cardId, recipientId] = await Promise.all([payer.registerCard(), payer.addRecipient(accountEnding('1234'))]);
  const { id, dealNo } = await payer.createDeal(recipientId);
  const proven = await house.db('users').where({ id: payer.userId }).first('ci_hash', 'identity_verified_at');
  const identity = (columns: object) => house.db('users').where({ id: payer.userId }).update(columns);
  await identity({ ci_hash: null, identity_verified_at: null });
  const refused = await payer.confirm(id, cardId);
  expect([refused.status, refused.body.code]).toEqual([403, 'identity-required']);
  const asked = (await house.sandboxes.softpayment.journal()).filter(({ orderId }) => orderId?.startsWith(dealNo));
  expect(asked).toEqual([]);
  await identity(proven);
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await identity({ ci_hash: null, identity_verified_at: null });
  const told = await payer.confirm(id, cardId);
  expect([told.status, told.body.id]).toEqual([200, id]);
});

describe('while the provider is not itself', () => {
  const ON_CHECKS = { path: '/identity-verifications' };

  test('a short trouble is not noticed', async () => {
    await house.sandboxes.identity.setFaults(
      ...['error-500', 'garbage', 'drop-after-commit'].map((fault) => ({ fault, match: ON_CHECKS, times: 1 })),
    );
    expect((await prove(somebody())).status).toBe(200);
  });

  test.each(['timeout-before', 'garbage'])(
    '%s for long: 503, nothing is decided, and repeating goes on',
    async (fault) => {
      const { body } = await begin();
      await playPass(body.url, somebody());
      await house.sandboxes.identity.setFaults({ fault, match: ON_CHECKS });
      const [begun, asked] = await Promise.all([begin(), confirm(body.verificationId)]);
      for (const { status, body: said, headers } of [begun, asked])
        expect([status, said.code, headers.get('retry-after')]).toEqual([503, 'identity-unavailable', '5']);
      expect((await me()).identity.verifiedAt).toBeNull();
      await house.sandboxes.identity.setFaults();
      expect((await confirm(body.verificationId)).status).toBe(200);
    },
  );
});
