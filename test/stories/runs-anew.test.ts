/** A run that grows large starts anew, and nobody notices but the history (spec §5.9). */
import { stopLeg } from '../../db/stop-switches';
import { dealView, knock, providerNews } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { feeRefundEnds, liftStopOf, refusalOf, stopOf, untilTaken } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, headerOf, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { EVENTS_OF_RUN } from '../servers/servers';

let house: House;
let pg: FaultBoard;
beforeAll(async () => {
  // Nothing happens by itself: only what the test sends makes a run grow.
  house = await startHouse({
    policy: { unknownTimetableMs: [600_000], stopRecheckMs: 600_000, giveUpAfterMs: 600_000 },
  });
  pg = faultBoard(house.sandboxes.softpayment);
});
afterAll(() => house.stop());

const runOf = async ({ workflow }: Story) => workflow.describe();

/**
 * Wakes the deal until its run is another one; answers how long the first one had become, in events. A run starts anew
 * only while it rests: it is woken again once what the wakes before began has ended.
 */
async function untilAnew(story: Story, wake: () => Promise<void>): Promise<number> {
  const { runId } = await runOf(story);
  let length = 0;
  await poll(
    async () => {
      const run = await runOf(story);
      if (run.runId !== runId) return run.runId;
      const isResting = run.historyLength === length && !run.raw.pendingActivities?.length;
      length = run.historyLength;
      if (isResting) for (let times = 0; times < 5; times++) await wake();
      return run.runId;
    },
    (now) => now !== runId,
    { what: 'another run' },
  );
  return length;
}
const knocking = (story: Story) => () => story.workflow.signal(knock);

test.concurrent('a deal that waits for its batch goes on in a new run, which knows the batch that bought the last attempt', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo, operator } = story;
  const attempts = async () => (await payer.deal(id)).transfers.length;
  await house.engine.retryDue(id, 'morning');
  await poll(attempts, (n) => n === 4, { what: 'the batch bought one' });
  await story.waits('retry-due');
  expect(await untilAnew(story, knocking(story))).toBeLessThan(2 * EVENTS_OF_RUN);
  await story.waits('retry-due');
  const { historyLength, searchAttributes } = await runOf(story);
  expect(historyLength).toBeLessThan(EVENTS_OF_RUN);
  expect(searchAttributes.DealNo).toEqual([dealNo]);
  await house.engine.retryDue(id, 'morning');
  await refusalOf(operator.release()); // by now it has heard the batch
  await story.waits('retry-due');
  expect(await attempts()).toBe(4);
  await house.engine.retryDue(id, 'afternoon');
  await poll(attempts, (n) => n === 5, { what: 'another batch bought one' });
  await story.waits('retry-due');
  await untilTaken(operator.refund);
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a confirm and a cancel that wait meanwhile are answered 202, and the charge goes on under its key', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId } = story;
  const orderId = `${dealNo}-1`;
  const mend = await pg.strike({ fault: 'error-500', match: { orderId } });
  const confirmed = beginConfirm(story);
  await story.waits('charge-unknown');
  await untilAnew(story, () => story.workflow.signal(providerNews, { leg: 'charge', attempt: 1 }));
  expect((await confirmed).status).toBe(202);
  await story.waits('charge-unknown');
  // Repeated in the new run it waits for the same attempt.
  const repeated = payer.confirm(id, cardId);
  await mend();
  await story.workflow.signal(providerNews, { leg: 'charge', attempt: 1 });
  expect([200, 202]).toContain((await repeated).status);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a confirm that was decided before the run began is answered from its row, and charges nothing', async () => {
  const story = await waitingDeal(house, 'card-needed', { card: '0101' });
  const { payer, id, dealNo, cardId } = story;
  await untilAnew(story, knocking(story));
  await story.waits('card-needed');
  const answer = await house.engine.confirm(headerOf(story), { attempt: 1, cardId, ...DEVICE }, 10_000);
  expect(answer).toEqual({ kind: 'closed' }); // the API asks the database
  expect((await payer.deal(id)).payments).toHaveLength(1);
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a completed deal whose fee refund gets no answer for long keeps small runs, and the part goes back once', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId, operator } = story;
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  const mend = await pg.strike({ fault: 'error-500', match: { path: '/cancel', orderId: `${dealNo}-1` } });
  await operator.orderFeeRefund(500, 'part');
  await untilAnew(story, () => story.workflow.signal(providerNews, { leg: 'refund' }));
  await mend();
  await house.engine.resume(id, { leg: 'refund' });
  await feeRefundEnds(house, id, 'part');
  expect(await story.workflow.result()).toBe('COMPLETED');
  expect(await groundTruth(house, dealNo)).toMatchObject({ refunded: 500 });
  await expectMoneyBalanced(house, dealNo);
});

test('a deal that a stop holds back is looked at ever more rarely, in small runs, and goes on when the stop is lifted', async () => {
  await stopLeg(house.db, stopOf('transfer'));
  const story = await waitingDeal(house, 'operator-needed');
  await untilAnew(story, knocking(story));
  await story.waits('operator-needed');
  await liftStopOf(house.db, 'transfer');
  await story.workflow.signal(knock);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('a refund that an operator ordered beside a dispute is carried over, and given back once the dispute is won', async () => {
  await stopLeg(house.db, stopOf('transfer'));
  const story = await waitingDeal(house, 'operator-needed');
  const { payer, id, dealNo, operator } = story;
  await operator.chargeback('open', `case-${dealNo}`);
  await untilTaken(operator.refund);
  await poll(
    () => story.workflow.query(dealView),
    ({ waiting }) => waiting?.nextMoveAt === null,
    { what: 'it waits for the verdict' },
  );
  await untilAnew(story, knocking(story));
  await liftStopOf(house.db, 'transfer');
  await operator.chargeback('won', `case-${dealNo}`);
  const { transfers } = await payer.waitForStatus(id, 'REFUNDED');
  expect(transfers).toEqual([]);
  expect(await groundTruth(house, dealNo)).toMatchObject({ refunded: story.total, transfersOut: 0 });
});
