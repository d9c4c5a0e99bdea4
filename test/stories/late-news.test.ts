import type { DealPolicy } from '../../workflows/domain/policy';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { openTasks, refusalOf, settleByHand, sweepEventsOf, taskOpens, untilTaken } from '../fixtures/operator';
import { callApi } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { beginConfirm, type Cast, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { eventsClose, sendEvent } from '../fixtures/webhooks';
import { type House, startHouse } from '../servers/house';
import { API_KEYS } from '../servers/sandboxes';

interface Stage {
  readonly house: House;
  readonly pg: FaultBoard;
}

let house: House;
let pg: FaultBoard;
let patient: Stage;
/** Here a failed transfer is given up. */
let impatient: Stage;
beforeAll(async () => {
  const stage = async (policy: Partial<DealPolicy>) => {
    const house = await startHouse({ policy: { unknownTimetableMs: [300], ...policy } });
    return { house, pg: faultBoard(house.sandboxes.softpayment) };
  };
  patient = await stage({});
  impatient = await stage({ giveUpAfterMs: 8_000 });
  ({ house, pg } = patient);
});
afterAll(() => Promise.all([patient, impatient].map(({ house }) => house.stop())));

const UNANSWERED = 'late-news-unanswered';

async function completedDeal(account?: string): Promise<Story> {
  const story = await prepareDeal(house, account ? { account } : {});
  expect((await story.payer.confirm(story.id, story.cardId)).status).toBe(200);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  return story;
}

/** The first card was declined and may still be charged: when that is told, the PG contradicts itself. */
async function declinedWithoutAnswers({ house, pg }: Stage, cast: Cast) {
  const story = await prepareDeal(house, cast);
  const orderId = `${story.dealNo}-1`;
  const match = { path: '/billing/payment', orderId };
  await pg.strike({ fault: 'late-success', match, delayMs: WHEN_HURRIED });
  expect((await story.payer.confirm(story.id, story.cardId)).status).toBe(402);
  const mend = await pg.strike({ fault: 'error-500', match: { path: '/cancel', orderId } });
  return { ...story, mend, isChargedLate: () => pg.hurry(orderId) };
}

async function anotherCardPays({ payer, id }: Story): Promise<void> {
  expect([200, 202]).toContain((await payer.confirm(id, await payer.registerCard())).status); // 202: after 10 s
}

/** It is told while the transfer, which another card paid, fails and is to be tried again. */
async function lateChargeUnanswered(stage: Stage) {
  const story = await declinedWithoutAnswers(stage, { account: '0208' });
  await anotherCardPays(story);
  story.isChargedLate();
  await taskOpens(stage.house, story.id, UNANSWERED);
  return story;
}

/** Once the provider answers, the sweep brings the news again. */
async function expectGivenBackAfter(
  { house }: Stage,
  { id, dealNo, mend }: Story & { mend: () => Promise<void> },
): Promise<void> {
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 2 });
  await mend();
  expect(await openTasks(house, id)).toEqual(expect.arrayContaining([UNANSWERED, 'charge-claimed']));
  await sweepEventsOf(house, dealNo);
  await poll(
    () => groundTruth(house, dealNo),
    ({ payments }) => payments.some(({ orderId, cancelled }) => orderId === `${dealNo}-1` && cancelled > 0),
    { what: 'the late charge is given back' },
  );
  await eventsClose(house, dealNo, 'payment.done');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
  expect(await openTasks(house, id)).toEqual([]);
}

test.concurrent('a late charge whose PG gives no answer does not keep the deal from giving up', async () => {
  const story = await lateChargeUnanswered(impatient);
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  await expectGivenBackAfter(impatient, story);
});

test.concurrent('a late charge whose PG gives no answer does not keep an operator from refunding', async () => {
  const story = await lateChargeUnanswered(patient);
  await story.waits('retry-due');
  await story.operator.refund();
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  const edge = (await house.db('deal_events').where({ deal_id: story.id, to_state: 'REFUNDED' })).at(-1);
  expect(edge.actor).toBe('operator:kim');
  await expectGivenBackAfter(patient, story);
});

test.concurrent('a late charge whose PG gives no answer does not keep the deal from completing', async () => {
  const story = await declinedWithoutAnswers(patient, { principal: REVIEWED }); // it is held meanwhile
  await anotherCardPays(story);
  story.isChargedLate();
  await taskOpens(house, story.id, UNANSWERED);
  await untilTaken(story.operator.release);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectGivenBackAfter(patient, story);
});

test.concurrent('a charge told of under another paymentKey is a task, and moves nothing', async () => {
  const story = await completedDeal();
  const { payer, id, dealNo, total } = story;
  const before = await payer.deal(id);
  const told = { orderId: `${dealNo}-1`, paymentKey: 'pay_of_another', status: 'DONE', amount: total };
  await sendEvent(house, 'softpayment', 'payment.done', told);
  await taskOpens(house, id, 'charge-contradicted');
  await eventsClose(house, dealNo, 'payment.done');
  expect(await payer.deal(id)).toEqual(before);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a charge told of under another paymentKey before ours was decided is a task too', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const match = { path: '/billing/payment', orderId: `${dealNo}-1` };
  const answer = await pg.strike({ fault: 'drop-after-commit', match });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  await poll(
    () => house.db('pg_webhook_events').where({ deal_no: dealNo, type: 'payment.done' }),
    (events) => events.length > 0,
    { what: 'the first charge is told' },
  );
  await pg.strike({ fault: 'key-expired', match }); // the PG has forgotten the order: asked again, it charges again
  await answer();
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await groundTruth(house, dealNo)).charges).toBeGreaterThan(1);
  await sweepEventsOf(house, dealNo);
  await taskOpens(house, id, 'charge-contradicted');
});

test.concurrent('a refund that nobody asked for is a task that outlives the later edges of the deal', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo, total, operator } = story;
  const { payment_key } = await house.db('payments').where({ deal_id: id }).first();
  const cancel = { cancelReason: 'by hand', cancelAmount: total };
  const headers = { 'x-api-key': API_KEYS.softpayment, 'idempotency-key': 'by-hand' };
  await callApi(house.places.softpaymentUrl, 'POST', `/v1/payments/${payment_key}/cancel`, cancel, headers);
  await taskOpens(house, id, 'refund-not-ours');
  await eventsClose(house, dealNo, 'payment.canceled');
  await story.waits('retry-due');
  expect(await refusalOf(operator.retryTransfer())).toMatch(/its money is in doubt: foreign-refund/);
  await untilTaken(operator.refund);
  await story.waits('operator-needed'); // nor is it given back before the doubt is ended
  expect(await house.db('refunds').where({ deal_id: id })).toEqual([]);
  await settleByHand(house, dealNo, 'refund-not-ours');
  const { transfers } = await payer.waitForStatus(id, 'REFUNDED');
  expect(transfers).toHaveLength(3); // on a charge that was given back nothing is paid out, whoever asks
  expect(await openTasks(house, id)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('our own refund raises nothing, though its webhook comes before its answer', async () => {
  const story = await prepareDeal(house, { account: '0202' });
  const { payer, id, dealNo } = story;
  await pg.strike({ fault: 'slow', match: { path: '/cancel', orderId: `${dealNo}-1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  const told = () => house.db('pg_webhook_events').where({ deal_no: dealNo, type: 'payment.canceled' });
  await poll(told, (events) => events.length === 1, { what: 'the webhook of our refund' });
  expect((await payer.deal(id)).status).toBe('TRANSFER_FAILED');
  pg.hurry(`${dealNo}-1`);
  await payer.waitForStatus(id, 'REFUNDED');
  await eventsClose(house, dealNo, 'payment.canceled');
  expect(await story.workflow.result()).toBe('REFUNDED'); // it has handled all news it had
  expect(await house.db('operator_tasks').where({ deal_id: id })).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('two charges found late and told of together are both given back', async () => {
  const story = await prepareDeal(house);
  for (const attempt of [1, 2]) {
    const orderId = `${story.dealNo}-${attempt}`;
    await pg.strike({ fault: 'late-success', match: { path: '/billing/payment', orderId }, delayMs: WHEN_HURRIED });
    const cardId = attempt === 1 ? story.cardId : await story.payer.registerCard();
    expect((await story.payer.confirm(story.id, cardId)).status).toBe(402);
  }
  for (const attempt of [1, 2]) pg.hurry(`${story.dealNo}-${attempt}`);
  await poll(
    () => house.db('payments').where({ deal_id: story.id }).pluck('status'),
    (statuses) => statuses.every((status) => status === 'REFUNDED'),
    { what: 'both are given back' },
  );
  expect((await story.payer.cancel(story.id)).status).toBe(200);
  await expectMoneyBalanced(house, story.dealNo, { chargesMax: 2 });
});
