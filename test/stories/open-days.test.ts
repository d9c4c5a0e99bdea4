/** The bank's list of a day that goes on does not say that a transfer was never made; the closed day's list does. */
import { randomUUID } from 'node:crypto';
import { type Break, breaksAfter } from '../../db/reconciliation/breaks';
import { taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { ReconciliationResult } from '../../workflows/domain/reconciliation';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { type KstClock, kstClockAt } from '../fixtures/kst-clock';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;

let house: House;
let clock: KstClock;
let day: string;
let bank: FaultBoard;

/** @param askMs ms between two questions of a deal to the bank */
async function open(askMs: number): Promise<void> {
  clock = kstClockAt('12:00:00');
  day = kstDayOf(clock.now());
  // "Not found" does not settle meanwhile: the transfer is not sent again.
  const policy = { ...NO_ANSWERS, notFoundSettleMs: 3 * DAY_MS, unknownTimetableMs: [askMs] };
  house = await startHouse({ clock: clock.now, policy });
  bank = faultBoard(house.sandboxes.bank);
}
afterEach(() => house.stop());

async function reconcile(): Promise<ReconciliationResult> {
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
  const run = { taskQueue, workflowId: `reconcile-${randomUUID()}`, args: [{ day, wakePatienceMs: 500 }] };
  const [result] = await house.client.workflow.execute(RECONCILE_WORKFLOW, run);
  return result;
}
const breaksOf = async (dealNo: string): Promise<Break[]> =>
  (await breaksAfter(house.db, 0, 'all')).filter((found) => found.dealNo === dealNo);

/** Told by the row: sessions end when the clock moves on. */
async function completes({ id, dealNo }: Story): Promise<void> {
  await poll(
    () => house.db('deals').where({ id }).first('status'),
    ({ status }) => status === 'COMPLETED',
    { what: `deal ${dealNo} is completed` },
  );
  await expectMoneyBalanced(house, dealNo);
}

test('a transfer that the bank has and does not show yet is not called unmade on its own day, and pays once', async () => {
  await open(300);
  const story = await prepareDeal(house);
  const reference = `${story.dealNo}-T1`;
  await bank.strike({ fault: 'late-success', match: { reference }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  clock.set('13:00:00');
  await reconcile();
  expect(await breaksOf(story.dealNo)).toEqual([]);
  bank.hurry(reference);
  await completes(story);
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ transfersOut: 1 });
});

test('an undecided transfer that the closed list lacks is decided failed by it, and the deal goes on', async () => {
  await open(3 * DAY_MS); // it is the nightly run that finds it, not the deal's own next question
  const story = await prepareDeal(house);
  const { dealNo } = story;
  const mend = await bank.strike({ fault: 'error-500', match: { path: 'POST /transfers', reference: `${dealNo}-T1` } });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  clock.set('13:00:00');
  expect((await reconcile()).carried).toBeGreaterThan(0);
  expect(await breaksOf(dealNo)).toEqual([]);

  clock.set('09:00:00', 1);
  await reconcile();
  await completes(story);
  await mend();
  await reconcile();
  expect(await breaksOf(dealNo)).toMatchObject([
    { class: 'transfer-undecided-and-unlisted', resolution: expect.stringMatching(/^matched in run \d+$/) },
  ]);
});
