/** Batches that never end: the next look tells, and deals, which have a queue of their own, do not notice. */
import { randomUUID } from 'node:crypto';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { batchWatchActivities } from '../../activities/batches/batch-watch';
import { createLog } from '../../infra/log';
import { faultBoard } from '../faults/faults';
import { expectMoneyBalanced } from '../fixtures/balance';
import { runBatch } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const MINUTE_MS = 60_000;
const DAILY = { calendar: { hour: 4, minute: 10 } };

let house: House;
beforeAll(async () => {
  house = await startHouse({ timings: { hangMs: 20_000 } });
});
afterAll(() => house.stop());

/** A Schedule one of whose runs has begun and will not end: nobody works on its queue. With the run's id and when it began, by Temporal's clock. */
async function hangingSchedule() {
  const id = `hanging-${randomUUID()}`;
  const schedule = await house.client.schedule.create({
    scheduleId: id,
    spec: {},
    action: { type: 'startWorkflow', workflowType: 'minuteSweepWorkflow', workflowId: id, taskQueue: id, args: [] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP },
  });
  await schedule.trigger(ScheduleOverlapPolicy.SKIP);
  const { runningActions, recentActions } = await poll(
    async () => (await schedule.describe()).info,
    (info) => info.runningActions.length === 1,
    { what: 'the batch runs' },
  );
  return { schedule, workflowId: runningActions[0]?.workflow.workflowId ?? '', begunAt: recentActions[0]?.takenAt };
}

const alarms = () => house.db('operator_tasks').where({ closed_at: null }).select('deal_id', 'reason', 'detail');

test('a batch that does not end is an alarm at the next look, which closes when the batch is gone', async () => {
  const { db, client } = house;
  const { schedule, workflowId, begunAt } = await hangingSchedule();
  let at = begunAt?.getTime() ?? Number.NaN;
  const parts = {
    db,
    client,
    clock: () => new Date(at),
    wallClock: () => new Date(at),
    log: createLog('test', 'silent'),
  };
  const { watchBatches } = batchWatchActivities({
    ...parts,
    batches: { [schedule.scheduleId]: { calendar: { hour: '*', minute: '*' } } },
  });
  expect(await watchBatches()).toMatchObject({ late: [] });
  at += 11 * MINUTE_MS;
  const late = [`${schedule.scheduleId} does not end`];
  for (let look = 0; look < 2; look++) expect(await watchBatches()).toMatchObject({ late });
  expect(await alarms()).toEqual([{ deal_id: null, reason: 'batch-late', detail: late[0] }]);
  await client.workflow.getHandle(workflowId).terminate();
  await poll(watchBatches, (seen) => seen.late.length === 0, { what: 'the batch is gone' });
  expect(await alarms()).toEqual([]);
  await schedule.delete();
  expect(await watchBatches()).toMatchObject({ late: [`${schedule.scheduleId} is not set`] });
});

test('a batch that may take hours is late after its hours, and not before', async () => {
  const { schedule, workflowId, begunAt } = await hangingSchedule();
  let at = (begunAt?.getTime() ?? Number.NaN) + 119 * MINUTE_MS;
  const { watchBatches } = batchWatchActivities({
    ...{ db: house.db, client: house.client, clock: () => new Date(at), wallClock: () => new Date(at) },
    log: createLog('test', 'silent'),
    batches: { [schedule.scheduleId]: { calendar: { hour: '*', minute: '*' }, lateAfterMin: 120 } },
  });
  expect(await watchBatches()).toMatchObject({ late: [] });
  at += 2 * MINUTE_MS;
  expect(await watchBatches()).toMatchObject({ late: [`${schedule.scheduleId} does not end`] });
  await house.client.workflow.getHandle(workflowId).terminate();
  await schedule.delete();
});

test('one more batch that is late alerts operators again, and what is told already does not', async () => {
  const { db, client } = house;
  const alerts = () =>
    db('operator_alerts').where({ what: 'alarm-raised', reason: 'batch-late' }).count('id as n').first();
  const look = async (...ids: string[]) => {
    const watched = Object.fromEntries(ids.map((id) => [id, DAILY]));
    const now = () => new Date();
    const parts = { db, client, clock: now, wallClock: now, log: createLog('test', 'silent') };
    const { late } = await batchWatchActivities({ ...parts, batches: watched }).watchBatches();
    return { late, alerts: Number((await alerts())?.n) };
  };
  const [one, two, three] = [`one-${randomUUID()}`, `two-${randomUUID()}`, `three-${randomUUID()}`];
  await look();
  const before = (await look()).alerts;
  const words = (...ids: string[]) => ids.map((id) => `${id} is not set`);
  expect(await look(one)).toEqual({ late: words(one), alerts: before + 1 });
  expect(await look(one)).toEqual({ late: words(one), alerts: before + 1 });
  expect(await look(one, two)).toEqual({ late: words(one, two), alerts: before + 2 });
  expect(await look(two, one)).toEqual({ late: words(two, one), alerts: before + 2 });
  expect(await look(two)).toEqual({ late: words(two), alerts: before + 2 });
  expect(await alarms()).toEqual([{ deal_id: null, reason: 'batch-late', detail: words(two)[0] }]);
  expect(await look(three)).toEqual({ late: words(three), alerts: before + 3 });
  await look();
  expect(await alarms()).toEqual([]);
});

test('while every batch hangs, a deal is charged and paid out as ever', async () => {
  const bank = faultBoard(house.sandboxes.bank);
  const mend = await bank.strike({ fault: 'timeout-before', match: { path: '/balance' } });
  const hanging = Array.from({ length: 30 }, () => runBatch(house, 'minuteSweepWorkflow'));
  const asked = async () => (await house.sandboxes.bank.journal()).filter(({ path }) => path === '/balance').length;
  await poll(asked, (count) => count >= 10, { what: 'the batches hang' });
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
  await mend();
  expect((await Promise.all(hanging)).map(({ watchFloat }) => watchFloat)).toContain('unknown');
});
