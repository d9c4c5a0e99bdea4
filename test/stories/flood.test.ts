/**
 * A flood of events about one deal (F18): each is kept, the deal hears enough of them to ask again, and its history stays short, though
 * it would be too long if each were told to it. At night there are ten thousand of them.
 */

import { faultBoard } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { sweepEventsOf, taskOpens } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal } from '../fixtures/story';
import { eventsClose, FLOOD_VARIABLE, sendEvent } from '../fixtures/webhooks';
import { type House, startHouse } from '../servers/house';

const EVENTS = Number(process.env[FLOOD_VARIABLE] ?? 600);
/** Shorter than if each event left but one entry in it. */
const HISTORY_MAX = Math.min(2_000, 0.8 * EVENTS);
const AT_ONCE = 40;

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { unknownTimetableMs: [600_000] } });
});
afterAll(() => house.stop());

/** The PG has charged, and nobody here could read it. */
async function keyAtPg(dealNo: string): Promise<string | undefined> {
  const journal = await house.sandboxes.softpayment.journal();
  return journal.find(({ effect, orderId }) => effect === 'charged' && orderId === `${dealNo}-1`)?.paymentKey;
}

/** How often the PG was asked for the charge. */
async function questions(dealNo: string): Promise<number> {
  const journal = await house.sandboxes.softpayment.journal();
  return journal.filter(
    ({ kind, orderId, path }) => kind === 'request' && orderId === `${dealNo}-1` && path?.includes('payment'),
  ).length;
}

/** Events of all runs of a deal, from the last one back: one that began anew left most of them behind. */
async function historyOf(workflowId: string, runId?: string): Promise<number> {
  const { events } = await house.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  return (events?.length ?? 0) + (before ? await historyOf(workflowId, before) : 0);
}

async function inLanes(count: number, act: () => Promise<unknown>): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

test('a flood of events about one unknown charge is kept, and leaves a history that its deal can end with', async () => {
  const story = await prepareDeal(house);
  const { id, dealNo, total, payer, workflow } = story;
  const pg = faultBoard(house.sandboxes.softpayment);
  const mend = await pg.strike({ fault: 'garbage', match: { path: '/billing/payment', orderId: `${dealNo}-1` } });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const claim = { orderId: `${dealNo}-1`, paymentKey: await keyAtPg(dealNo), status: 'DONE', amount: total };
  const asked = await questions(dealNo);
  let n = 0;
  const claims = () => (n++ % 2 === 0 ? claim : { ...claim, amount: total + n }); // half of them agree, all others say something else
  await inLanes(EVENTS, () => sendEvent(house, 'softpayment', 'payment.done', claims()));
  const kept = house.db('pg_webhook_events').where({ deal_no: dealNo }).whereNull('processed_at');
  expect((await kept.pluck('event_id')).length).toBeGreaterThanOrEqual(EVENTS);
  await poll(
    () => questions(dealNo),
    (count) => count > asked,
    { what: 'the first events make the deal ask again' },
  );
  await mend();
  await sweepEventsOf(house, dealNo);
  await payer.waitForStatus(id, 'COMPLETED');
  await sweepEventsOf(house, dealNo);
  await taskOpens(house, id, 'charge-contradicted');
  await eventsClose(house, dealNo, 'payment.done');
  expect(await historyOf(workflow.workflowId)).toBeLessThan(HISTORY_MAX);
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
  await expectMoneyBalanced(house, dealNo);
}, 900_000);
