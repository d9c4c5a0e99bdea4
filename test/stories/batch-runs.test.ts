/** Runs of batches: each is booked with its period and its result, and one that failed, or was missed, is an alarm. */
import { randomUUID } from 'node:crypto';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { batchWatchActivities } from '../../activities/batches/batch-watch';
import { noteBegun } from '../../db/batch-runs';
import { createLog } from '../../infra/log';
import { taskQueuesOf } from '../../infra/temporal/client';
import { kstTimeOf } from '../../workflows/domain/bank-calendar';
import { type BatchCalendar, lastTick } from '../../workflows/domain/batches';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

const HOUR_MS = 3_600_000;
const DAILY: BatchCalendar = { hour: 4, minute: 10 };

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());
beforeEach(() => house.db('operator_tasks').delete());

/** A Schedule that only runs when it is triggered, and a watch over it alone. */
async function watched({ workflowType, queue }: { workflowType: string; queue?: string }) {
  const id = `watched-${randomUUID()}`;
  const taskQueue = queue ?? taskQueuesOf(house.config.temporal.taskQueue).batches;
  const schedule = await house.client.schedule.create({
    ...{ scheduleId: id, spec: {}, policies: { overlap: ScheduleOverlapPolicy.SKIP } },
    action: { type: 'startWorkflow', workflowType, workflowId: id, taskQueue, args: [] },
  });
  const clock = { now: () => new Date() };
  const parts = { db: house.db, client: house.client, log: createLog('test', 'silent') };
  const batches = { [id]: { calendar: DAILY } };
  const { watchBatches } = batchWatchActivities({
    ...parts,
    batches,
    clock: () => clock.now(),
    wallClock: () => clock.now(),
  });
  const runs = () => house.db('batch_runs').where({ batch: id }).orderBy('begun_at');
  return { id, schedule, watchBatches, runs, clock };
}

const alarms = () => house.db('operator_tasks').whereNull('closed_at').select('severity', 'reason', 'detail');

test('a run is booked with its period, and with its result once it has one; seen again it stays one', async () => {
  const { id, schedule, watchBatches, runs } = await watched({ workflowType: 'staleLockCleanupWorkflow' });
  await schedule.trigger();
  const seen = () => watchBatches().then(runs);
  const [run] = await poll(seen, ([one]) => one?.status === 'done', { what: 'the run is booked' });
  const { recentActions } = (await schedule.describe()).info;
  expect(run).toMatchObject({
    ...{ batch: id, scheduled_at: recentActions[0]?.scheduledAt, failure: null },
    result: { keysFreed: 0, noticesGivenUp: 0, reservationsReleased: 0, openJobs: 0 },
  });
  expect(run.ended_at.getTime()).toBeGreaterThanOrEqual(run.begun_at.getTime());
  await watchBatches();
  expect(await runs()).toEqual([run]);
  await schedule.delete();
});

test('a run that failed is an alarm that says which and why, until a later one of its Schedule is done', async () => {
  const { id, schedule, watchBatches, runs } = await watched({
    workflowType: 'staleLockCleanupWorkflow',
    queue: 'nobody',
  });
  await schedule.trigger();
  const [begun] = await poll(
    () => watchBatches().then(runs),
    (found) => found.length === 1,
    { what: 'it runs' },
  );
  expect(begun).toMatchObject({ status: 'running', ended_at: null, result: null });
  expect(await watchBatches()).toMatchObject({ late: [], failed: [] });
  await house.client.workflow.getHandle(begun.workflow_id).terminate('it hung');
  const detail = `${id} of ${kstTimeOf(begun.scheduled_at)}: it hung`;
  await poll(watchBatches, ({ failed }) => failed.length === 1, { what: 'its end is booked' });
  expect(await watchBatches()).toMatchObject({ failed: [detail] });
  expect(await alarms()).toEqual([{ severity: 'alarm', reason: 'batch-failed', detail }]);
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
  await schedule.update((options) => ({ ...options, action: { ...options.action, taskQueue } }));
  await schedule.trigger();
  await poll(watchBatches, ({ failed }) => failed.length === 0, { what: 'a later run is done' });
  expect(await alarms()).toEqual([]);
  await schedule.delete();
});

test('a time at which a batch was not run is an alarm ten minutes later, until that time is made up for', async () => {
  const { id, schedule, watchBatches, clock } = await watched({ workflowType: 'staleLockCleanupWorkflow' });
  const due = new Date(lastTick(DAILY, new Date()).getTime() + 24 * HOUR_MS); // the Schedule is younger than the one before
  clock.now = () => new Date(due.getTime() + 9 * 60_000);
  expect(await watchBatches()).toMatchObject({ missed: [] });
  clock.now = () => new Date(due.getTime() + 11 * 60_000);
  const detail = `${id} of ${kstTimeOf(due)} was not run`;
  expect(await watchBatches()).toMatchObject({ missed: [detail] });
  expect(await alarms()).toEqual([{ severity: 'alarm', reason: 'batch-missed', detail }]);
  await schedule.pause('for a while');
  expect(await watchBatches()).toMatchObject({ missed: [`${detail}: it is paused`] });
  const run = { runId: randomUUID(), workflowId: `${id}-by-hand`, batch: id, begunAt: clock.now() };
  await noteBegun(house.db, [{ ...run, scheduledAt: due }]);
  expect((await watchBatches()).missed).toEqual([]);
  expect(await alarms()).toMatchObject([{ reason: 'batch-failed' }]); // nobody knows of that run
  await schedule.delete();
});
