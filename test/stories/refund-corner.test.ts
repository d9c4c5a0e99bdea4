import { raiseDoubt } from '../../db/doubts';
import { refundDeal } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { BY, settleByHand, taskOpens, untilTaken } from '../fixtures/operator';
import { callApi } from '../fixtures/payer';
import { REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { API_KEYS } from '../servers/sandboxes';

let house: House;
let pg: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { unknownTimetableMs: [300] } });
  pg = faultBoard(house.sandboxes.softpayment);
});
afterAll(() => house.stop());

const heldDeal = () => waitingDeal(house, 'risk-review', { principal: REVIEWED });
const cancelOf = ({ dealNo }: Story) => ({ path: '/cancel', orderId: `${dealNo}-1` });
const cancels = async ({ dealNo }: Story) =>
  (await house.sandboxes.softpayment.journal()).filter(
    ({ effect, orderId }) => effect === 'cancelled' && orderId === `${dealNo}-1`,
  );

/** Somebody cancels at the PG, beside us. */
async function cancelBesideUs({ dealNo }: Story, cancelAmount: number): Promise<void> {
  const charged = (await house.sandboxes.softpayment.journal()).find(
    ({ effect, orderId }) => effect === 'charged' && orderId === `${dealNo}-1`,
  );
  const path = `/v1/payments/${charged?.paymentKey}/cancel`;
  const body = { cancelReason: 'by hand', cancelAmount };
  const answer = await callApi(house.places.softpaymentUrl, 'POST', path, body, {
    'x-api-key': API_KEYS.softpayment,
  });
  expect(answer.status).toBe(200);
}

test('operators and the payer asking for the refund fifty times at once: the charge goes back exactly once', async () => {
  const story = await heldDeal();
  const orders = Array.from({ length: 50 }, (_, i) =>
    i % 5 === 0
      ? story.payer.cancel(story.id)
      : house.engine.order(story.id, refundDeal, { ...BY, reason: `order ${i}` }),
  );
  await Promise.allSettled(orders);
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect(await cancels(story)).toMatchObject([{ amount: story.total }]);
  expect(await house.db('refunds').where({ deal_id: story.id })).toHaveLength(1);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a refund that was made and not heard of is asked about under its own key, and is not made again', async () => {
  const story = await heldDeal();
  const mend = await pg.strike({ fault: 'drop-after-commit', match: cancelOf(story) });
  await story.operator.refund();
  await story.payer.waitForWaiting(story.id, 'refund-unknown');
  await mend();
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect(await cancels(story)).toHaveLength(1);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a refund that began and is held back since the recipient may be paid takes orders, and ends when that is settled', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { id, dealNo, operator, payer, workflow } = story;
  const mend = await pg.strike({ fault: 'drop-after-commit', match: cancelOf(story) });
  await operator.refund();
  await story.waits('refund-unknown');
  await workflow.terminate();
  const doubt = { dealId: id, kind: 'paid-after-failure', attempt: 3, raisedBy: 'contradiction' } as const;
  await house.db.transaction((trx) => raiseDoubt(trx, doubt));
  await house.engine.resume(id);
  await story.waits('operator-needed');
  await operator.refund();
  await untilTaken(operator.refund); // once the first order is carried out
  await settleByHand(house, dealNo, 'paid-after-failure');
  await mend();
  await payer.waitForStatus(id, 'REFUNDED');
  expect(await cancels(story)).toHaveLength(1);
  await expectMoneyBalanced(house, dealNo);
});

test('a charge that somebody cancelled whole at the PG: "already cancelled" with our amount ends the deal', async () => {
  const story = await heldDeal();
  await cancelBesideUs(story, story.total);
  await taskOpens(house, story.id, 'refund-not-ours');
  await story.operator.refund(); // before the doubt is ended: so it goes first
  await settleByHand(house, story.dealNo, 'refund-not-ours');
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect((await groundTruth(house, story.dealNo)).refunded).toBe(story.total);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a charge that somebody cancelled in part at the PG: more than remains is never taken for done; it is once all is back', async () => {
  const story = await heldDeal();
  await cancelBesideUs(story, 1_000);
  await taskOpens(house, story.id, 'refund-not-ours');
  await settleByHand(house, story.dealNo, 'refund-not-ours');
  await story.operator.refund();
  await taskOpens(house, story.id, 'refund-unknown');
  expect(await story.payer.deal(story.id)).toMatchObject({ status: 'PAID', waiting: { reason: 'refund-unknown' } });
  expect((await groundTruth(house, story.dealNo)).refunded).toBe(1_000);
  await cancelBesideUs(story, story.total - 1_000);
  await taskOpens(house, story.id, 'refund-not-ours');
  await settleByHand(house, story.dealNo, 'refund-not-ours'); // meanwhile the refund is not asked for again
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  await expectMoneyBalanced(house, story.dealNo);
});
