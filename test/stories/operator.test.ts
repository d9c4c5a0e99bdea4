import { expectMoneyBalanced } from '../fixtures/balance';
import { BY, runBatch } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { prepareDeal, REVIEWED, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

/** A deal held for review: the payer is new and the amount is high. */
const heldDeal = () => waitingDeal(house, 'risk-review', { principal: REVIEWED });

test('a new member’s high amount is charged and held; released by an operator, it is paid out', async () => {
  const story = await prepareDeal(house, { principal: REVIEWED });
  const { payer, id, dealNo, operator } = story;
  const confirmed = await payer.confirm(id, story.cardId);
  expect([confirmed.status, confirmed.body.status]).toEqual([200, 'PAID']);
  await story.waits('risk-review');
  await operator.release();
  await payer.waitForStatus(id, 'COMPLETED');
  const kept = await house.db('deal_events').where({ deal_id: id, actor: BY.actor }).pluck('note');
  expect(kept.join()).toContain(BY.reason);
  await expectMoneyBalanced(house, dealNo);
});

test('a held deal refunded by an operator gives everything back and transfers nothing', async () => {
  const { payer, id, dealNo, operator } = await heldDeal();
  await operator.refund();
  expect((await payer.waitForStatus(id, 'REFUNDED')).transfers).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test('a deal held for too long is refunded with the cause hold-expired', async () => {
  const impatient = await startHouse({ policy: { holdMs: 1_500 } });
  try {
    const { payer, id, dealNo, cardId } = await prepareDeal(impatient, { principal: REVIEWED });
    expect((await payer.confirm(id, cardId)).status).toBe(200);
    await payer.waitForStatus(id, 'REFUNDED');
    expect((await payer.timeline(id)).at(-1)).toMatchObject({ from: 'PAID', to: 'REFUNDED', cause: 'hold-expired' });
    await expectMoneyBalanced(impatient, dealNo);
  } finally {
    await impatient.stop();
  }
});

test('an operator’s order that does not fit the deal is refused and changes nothing', async () => {
  const { payer, id, dealNo, operator } = await heldDeal();
  await expect(operator.retryTransfer()).rejects.toThrow();
  await expect(operator.correctAccount(await payer.addRecipient())).rejects.toThrow();
  expect(await payer.deal(id)).toMatchObject({ status: 'PAID', waiting: { reason: 'risk-review' } });
  await operator.refund();
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
});

/** A deal whose three tries in line failed for a moment each. */
const failedDeal = () => waitingDeal(house, 'retry-due', { account: '0208' });

test('"retry now" is one attempt under a new reference', async () => {
  const { payer, id, dealNo, operator, waits } = await failedDeal();
  await operator.retryTransfer();
  const deal = await payer.waitForTransfers(id, 4);
  expect(deal.transfers.at(-1)).toMatchObject({ attempt: 4, reference: `${dealNo}-T4`, status: 'FAILED' });
  await waits('retry-due');
  await operator.refund();
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
});

test('the retry batch gives every waiting deal one attempt, and other deals none', async () => {
  const waiting = await failedDeal();
  const held = await heldDeal();
  await runBatch(house, 'transferRetryWorkflow');
  await waiting.payer.waitForStatus(waiting.id, 'TRANSFER_FAILED');
  const deal = await waiting.payer.waitForTransfers(waiting.id, 4);
  expect(deal.transfers).toHaveLength(4);
  expect(await held.payer.deal(held.id)).toMatchObject({ status: 'PAID', transfers: [] });
  await waiting.waits('retry-due');
  for (const { id, payer, dealNo, operator } of [waiting, held]) {
    await operator.refund();
    await payer.waitForStatus(id, 'REFUNDED');
    await expectMoneyBalanced(house, dealNo);
  }
});

test('a transfer that failed is paid to a corrected account of the same payer', async () => {
  const { payer, id, dealNo, operator } = await failedDeal();
  const stranger = await house.payer();
  await expect(operator.correctAccount(await stranger.addRecipient())).rejects.toThrow();
  await operator.correctAccount(await payer.addRecipient());
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('money that came back is paid to a corrected account, and never re-sent to the old one', async () => {
  const { payer, id, dealNo, operator } = await waitingDeal(house, 'operator-needed', { account: '0209' });
  await expect(operator.retryTransfer()).rejects.toThrow();
  await runBatch(house, 'transferRetryWorkflow');
  expect((await payer.deal(id)).transfers).toHaveLength(1);
  await operator.correctAccount(await payer.addRecipient());
  const deal = await payer.waitForStatus(id, 'COMPLETED');
  expect(deal.transfers.map(({ status }) => status)).toEqual(['RETURNED', 'COMPLETED']);
  await expectMoneyBalanced(house, dealNo);
});

test('a late charge that was given back keeps no other account from being paid', async () => {
  const story = await prepareDeal(house, { account: '0208' });
  const { payer, id, dealNo, operator } = story;
  const match = { path: '/billing/payment', orderId: `${dealNo}-1` };
  await house.sandboxes.softpayment.setFaults({ fault: 'late-success', match, times: 1 });
  expect((await payer.confirm(id, story.cardId)).status).toBe(402);
  await poll(
    () => payer.deal(id),
    ({ payments }) => payments[0]?.status === 'REFUNDED',
    { what: 'the late charge is given back' },
  );
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await story.waits('retry-due');
  await operator.correctAccount(await payer.addRecipient());
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
});
