/** What a payer sees of whole deals while they go on, and when they are over. */
import { movesOf } from '../fixtures/event-stream';
import { accountEnding, cardEnding } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: NO_ANSWERS });
});
afterAll(() => house.stop());

test('one stream tells every edge of all deals, and each that was charged has its receipt', async () => {
  const payer = await house.payer();
  const stream = await payer.listen();
  await stream.until(({ event }) => event === 'ready');
  const [open, closed, card] = await Promise.all([
    payer.addRecipient(),
    payer.addRecipient(accountEnding('0202')),
    payer.registerCard(cardEnding('1234')),
  ]);
  const [paid, refunded, quote] = [
    await payer.createDeal(open, 100_000),
    await payer.createDeal(closed, 200_000),
    await payer.createDeal(open, 300_000),
  ];
  await Promise.all([paid, refunded].map(({ id }) => payer.confirm(id, card)));
  await stream.until(({ data }) => data.id === paid.id && data.status === 'COMPLETED');
  await stream.until(({ data }) => data.id === refunded.id && data.status === 'REFUNDED');
  stream.leave();
  expect(movesOf(stream, paid.id)).toEqual(['PENDING', 'PAID', 'TRANSFERRING', 'COMPLETED']);
  expect(movesOf(stream, refunded.id)).toEqual(['PENDING', 'PAID', 'TRANSFERRING', 'TRANSFER_FAILED', 'REFUNDED']);
  expect(movesOf(stream, quote.id)).toEqual(['PENDING']);

  const receiptOf = ({ id }: { id: string }) => payer.call('GET', `/v1/deals/${id}/receipt`);
  expect((await receiptOf(paid)).body).toMatchObject({
    ...{ status: 'COMPLETED', principal: 100_000, fee: 3_000, total: 103_000, paid: 103_000, refunds: [] },
    charges: [{ status: 'PAID', amount: 103_000, refundedAmount: 0, card: { issuer: { ko: '신한카드' } } }],
    transfer: { status: 'COMPLETED', amount: 100_000 },
  });
  expect((await receiptOf(refunded)).body).toMatchObject({
    ...{ status: 'REFUNDED', principal: 200_000, total: 206_000, paid: 0 },
    charges: [{ status: 'REFUNDED', amount: 206_000, refundedAmount: 206_000 }],
    refunds: [{ status: 'DONE', amount: 206_000, principal: 200_000, fee: 6_000 }],
    transfer: { status: 'FAILED', amount: 200_000 },
  });
  expect([(await receiptOf(quote)).status, (await receiptOf(quote)).body.code]).toEqual([409, 'not-charged']);
  const { totals } = (await payer.call('GET', '/v1/deals?status=COMPLETED&status=REFUNDED')).body;
  expect(totals).toEqual({ count: 2, principal: 300_000, fee: 9_000, total: 309_000 });
});
