/** An operator rules that a refund was not made: the settlement files have the last word, the night that they are read. */
import { randomUUID } from 'node:crypto';
import { taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW, type ReconcileInput } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { faultBoard } from '../faults/faults';
import { expectMoneyBalanced } from '../fixtures/balance';
import { kstClockAt } from '../fixtures/kst-clock';
import { poll } from '../fixtures/poll';
import { REVIEWED, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
const clock = kstClockAt('12:00:00');
beforeAll(async () => {
  // The PG is not asked again by itself.
  house = await startHouse({ clock: clock.now, policy: { unknownTimetableMs: [3_600_000] } });
});
afterAll(() => house.stop());

async function reconcile(day: string): Promise<void> {
  const args: [ReconcileInput] = [{ day, wakePatienceMs: 2_000 }];
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
  await house.client.workflow.execute(RECONCILE_WORKFLOW, { taskQueue, workflowId: `reconcile-${randomUUID()}`, args });
}

test('a refund that was ruled not done is judged by the night that reads its settlement file, and given back anew', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  const { id, dealNo, operator, payer } = story;
  const day = kstDayOf(clock.now());
  const cancelled = { path: '/cancel', orderId: `${dealNo}-1` };
  const mend = await faultBoard(house.sandboxes.softpayment).strike({ fault: 'error-500', match: cancelled });
  await payer.cancel(id);
  await story.waits('refund-unknown');
  clock.set('13:00:00'); // what was sent has long arrived, or never will
  await operator.rule({ leg: 'refund', verdict: 'failed', evidenceAt: clock.now().toISOString() });
  await story.waits('operator-needed');
  await mend();
  clock.set('23:30:00', 1);
  await reconcile(day);
  const status = () => house.db('deals').where({ id }).pluck('status');
  await poll(status, ([now]) => now === 'REFUNDED', { what: 'the deal ends' });
  const refunds = await house.db('refunds').where({ deal_id: id }).orderBy('n');
  expect(refunds).toMatchObject([{ status: 'REJECTED' }, { status: 'DONE' }]);
  await expectMoneyBalanced(house, dealNo);
});
