/** A payer's cards: one payer each, one default, issuers that exist. */
import { randomUUID } from 'node:crypto';
import { ISSUER_NAMES, issuerNamed, issuerWords } from '../../workflows/domain/card-issuers';
import { type BareApi, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
  await api.deps.db('operator_tasks').del();
});

const newCard = (more: object = {}) => ({
  ...{ billingKey: `bill_${randomUUID()}`, maskedNumber: '433012******0001', issuer: '신한카드' },
  ...more,
});
const register = (by: Member, card: object = newCard()) => by.call('POST', '/v1/cards', card);
const idOf = async (by: Member, card?: object) => String((await register(by, card)).body.id);
const cardsOf = async (by: Member) =>
  (await by.call('GET', '/v1/cards')).body.items as { id: string; isDefault: boolean; nickname: string | null }[];
const defaultsOf = async (by: Member) => (await cardsOf(by)).filter(({ isDefault }) => isDefault).map(({ id }) => id);
/** A member without any card. */
async function cardless(): Promise<Member> {
  const member = await api.member();
  await member.call('DELETE', `/v1/cards/${member.cardId}`);
  return member;
}

test('a card is read by its id, with its issuer in both languages', async () => {
  const id = await idOf(payer, newCard({ issuer: 'KB 국민카드' }));
  const { status, body } = await payer.call('GET', `/v1/cards/${id}`);
  expect([status, body]).toEqual([
    200,
    {
      ...{ id, maskedNumber: '433012******0001', issuer: '국민카드', expiry: null },
      issuerName: { ko: '국민카드', en: 'KB Kookmin Card' },
      ...{ nickname: null, isDefault: false, createdAt: expect.any(String) },
    },
  ]);
});

test('a card keeps the last month that was told of it, until another one is told; none that is no month is taken', async () => {
  const card = newCard({ expiry: '2030-12' });
  const id = await idOf(payer, card);
  const expiryOf = async () => (await payer.call('GET', `/v1/cards/${id}`)).body.expiry;
  expect(await expiryOf()).toBe('2030-12');
  await register(payer, { ...card, expiry: undefined });
  expect(await expiryOf()).toBe('2030-12');
  await register(payer, { ...card, expiry: '2035-01' });
  expect(await expiryOf()).toBe('2035-01');
  for (const wrong of ['2030-13', '2030-00', '30-12', '12/30', '1930-12', '']) {
    const { status, body } = await register(payer, { ...card, expiry: wrong });
    expect([status, body.code]).toEqual([422, 'invalid-request']);
  }
});

test("another payer's card, an unknown one and a malformed id are all not there", async () => {
  const foreign = (await api.member()).cardId;
  for (const id of [foreign, randomUUID(), 'x']) {
    expect((await payer.call('GET', `/v1/cards/${id}`)).status).toBe(404);
    expect((await payer.call('PATCH', `/v1/cards/${id}`, { isDefault: true })).status).toBe(404);
    expect((await payer.call('DELETE', `/v1/cards/${id}`)).status).toBe(404);
  }
  expect(await defaultsOf(payer)).toEqual([payer.cardId]);
});

test('the first card is the default, another becomes it on request, and a removal passes it on', async () => {
  const member = await cardless();
  expect(await cardsOf(member)).toEqual([]);
  const [first, second, third] = [await idOf(member), await idOf(member), await idOf(member)];
  expect(await defaultsOf(member)).toEqual([first]);
  const chosen = await member.call('PATCH', `/v1/cards/${second}`, { isDefault: true });
  expect([chosen.status, chosen.body.isDefault]).toEqual([200, true]);
  expect(await defaultsOf(member)).toEqual([second]);
  await member.call('DELETE', `/v1/cards/${second}`);
  expect(await defaultsOf(member)).toEqual([third]); // the newest of those that are left
  await member.call('DELETE', `/v1/cards/${first}`);
  expect(await defaultsOf(member)).toEqual([third]);
  await member.call('DELETE', `/v1/cards/${third}`);
  expect(await cardsOf(member)).toEqual([]);
  expect(await defaultsOf(member)).toEqual([]);
});

test('a card that comes back does not take the default away', async () => {
  const member = await cardless();
  const card = newCard();
  const first = await idOf(member, card);
  const second = await idOf(member);
  await member.call('DELETE', `/v1/cards/${first}`);
  expect(await idOf(member, card)).toBe(first);
  expect(await defaultsOf(member)).toEqual([second]);
});

test('registrations, choices and removals at once leave exactly one default', async () => {
  const member = await cardless();
  await Promise.all(Array.from({ length: 6 }, () => idOf(member)));
  expect(await defaultsOf(member)).toHaveLength(1);
  const cards = await cardsOf(member);
  await Promise.all(
    cards.map(({ id }, index) =>
      index % 2
        ? member.call('PATCH', `/v1/cards/${id}`, { isDefault: true })
        : member.call('DELETE', `/v1/cards/${id}`),
    ),
  );
  expect(await cardsOf(member)).toHaveLength(3);
  expect(await defaultsOf(member)).toHaveLength(1);
});

test('the database refuses a second default, and a default that was removed', async () => {
  const id = await idOf(payer);
  const card = api.deps.db('cards').where({ id });
  await expect(card.clone().update({ is_default: true })).rejects.toThrow('cards_one_default');
  const removed = api.deps.db('cards').where({ id: payer.cardId }).update({ deleted_at: new Date() });
  await expect(removed).rejects.toThrow('cards_default_lives');
});

test('a card has the name that its payer gives it, or none', async () => {
  const path = `/v1/cards/${payer.cardId}`;
  expect((await payer.call('PATCH', path, { nickname: ' 월급 카드 ' })).body.nickname).toBe('월급 카드');
  expect((await payer.call('PATCH', path, { isDefault: true })).body.nickname).toBe('월급 카드');
  expect((await payer.call('PATCH', path, { nickname: null })).body.nickname).toBeNull();
});

test.each<[string, object]>([
  ['nothing', {}],
  ['an empty name', { nickname: ' ' }],
  ['a long name', { nickname: '가'.repeat(21) }],
  ['a phone number for a name', { nickname: '010-1234-5678' }],
  ['no default', { isDefault: false }],
  ['a field that is not there', { issuer: '신한카드' }],
])('a change to %s is refused in words', async (_what, change) => {
  const { status, body } = await payer.call('PATCH', `/v1/cards/${payer.cardId}`, change, { 'accept-language': 'ko' });
  expect([status, body.code]).toEqual([422, 'invalid-request']);
  for (const { message } of body.errors as { message: string }[]) expect(message).toMatch(/[가-힣]/);
  expect(await defaultsOf(payer)).toEqual([payer.cardId]);
});

test("another payer's billing key is refused, and operators hear of it without the key", async () => {
  const card = newCard();
  const id = await idOf(payer, card);
  const stranger = await api.member();
  const { status, body } = await register(stranger, card);
  expect([status, body.code, body.retryable]).toEqual([409, 'card-of-another', false]);
  expect(JSON.stringify(body)).not.toContain(payer.userId);
  expect(await cardsOf(stranger)).toHaveLength(1);
  const tasks = await api.deps
    .db('operator_tasks')
    .whereNull('closed_at')
    .select('deal_id', 'severity', 'reason', 'detail');
  expect(tasks).toEqual([
    { deal_id: null, severity: 'task', reason: 'card-of-another', detail: expect.stringContaining(stranger.userId) },
  ]);
  expect(tasks[0].detail).toContain(id);
  expect(tasks[0].detail + api.logged.join('')).not.toContain(card.billingKey);
});

test('operators see everyone who tried to register a card of another, each once, in the one task', async () => {
  const [mine, other] = [newCard(), newCard()];
  const owned = [await idOf(payer, mine), await idOf(payer, other)];
  const strangers = [await api.member(), await api.member()];
  for (const stranger of strangers)
    for (const card of [mine, other, mine]) expect((await register(stranger, card)).status).toBe(409);
  const where = { reason: 'card-of-another', closed_at: null };
  const [{ detail }, ...others] = await api.deps.db('operator_tasks').where(where).select('detail');
  expect(others).toEqual([]);
  for (const { userId } of strangers) {
    for (const cardId of owned) {
      const tries = detail.split('; ').filter((one: string) => one.includes(userId) && one.includes(cardId));
      expect(tries).toHaveLength(1);
    }
  }
});

test('of two payers who register one card at once, one gets it', async () => {
  for (let n = 0; n < 5; n++) {
    const [card, others] = [newCard(), await Promise.all([api.member(), api.member()])];
    const statuses = (await Promise.all(others.map((member) => register(member, card)))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 409]);
  }
});

test('a card that its payer removed, or whose payer left, is free for another', async () => {
  const card = newCard();
  await payer.call('DELETE', `/v1/cards/${await idOf(payer, card)}`);
  const stranger = await api.member();
  expect((await register(stranger, card)).status).toBe(201);
  expect((await register(payer, card)).body.code).toBe('card-of-another');
});

test('the database refuses one living billing key of two payers', async () => {
  const { db } = api.deps;
  const { billing_key_hash } = await db('cards').where({ id: payer.cardId }).first();
  const { cardId } = await api.member();
  await expect(db('cards').where({ id: cardId }).update({ billing_key_hash })).rejects.toThrow('cards_one_payer');
});

test('whoever has left registers no card', async () => {
  await api.deps.db('users').where({ id: payer.userId }).update({ deleted_at: new Date() });
  expect((await register(payer)).status).toBe(401);
});

test.each([
  ['신한카드', '신한카드'],
  [' 신한 ', '신한카드'],
  ['shinhan card', '신한카드'],
  ['Shinhan', '신한카드'],
  ['ＢＣ카드', 'BC카드'],
  ['비씨카드', 'BC카드'],
  ['현대카드'.normalize('NFD'), '현대카드'],
])('%s is the issuer %s', (given, issuer) => {
  expect(issuerNamed(given)).toBe(issuer);
});

test('each issuer has a name in both languages, and no name means two of them', () => {
  expect(ISSUER_NAMES.length).toBeGreaterThan(20);
  for (const name of ISSUER_NAMES) {
    const { ko, en } = issuerWords(name);
    expect([issuerNamed(ko), issuerNamed(en)]).toEqual([name, name]);
    expect(en).toMatch(/^[A-Za-z ]+$/);
  }
});

test.each(['x', 'Second', '카드', '신한은행카드사', 'constructor'])(
  'the issuer %s is refused in words',
  async (issuer) => {
    const { status, body } = await payer.call('POST', '/v1/cards', newCard({ issuer }), { 'accept-language': 'ko' });
    expect([status, body.code]).toEqual([422, 'invalid-request']);
    expect(body.errors).toMatchObject([{ path: 'issuer', message: expect.stringContaining('카드사') }]);
  },
);
