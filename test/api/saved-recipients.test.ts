/** The recipients that a payer has: read, named, favoured and removed by their payer alone. */
import { randomUUID } from 'node:crypto';
import { placeOf } from '../../db/encrypted-columns';
import { type BareApi, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi();
});
beforeEach(async () => {
  payer = await api.member();
});
afterAll(() => api.stop());

const at = (id: string, rest = '') => `/v1/recipients/${id}${rest}`;
const favor = (id: string, body?: object) => payer.call('PUT', at(id, '/favorite'), body);

/** One more verified recipient of the payer. */
async function another(): Promise<string> {
  const id = randomUUID();
  await api.deps.db('bank_accounts').insert({
    ...{
      id,
      user_id: payer.userId,
      bank_code: '088',
      account_hash: id,
      account_last4: '5678',
      verified_at: new Date(),
    },
    account_number_encrypted: await api.deps.keys.encrypt('11012345678', placeOf('accountNumber', id)),
    holder_name_encrypted: await api.deps.keys.encrypt('이수취', placeOf('holderName', id)),
  });
  return id;
}

async function listed(query = ''): Promise<string[]> {
  const { status, body } = await payer.call('GET', `/v1/recipients${query}`);
  expect(status).toBe(200);
  return (body.items as { id: string }[]).map(({ id }) => id);
}

test('a recipient is read with its names, by its payer alone', async () => {
  const { status, body } = await payer.call('GET', at(payer.recipientId));
  expect([status, body]).toEqual([
    200,
    {
      ...{ id: payer.recipientId, bankCode: '088', bankName: '신한은행', accountLast4: '1234', holderName: '김수취' },
      ...{ nickname: null, favorite: false, verified: true, createdAt: expect.any(String) },
    },
  ]);
  const stranger = await api.member();
  expect((await stranger.call('GET', at(payer.recipientId))).status).toBe(404);
});

test('a nickname is kept encrypted, shown, changed and taken away', async () => {
  const name = (nickname: unknown) => payer.call('PATCH', at(payer.recipientId), { nickname });
  const named = await name(' 집주인 ');
  expect([named.status, named.body.nickname]).toEqual([200, '집주인']);
  const row = await api.deps.db('bank_accounts').where({ id: payer.recipientId }).first();
  expect(JSON.stringify(row)).not.toContain('집주인');
  expect((await name('우리 집')).body.nickname).toBe('우리 집');
  expect((await name(null)).body.nickname).toBeNull();
  expect((await payer.call('GET', at(payer.recipientId))).body.nickname).toBeNull();
});

test.each(['', '010-1234-5678', 'kim@example.com', 'a'.repeat(31), 7])('%j is no nickname', async (nickname) => {
  const { status, body } = await payer.call('PATCH', at(payer.recipientId), { nickname });
  expect([status, body.code]).toEqual([422, 'invalid-request']);
});

test('what is another’s, unknown or not verified can be neither read, named, favoured nor removed', async () => {
  const stranger = await api.member();
  const unverified = await another();
  await api.deps.db('bank_accounts').where({ id: unverified }).update({ verified_at: null });
  for (const id of [stranger.recipientId, randomUUID(), unverified, 'x']) {
    const asked = [
      payer.call('GET', at(id)),
      payer.call('PATCH', at(id), { nickname: '집주인' }),
      payer.call('DELETE', at(id)),
      favor(id),
      payer.call('DELETE', at(id, '/favorite')),
    ];
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  }
  expect((await stranger.call('GET', at(stranger.recipientId))).body.nickname).toBeNull();
});

test('favourites are in the payer’s own order, marked in the list, and it can be narrowed to them or to the others', async () => {
  const [a, b, c] = [payer.recipientId, await another(), await another()];
  for (const id of [a, b, c]) expect((await favor(id)).status).toBe(204);
  expect(await listed('?favorite=true')).toEqual([a, b, c]);
  await favor(c, { position: 1 });
  await favor(a); // it keeps its place
  expect(await listed('?favorite=true')).toEqual([c, a, b]);
  await favor(c, { position: 99 });
  expect(await listed('?favorite=true')).toEqual([a, b, c]);
  expect((await payer.call('DELETE', at(b, '/favorite'))).status).toBe(204);
  expect((await payer.call('DELETE', at(b, '/favorite'))).status).toBe(404);
  expect(await listed('?favorite=true')).toEqual([a, c]);
  expect(await listed('?favorite=false')).toEqual([b]);
  expect((await listed()).toSorted()).toEqual([a, b, c].toSorted());
  const { body } = await payer.call('GET', at(c));
  expect(body.favorite).toBe(true);
  await favor(b);
  expect(await listed('?favorite=true')).toEqual([a, c, b]);
});

test('favourites come in pages', async () => {
  const ids = [payer.recipientId, await another(), await another()];
  for (const id of ids) await favor(id);
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await payer.call('GET', `/v1/recipients?favorite=true&limit=1${cursor}`);
    seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(seen).toEqual(ids);
});

test('the next page of favourites comes although the last one that was seen is none any more', async () => {
  const ids = [payer.recipientId, await another(), await another()];
  for (const id of ids) await favor(id);
  const { body } = await payer.call('GET', '/v1/recipients?favorite=true&limit=1');
  expect((await payer.call('DELETE', at(ids[0] as string, '/favorite'))).status).toBe(204);
  expect(await listed(`?favorite=true&cursor=${body.nextCursor}`)).toEqual(ids.slice(1));
});

test('a cursor of one list is none of the other', async () => {
  for (const id of [payer.recipientId, await another()]) await favor(id);
  for (const [one, other] of [
    ['?favorite=true', '?'],
    ['?', '?favorite=true'],
  ]) {
    const { body } = await payer.call('GET', `/v1/recipients${one}&limit=1`);
    const refused = await payer.call('GET', `/v1/recipients${other}&cursor=${body.nextCursor}`);
    expect([refused.status, refused.body.errors]).toMatchObject([422, [{ path: 'cursor' }]]);
  }
});

test('favoured many times at once, each recipient has one place', async () => {
  const ids = [payer.recipientId, await another(), await another()];
  const answers = await Promise.all([...ids, ...ids, ...ids].map((id) => favor(id)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
  expect((await listed('?favorite=true')).toSorted()).toEqual(ids.toSorted());
});

test.each([0, -1, 1.5, '1', 10_001])('%j is no place among favourites', async (position) => {
  expect((await favor(payer.recipientId, { position })).status).toBe(422);
});

test('a removed recipient is in no list, is no favourite, and gets no new deal; a deal that it has keeps it', async () => {
  const quote = { recipientId: payer.recipientId, principal: 10_000, purpose: '월세' };
  const deal = await payer.post('/v1/deals', quote);
  await favor(payer.recipientId);
  const other = await another();
  expect((await payer.call('DELETE', at(payer.recipientId))).status).toBe(204);
  expect(await listed()).toEqual([other]);
  expect(await listed('?favorite=true')).toEqual([]);
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['PUT', '/favorite'],
  ] as const)
    expect((await payer.call(method, at(payer.recipientId, path))).status).toBe(404);
  expect((await payer.post('/v1/deals', quote)).status).toBe(404);
  expect((await payer.call('GET', `/v1/deals/${deal.body.id}`)).body).toMatchObject({ recipientId: payer.recipientId });
});

test('the database lets a payer favour no recipient of another', async () => {
  const stranger = await api.member();
  const stolen = { user_id: payer.userId, bank_account_id: stranger.recipientId, position: 1 };
  await expect(api.deps.db('favorite_accounts').insert(stolen)).rejects.toThrow('foreign key');
});
