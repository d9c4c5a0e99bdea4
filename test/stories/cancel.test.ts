import { recordActivities } from '../../activities/deal/records';
import { requestActivities } from '../../activities/deal/requests';
import { createLog } from '../../infra/log';
import { hasOpenRun } from '../../infra/temporal/client';
import { cancelDeal } from '../../workflows/deal/messages';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { runBatch, workflowOf, workflowWaits } from '../fixtures/operator';
import { accountEnding, cardEnding } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: NO_ANSWERS });
});
afterAll(() => house.stop());

const NEVER_BEFORE_1_MILLION = 1_000_000; // held for review: the payer is a new member

test('a payer may cancel a quote before any charge', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  const cancelled = await payer.cancel(id);
  expect([cancelled.status, cancelled.body.status]).toEqual([200, 'CANCELLED']);
  expect((await groundTruth(house, dealNo)).charges).toBe(0);
  const confirmed = await payer.confirm(id, await payer.registerCard());
  expect([confirmed.status, confirmed.body.code]).toEqual([409, 'deal-closed']);
  await expectMoneyBalanced(house, dealNo);
});

test('a payer may cancel after a decline', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await payer.confirm(id, await payer.registerCard(cardEnding('0101')));
  expect((await payer.cancel(id)).status).toBe(200);
  await payer.waitForStatus(id, 'CANCELLED');
  await expectMoneyBalanced(house, dealNo);
});

test('a payer may cancel while the deal is held, and gets everything back', async () => {
  const payer = await house.payer();
  const { id, dealNo, total } = await payer.createDeal(await payer.addRecipient(), NEVER_BEFORE_1_MILLION);
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await workflowWaits(house, id, 'risk-review');
  expect((await payer.cancel(id)).status).toBe(200);
  const deal = await payer.waitForStatus(id, 'REFUNDED');
  expect(deal.payments).toMatchObject([{ status: 'REFUNDED', refundedAmount: total }]);
  expect(deal.transfers).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test('a cancel while the charge is undecided is heard: what turns out charged is given back at once', async () => {
  const payer = await house.payer();
  const { id, dealNo, total } = await payer.createDeal(await payer.addRecipient());
  const orderId = `${dealNo}-1`;
  await house.sandboxes.softpayment.setFaults({ fault: 'timeout-after', match: { orderId }, times: 3 });
  const confirmed = payer.confirm(id, await payer.registerCard());
  await house.chargeAsked(orderId);
  const cancelled = await payer.cancel(id);
  expect([cancelled.status, cancelled.body.cancelRequested]).toEqual([202, true]);
  const answer = await confirmed;
  expect([answer.status, answer.body.code]).toEqual([409, 'deal-closed']);
  const deal = await payer.waitForStatus(id, 'CANCELLED');
  expect(deal.payments).toMatchObject([{ status: 'REFUNDED', refundedAmount: total }]);
  expect(await payer.path(id)).toEqual(['PENDING', 'CANCELLED']);
  expect(await groundTruth(house, dealNo)).toMatchObject({
    charges: 1,
    charged: total,
    refunded: total,
    transfersOut: 0,
  });
  const kinds = await house.db('ledger_journals').where({ deal_id: id }).orderBy('id').pluck('kind');
  expect(kinds).toEqual(['charge', 'refund']);
  await expectMoneyBalanced(house, dealNo);
});

test('a cancel while an undecided charge turns out declined just closes the deal', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  const orderId = `${dealNo}-1`;
  await house.sandboxes.softpayment.setFaults({ fault: 'timeout-before', match: { orderId }, times: 1 });
  const confirmed = payer.confirm(id, await payer.registerCard(cardEnding('0101')));
  await house.chargeAsked(orderId);
  expect((await payer.cancel(id)).status).toBe(202);
  const answer = await confirmed;
  expect([answer.status, answer.body.code]).toEqual([409, 'deal-closed']);
  await payer.waitForStatus(id, 'CANCELLED');
  expect((await groundTruth(house, dealNo)).charges).toBe(0);
  await expectMoneyBalanced(house, dealNo);
});

test('once the transfer has begun it is too late to cancel', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(accountEnding('0206')));
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForStatus(id, 'TRANSFERRING');
  const late = await payer.cancel(id);
  expect([late.status, late.body.code]).toEqual([409, 'not-cancellable']);
  await payer.waitForStatus(id, 'COMPLETED');
  const later = await payer.cancel(id);
  expect([later.status, later.body.code]).toEqual([409, 'not-cancellable']);
  await expectMoneyBalanced(house, dealNo);
});

test('a cancel racing the transfer ends in one of the two, never in both', async () => {
  const payer = await house.payer();
  const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient()];
  const { id, dealNo } = await payer.createDeal(recipientId);
  const [, cancelled] = await Promise.all([
    payer.confirm(id, cardId),
    house.chargeAsked(`${dealNo}-1`).then(() => payer.cancel(id)),
  ]);
  const deal = await poll(
    () => payer.deal(id),
    ({ status }) => ['COMPLETED', 'REFUNDED', 'CANCELLED'].includes(status),
    {
      what: 'the race ends',
    },
  );
  if (cancelled.status === 409) expect(deal.status).toBe('COMPLETED');
  else expect(['REFUNDED', 'CANCELLED']).toContain(deal.status);
  await expectMoneyBalanced(house, dealNo);
});

test('a cancel that was carried out by a workflow task which then got lost: told again, the run sees that the deal has ended', async () => {
  const { id, dealNo, payer, workflow } = await waitingDeal(house, 'card-needed', { card: '0101' });
  const by = { actor: 'payer', reason: 'payer' };
  const clock = () => new Date();
  const { requestCancel } = requestActivities({ db: house.db, clock });
  const { closeUnpaid } = recordActivities({ db: house.db, clock, log: createLog('test', 'silent') });
  expect(await requestCancel({ dealId: id, ...by })).toBe('accepted');
  expect(await closeUnpaid({ dealId: id, actor: by.actor, cause: 'cancelled-by-payer' })).toBe('CANCELLED');
  expect(await hasOpenRun(house.client, workflow.workflowId)).toBe(true);
  expect(await workflow.executeUpdate(cancelDeal, { args: [by] })).toEqual({ kind: 'closed' });
  await poll(
    () => hasOpenRun(house.client, workflow.workflowId),
    (open) => !open,
    { what: `the run of ${dealNo} ends` },
  );
  expect((await payer.deal(id)).status).toBe('CANCELLED');
  await expectMoneyBalanced(house, dealNo);
});

test('a cancel request from Temporal is the payer’s cancel: a held deal is refunded', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(), NEVER_BEFORE_1_MILLION);
  await payer.confirm(id, await payer.registerCard());
  await workflowWaits(house, id, 'risk-review');
  await workflowOf(house, id).cancel();
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
});

test('a quote that nobody ever confirmed is cancelled by the sweep after it expired, not before', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await runBatch(house, 'minuteSweepWorkflow');
  expect((await payer.deal(id)).status).toBe('PENDING');
  await house
    .db('deals')
    .where({ id })
    .update({ expires_at: new Date(Date.now() - 1) });
  await runBatch(house, 'minuteSweepWorkflow');
  expect((await payer.deal(id)).status).toBe('CANCELLED');
  await expectMoneyBalanced(house, dealNo);
});
