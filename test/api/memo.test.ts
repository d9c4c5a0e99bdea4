/** What the recipient's statement will show is decided when the deal is made, and stays. */
import { placeOf } from '../../db/encrypted-columns';
import { type BareApi, MEMBER_NAME, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi();
});
beforeEach(async () => {
  payer = await api.member();
});
afterAll(() => api.stop());

const create = (memo?: unknown, headers = {}) =>
  payer.post(
    '/v1/deals',
    { recipientId: payer.recipientId, principal: 10_000, purpose: '월세', memo },
    undefined,
    headers,
  );
const rowOf = (id: unknown) => api.deps.db('deals').where({ id }).first('memo_encrypted', 'memo_changed');

/** The memo as a worker reads it, and whether the payer chose it. */
async function kept({ status, body }: Awaited<ReturnType<typeof create>>): Promise<[string, boolean]> {
  expect(status).toBe(201);
  const row = await rowOf(body.id);
  return [await api.deps.keys.decrypt(row.memo_encrypted, placeOf('memo', String(body.id))), row.memo_changed];
}
const call = (name: string) => payer.call('PATCH', '/v1/users/me', { name });

test('without a wish it is the payer’s name of that moment', async () => {
  const first = await create();
  await call('새이름');
  expect(await kept(first)).toEqual([MEMBER_NAME, false]);
  expect(await kept(await create())).toEqual(['새이름', false]);
});

test('a wish is kept, composed, its spaces made one, and marked as the payer’s; the name itself is no wish', async () => {
  expect(await kept(await create('10월  월세'.normalize('NFD')))).toEqual(['10월 월세', true]);
  expect(await kept(await create(MEMBER_NAME))).toEqual([MEMBER_NAME, false]);
});

test.each([
  ['가나다라마바사', 201],
  ['가나다라마바사아', 422],
  ['abcdefghijklmn', 201],
  ['abcdefghijklmno', 422],
  ['가나다라마바ab', 201],
  ['가나다라마바abc', 422],
])('seven full-width characters are its width: "%s" is %i', async (memo, status) => {
  expect((await create(memo)).status).toBe(status);
});

test.each(['월세😀', '똠방', ' ', '', 7, null])('%j is no memo', async (memo) => {
  const { status, body } = await create(memo);
  expect([status, body.code, body.errors]).toMatchObject([
    422,
    'invalid-request',
    [{ path: 'memo', message: expect.any(String) }],
  ]);
});

test('the width and the characters are refused in words', async () => {
  const wide = await create('가나다라마바사아', { 'accept-language': 'ko' });
  expect(wide.body.errors).toMatchObject([{ path: 'memo', message: expect.stringContaining('한글 7자') }]);
  const emoji = await create('월세😀', { 'accept-language': 'en' });
  expect(emoji.body.errors).toMatchObject([
    { path: 'memo', message: expect.stringContaining('Korean, English or digits') },
  ]);
});

test.each(['국 세 청', 'KB국민은행', '씨발'])('"%s" is refused, in words, and no deal is made', async (memo) => {
  const count = () => api.deps.db('deals').where({ user_id: payer.userId }).count();
  const before = await count();
  const { status, body } = await create(memo, { 'accept-language': 'ko' });
  expect([status, body.code, body.detail]).toEqual([422, 'memo-refused', expect.stringContaining('기관·은행')]);
  expect(JSON.stringify(body)).not.toContain(memo);
  expect(await count()).toEqual(before);
});

test('a payer who is called like an office is shown as PLIC, and may not wish for that name', async () => {
  await call('금융감독원');
  expect(await kept(await create())).toEqual(['PLIC', false]);
  expect((await create('금융감독원')).body.code).toBe('memo-refused');
});

test('it is in no answer, stored or not, and in no line of the log', async () => {
  const { body } = await create('비밀스런말');
  const stored = await api.deps.db('idempotency_keys').where({ user_id: payer.userId });
  const list = await payer.call('GET', '/v1/deals');
  expect(JSON.stringify([body, stored, list.body, api.logged])).not.toContain('비밀스런말');
});

test('nobody changes it afterwards, in the database either', async () => {
  const { body } = await create();
  const change = (more: object) => api.deps.db('deals').where({ id: body.id }).update(more);
  await expect(change({ memo_encrypted: 'v1.a.b.c.d' })).rejects.toThrow('the memo is frozen');
  await expect(change({ memo_changed: true })).rejects.toThrow('the memo is frozen');
});
