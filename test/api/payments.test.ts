/** A payer's own charge attempts and transfers, by their ids. */
import { randomUUID } from 'node:crypto';
import { insertDeal, insertPayment, insertTransfer } from '../fixtures/rows';
import { type BareApi, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
let dealId: string;
beforeAll(async () => {
  api = await startBareApi();
  payer = await api.member();
  dealId = await insertDeal(api.deps.db, payer);
  const charged = { status: 'PAID', payment_key: `k-${randomUUID()}`, approved_at: new Date() };
  await insertPayment(api.deps.db, payer, dealId, charged);
  await insertTransfer(api.deps.db, payer, dealId, { status: 'COMPLETED', decided_at: new Date(), code: '0000' });
});
afterAll(() => api.stop());

const legs = async () => {
  const { body } = await payer.call('GET', `/v1/deals/${dealId}`);
  return { payments: body.payments as { id: string }[], transfers: body.transfers as { id: string }[] };
};

test('a payment and a transfer are read by the ids that their deal tells', async () => {
  const { payments, transfers } = await legs();
  const payment = await payer.call('GET', `/v1/payments/${payments[0]?.id}`);
  expect(payment.status).toBe(200);
  expect(payment.body).toMatchObject({ ...payments[0], dealId, approvedAt: expect.any(String) });
  const transfer = await payer.call('GET', `/v1/transfers/${transfers[0]?.id}`);
  expect(transfer.status).toBe(200);
  expect(transfer.body).toMatchObject({ ...transfers[0], dealId, recipientId: payer.recipientId });
});

test("another payer's, an unknown one and a malformed id are all not there", async () => {
  const { payments, transfers } = await legs();
  const stranger = await api.member();
  for (const id of [payments[0]?.id, transfers[0]?.id, dealId, randomUUID(), 'x'])
    for (const path of [`/v1/payments/${id}`, `/v1/transfers/${id}`])
      expect((await stranger.call('GET', path)).status).toBe(404);
  expect((await payer.call('GET', `/v1/payments/${transfers[0]?.id}`)).status).toBe(404);
});
