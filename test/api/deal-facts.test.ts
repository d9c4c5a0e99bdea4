/** What a deal tells its payer beside its course: whom it pays, with which card, what for, and when it ended. */
import { insertPayment, insertRefund, moveDeal } from '../fixtures/rows';
import { type BareApi, dealOf, type Member, otherCardOf, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
let id: string;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
  id = await dealOf(payer);
});

const read = async (dealId = id) => (await payer.call('GET', `/v1/deals/${dealId}`)).body;
const change = (columns: object) => api.deps.db('deals').where({ id }).update(columns);
const charged = (more: object = {}) =>
  insertPayment(api.deps.db, payer, id, { status: 'PAID', payment_key: `pay_${id}`, ...more });
const move = async (...states: string[]) => {
  for (const state of states) await moveDeal(api.deps.db, id, state);
};

test('a deal names its recipient, of the account the last four digits only', async () => {
  const recipient = {
    id: payer.recipientId,
    bankCode: '088',
    bankName: { ko: '신한은행', en: 'Shinhan Bank' },
    accountMasked: '****1234',
    holderName: '김수취',
  };
  expect(await read()).toMatchObject({ recipientId: payer.recipientId, recipient, feeBps: 300 });
  await api.deps.db('bank_accounts').where({ id: payer.recipientId }).update({ deleted_at: new Date() });
  expect((await read()).recipient).toEqual(recipient); // a deal knows whom it paid
});

test('a deal has the category that its payer chose, and other when none was chosen', async () => {
  const make = (more: object) =>
    payer.post('/v1/deals', { recipientId: payer.recipientId, principal: 10_000, purpose: '월세', ...more });
  for (const category of ['rent', 'tuition', 'car', 'personal', 'other']) {
    const { status, body } = await make({ category });
    expect([status, body.category, (await read(String(body.id))).category]).toEqual([201, category, category]);
  }
  expect((await make({})).body.category).toBe('other');
  for (const category of ['', 'RENT', 'gift', 1, null, ['rent']]) {
    const { status, body } = await make({ category });
    expect([status, body.errors]).toMatchObject([422, [{ path: 'category', message: expect.any(String) }]]);
  }
});

test('a deal has no card until one is being charged, then that one; a declined card is none of its own', async () => {
  expect((await read()).card).toBeNull();
  const otherCard = await otherCardOf(payer);
  await insertPayment(api.deps.db, payer, id, { card_id: otherCard, status: 'FAILED', decline_code: 'x' });
  expect((await read()).card).toBeNull();
  await insertPayment(api.deps.db, payer, id, { attempt: 2 });
  const own = { id: payer.cardId, maskedNumber: '411111******1111', issuer: 'Card', nickname: null };
  expect((await read()).card).toEqual(own);
  // What was charged late beside it is given back.
  await api.deps
    .db('payments')
    .where({ attempt: 1, deal_id: id })
    .update({
      status: 'PAID',
      payment_key: `late_${id}`,
      late: true,
    });
  expect((await read()).card).toEqual(own);
});

test('a deal tells when the recipient was paid, unless the bank gave the money back', async () => {
  expect((await read()).completedAt).toBeNull();
  await charged();
  await move('PAID', 'TRANSFERRING', 'COMPLETED');
  const completedAt = '2026-03-02T03:04:05.000Z';
  await change({ completed_at: completedAt });
  expect((await read()).completedAt).toBe(completedAt);
  await move('TRANSFER_FAILED');
  expect((await read()).completedAt).toBeNull();
});

test('a refund tells when it was done, and the day by which the card statement shows it', async () => {
  expect(await read()).toMatchObject({ refundedAt: null, statementBy: null });
  const paymentId = await charged();
  await move('PAID');
  await insertRefund(api.deps.db, id, paymentId);
  expect(await read()).toMatchObject({ refundedAt: null, statementBy: null });
  await api.deps
    .db('refunds')
    .where({ deal_id: id })
    .update({ status: 'DONE', decided_at: '2026-03-02T03:04:05Z', statement_by: '2026-03-11' });
  expect(await read()).toMatchObject({ refundedAt: '2026-03-02T03:04:05.000Z', statementBy: '2026-03-11' });
});

test('the refund of a late charge is not one of the deal', async () => {
  const paymentId = await charged({ late: true });
  await insertRefund(api.deps.db, id, paymentId, {
    status: 'DONE',
    decided_at: new Date(),
    statement_by: '2026-03-11',
  });
  expect(await read()).toMatchObject({ refundedAt: null, statementBy: null });
});

test('a list tells of each deal what the deal itself tells, in as many statements however long it is', async () => {
  const more = [await dealOf(payer), await dealOf(payer), await dealOf(payer)];
  await charged();
  await move('PAID');
  const statements: string[] = [];
  const hear = ({ sql }: { sql: string }) => void (sql.includes('deals') && statements.push(sql));
  api.deps.db.on('query', hear);
  const { items } = (await payer.call('GET', '/v1/deals')).body as { items: { id: string }[] };
  api.deps.db.removeListener('query', hear);
  expect(items.map((deal) => deal.id)).toEqual([...more.reverse(), id]);
  for (const deal of items) expect(deal).toEqual(await read(deal.id));
  expect(statements).toHaveLength(2); // the deals, and their sums
});
