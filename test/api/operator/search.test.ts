/** Search by any key: exact, over all payers, and told to nobody's log. */
import { randomUUID } from 'node:crypto';
import { RATE_LIMITS } from '../../../api/deps';
import { CANARY_BANK, type Canary, insertCanary } from '../../fixtures/canary';
import { type BareApi, type LoggedInOperator, startBareApi } from '../bare-api';

let api: BareApi;
let viewer: LoggedInOperator;
let canary: Canary;
beforeAll(async () => {
  api = await startBareApi();
  viewer = await api.operator('viewer');
  canary = await insertCanary(api);
  await insertCanary(api); // somebody else
});
afterAll(() => api.stop());

interface Found {
  readonly items: { kind: string; id: string; foundBy: string; href: string; dealNo: string | null }[];
  readonly tried: string[];
}
async function search(q: string): Promise<Found> {
  const { status, body } = await viewer.call('POST', '/v1/admin/search', { q });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as unknown as Found;
}

const cardOf = async () =>
  (await api.deps.db('cards').where({ id: canary.cardId }).first('masked_number')).masked_number;
const spaced = (phone: string): string => `${phone.slice(0, 3)}-${phone.slice(3, 7)}-${phone.slice(7)}`;

const KEYS: Readonly<Record<string, () => string | Promise<string>>> = {
  'the number of its deal': () => canary.dealNo.toLowerCase(),
  'the id of its deal': () => canary.dealId.toUpperCase(),
  'an orderId': () => canary.orderId,
  'a paymentKey': () => canary.paymentKey,
  'the reference of a transfer': () => canary.reference,
  'the key of a refund': () => canary.refundKey,
  'the case of a chargeback': () => canary.caseNo,
  'the id of a webhook': () => canary.eventId,
  'the id of a transfer': () => canary.transferId,
};
const PERSONAL: typeof KEYS = {
  'the id of the member': () => canary.userId,
  'a phone': () => canary.secrets.phone,
  'a phone as people write it': () => spaced(canary.secrets.phone),
  'a phone from abroad': () => `+82 ${canary.secrets.phone.slice(1)}`,
  'an e-mail': () => canary.secrets.email.toUpperCase(),
  'an account': () => canary.secrets.account,
  'an account with its bank': () => `${CANARY_BANK} ${canary.secrets.account}`,
  'the digits of a card that are shown': cardOf,
  'the same digits alone': async () => (await cardOf()).replace(/\*/g, ''),
};

test.each(Object.entries(KEYS))('%s finds the deal, and nothing else', async (_, keyOf) => {
  const { items } = await search(await keyOf());
  expect(items.map(({ href }) => href)).toEqual([`/v1/admin/deals/${canary.dealId}`]);
  expect(items[0]?.dealNo).toBe(canary.dealNo);
});

test.each(Object.entries(PERSONAL))('%s finds the member, and nothing else', async (_, keyOf) => {
  const { items } = await search(await keyOf());
  expect(items.map(({ href }) => href)).toEqual([`/v1/admin/members/${canary.userId}`]);
});

test('an account at another bank is another account', async () => {
  expect((await search(`092 ${canary.secrets.account}`)).items).toEqual([]);
});

test('a part of a key finds nothing, and the answer says what it was taken for', async () => {
  const { items, tried } = await search(canary.paymentKey.slice(0, -1));
  expect(items).toEqual([]);
  expect(tried).toEqual(expect.arrayContaining(['payment-key', 'order-id', 'deal-no', 'webhook-id']));
  expect((await search(canary.secrets.phone)).tried).toEqual(expect.arrayContaining(['phone', 'account']));
});

test('the request that a payer quotes finds the deal that it was about', async () => {
  const payer = await api.member();
  const quote = await payer.post('/v1/deals', { recipientId: payer.recipientId, principal: 10_000, purpose: '월세' });
  const requestId = randomUUID();
  await payer.post(`/v1/deals/${quote.body.id}/cancel`, {}, randomUUID(), { 'x-request-id': requestId });
  const { items } = await search(requestId);
  expect(items.map(({ foundBy, href }) => [foundBy, href])).toEqual([
    ['request-id', `/v1/admin/deals/${quote.body.id}`],
  ]);
});

test('a member who left is found by the phone while it is kept', async () => {
  const gone = await insertCanary(api);
  await api.deps.db('users').where({ id: gone.userId }).update({ deleted_at: new Date() });
  const { items } = await search(gone.secrets.phone);
  expect(items.map(({ id }) => id)).toEqual([gone.userId]);
});

test('what was sought is in no log and in no answer', async () => {
  await search(canary.secrets.email);
  const { items } = await search(canary.secrets.account);
  expect(JSON.stringify(items)).not.toContain(canary.secrets.account);
  const logged = api.logged.join('');
  for (const secret of [canary.secrets.email, canary.secrets.account, canary.secrets.phone])
    expect(logged).not.toContain(secret);
});

test('who looks for a person is audited: by which kind of key and how many were found, never what was sought', async () => {
  const log = () => api.deps.db('admin_audit_logs').where({ action: 'search' }).orderBy('seq');
  const before = (await log().pluck('seq')).length;
  await search(canary.dealNo);
  await search(canary.secrets.email);
  await search('010-0000-0000');
  const added = (await log()).slice(before);
  expect(added.map(({ after }) => after.hits)).toEqual([{ email: 1 }, { phone: 0, account: 0 }]);
  expect(JSON.stringify(added)).not.toMatch(/0000-0000|01000000000|@/);
});

test('who tries one phone after the other is stopped; other keys are looked for as ever', async () => {
  const limits = { ...RATE_LIMITS, personalSearchesPerOperator: { points: 1, durationS: 60 } };
  const limited = await startBareApi({ limits });
  try {
    const { call } = await limited.operator('viewer');
    const look = (q: string) => call('POST', '/v1/admin/search', { q });
    expect((await look('01012340001')).status).toBe(200);
    expect((await look('01012340002')).body).toMatchObject({ code: 'too-many-requests', limit: 'personal-searches' });
    expect((await look(canary.dealNo)).status).toBe(200);
  } finally {
    await limited.stop();
  }
});

test('a card number is not looked for: it is refused as everywhere', async () => {
  const { status, body } = await viewer.call('POST', '/v1/admin/search', { q: '4111 1111 1111 1111' });
  expect([status, body.code]).toEqual([422, 'card-number-refused']);
});
