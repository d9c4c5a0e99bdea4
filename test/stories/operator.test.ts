import { expectMoneyBalanced } from '../fixtures/balance';
import { BY, operatorOf, runBatch, workflowWaits } from '../fixtures/operator';
import { accountEnding } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 30_000 } });
});
afterAll(() => house.stop());

const HIGH_AMOUNT = 1_000_000;

/** A deal held for review: the payer is new and the amount is high. */
async function heldDeal(in_ = house) {
  const payer = await in_.payer();
  const deal = await payer.createDeal(await payer.addRecipient(), HIGH_AMOUNT);
  const confirmed = await payer.confirm(deal.id, await payer.registerCard());
  expect([confirmed.status, confirmed.body.status]).toEqual([200, 'PAID']);
  await payer.waitForWaiting(deal.id, 'risk-review');
  return { payer, ...deal };
}

test('a new member’s high amount is charged and held; released by an operator, it is paid out', async () => {
  const { payer, id, dealNo } = await heldDeal();
  await operatorOf(house, id).release();
  await payer.waitForStatus(id, 'COMPLETED');
  const kept = await house.db('deal_events').where({ deal_id: id, actor: BY.actor }).pluck('note');
  expect(kept.join()).toContain(BY.reason);
  await expectMoneyBalanced(house, dealNo);
});

test('a held deal refunded by an operator gives everything back and transfers nothing', async () => {
  const { payer, id, dealNo } = await heldDeal();
  await operatorOf(house, id).refund();
  expect((await payer.waitForStatus(id, 'REFUNDED')).transfers).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test('a deal held for too long is refunded with the cause hold-expired', async () => {
  const impatient = await startHouse({ policy: { holdMs: 1_500 } });
  try {
    const { payer, id, dealNo } = await heldDeal(impatient);
    await payer.waitForStatus(id, 'REFUNDED');
    expect((await payer.timeline(id)).at(-1)).toMatchObject({ from: 'PAID', to: 'REFUNDED', cause: 'hold-expired' });
    await expectMoneyBalanced(impatient, dealNo);
  } finally {
    await impatient.stop();
  }
});

test('an operator’s order that does not fit the deal is refused and changes nothing', async () => {
  const { payer, id, dealNo } = await heldDeal();
  await expect(operatorOf(house, id).retryTransfer()).rejects.toThrow();
  await expect(operatorOf(house, id).correctAccount(await payer.addRecipient())).rejects.toThrow();
  expect(await payer.deal(id)).toMatchObject({ status: 'PAID', waiting: { reason: 'risk-review' } });
  await operatorOf(house, id).refund();
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
});

/** A deal whose three tries in line failed for a moment each. */
async function failedDeal(last4 = '0208') {
  const payer = await house.payer();
  const deal = await payer.createDeal(await payer.addRecipient(accountEnding(last4)));
  await payer.confirm(deal.id, await payer.registerCard());
  await payer.waitForWaiting(deal.id, 'retry-due');
  return { payer, ...deal };
}

test('"retry now" is one attempt under a new reference', async () => {
  const { payer, id, dealNo } = await failedDeal();
  await operatorOf(house, id).retryTransfer();
  const deal = await payer.waitForTransfers(id, 4);
  expect(deal.transfers.at(-1)).toMatchObject({ attempt: 4, reference: `${dealNo}-T4`, status: 'FAILED' });
  await payer.waitForWaiting(id, 'retry-due');
  await operatorOf(house, id).refund();
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
  for (const { id, payer, dealNo } of [waiting, held]) {
    await payer.waitForWaiting(id, id === held.id ? 'risk-review' : 'retry-due');
    await operatorOf(house, id).refund();
    await payer.waitForStatus(id, 'REFUNDED');
    await expectMoneyBalanced(house, dealNo);
  }
});

test('a transfer that failed is paid to a corrected account of the same payer', async () => {
  const { payer, id, dealNo } = await failedDeal();
  const stranger = await house.payer();
  await expect(operatorOf(house, id).correctAccount(await stranger.addRecipient())).rejects.toThrow();
  await operatorOf(house, id).correctAccount(await payer.addRecipient());
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('money that came back is paid to a corrected account, and never re-sent to the old one', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(accountEnding('0209')));
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForStatus(id, 'TRANSFER_FAILED');
  await expect(operatorOf(house, id).retryTransfer()).rejects.toThrow();
  await runBatch(house, 'transferRetryWorkflow');
  expect((await payer.deal(id)).transfers).toHaveLength(1);
  await operatorOf(house, id).correctAccount(await payer.addRecipient());
  const deal = await payer.waitForStatus(id, 'COMPLETED');
  expect(deal.transfers.map(({ status }) => status)).toEqual(['RETURNED', 'COMPLETED']);
  await expectMoneyBalanced(house, dealNo);
});

test('a late charge that was given back keeps no other account from being paid', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(accountEnding('0208')));
  const match = { path: '/billing/payment', orderId: `${dealNo}-1` };
  await house.sandboxes.softpayment.setFaults({ fault: 'late-success', match, times: 1 });
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(402);
  await poll(
    () => payer.deal(id),
    ({ payments }) => payments[0]?.status === 'REFUNDED',
    { what: 'the late charge is given back' },
  );
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await workflowWaits(house, id, 'retry-due');
  await operatorOf(house, id).correctAccount(await payer.addRecipient());
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
});
