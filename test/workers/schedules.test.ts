/** What `npm run schedules` leaves in a Temporal that has never heard of PLIC. */
import { randomUUID } from 'node:crypto';
import { type Client, type Connection, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { google } from '@temporalio/proto';
import { openTemporal } from '../../infra/temporal/client';
import { removeOldSchedules, SCHEDULE_IDS, setSchedules } from '../../workers/schedules';
import { ensureSearchAttributes, SearchAttributesMissing } from '../../workers/search-attributes';
import { SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import { poll } from '../fixtures/poll';
import { testStack } from '../servers/stack';

let client: Client;
beforeAll(async () => {
  client = await bareNamespace();
});
afterAll(async () => {
  await Promise.all(SCHEDULE_IDS.map((id) => client.schedule.getHandle(id).delete()));
  await client.connection.close();
});

/** A namespace of its own, with no search attribute of ours. */
async function bareNamespace(): Promise<Client> {
  const namespace = `bare-${randomUUID()}`;
  const bare = await openTemporal({ address: testStack().temporalAddress, namespace, taskQueue: 'plic' });
  const workflowExecutionRetentionPeriod = google.protobuf.Duration.fromObject({ seconds: 86_400 });
  await bare.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  const asked = () =>
    bare.workflow.count().then(
      () => true,
      () => false,
    );
  await poll(asked, (known) => known, { what: 'the namespace is known' });
  return bare;
}

test('the search attributes of deals are registered where they are missing; a second time changes nothing', async () => {
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  const query = names.map((name) => `${name} = 'x'`).join(' AND ');
  await expect(client.workflow.count(query)).rejects.toThrow();
  await ensureSearchAttributes(client);
  expect((await client.workflow.count(query)).count).toBe(0);
  await ensureSearchAttributes(client);
});

test('a Temporal that takes no more of them says so, with the command that makes them', async () => {
  const full = await bareNamespace();
  const { namespace } = full.options;
  const KEYWORD = 2;
  const searchAttributes = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`Other${n}`, KEYWORD]));
  await (full.connection as Connection).operatorService.addSearchAttributes({ namespace, searchAttributes });
  const refusal = ensureSearchAttributes(full);
  await expect(refusal).rejects.toThrow(SearchAttributesMissing);
  await expect(refusal).rejects.toThrow(
    `temporal operator search-attribute create --namespace ${namespace} --name DealStatus --type Keyword`,
  );
  await full.connection.close();
});

test('a run of an hour or a day that was missed is caught up, one of a minute is not', async () => {
  await setSchedules(client, 'plic');
  const windows = await Promise.all(
    SCHEDULE_IDS.map(async (id) => [id, (await client.schedule.getHandle(id).describe()).policies.catchupWindow]),
  );
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  expect(Object.fromEntries(windows)).toEqual({
    'transfer-retry': day,
    'transfer-reconcile': day,
    'bank-list-hourly': hour,
    'minute-sweep': minute,
    'stale-lock-cleanup': hour,
    'invariant-check': hour,
    retention: day,
  });
});

test('a run of the minute ends before the next one begins; the others take as long as they need', async () => {
  await setSchedules(client, 'plic');
  const limits = await Promise.all(
    SCHEDULE_IDS.map(async (id) => [id, (await client.schedule.getHandle(id).describe()).action.workflowRunTimeout]),
  );
  expect(limits.filter(([, limit]) => limit !== undefined)).toEqual([['minute-sweep', 50_000]]);
});

const runsOf = async (id: string) => {
  const runs: string[] = [];
  const query = `TemporalScheduledById = '${id}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) runs.push(workflowId);
  return runs.length;
};

/** A Schedule with a run that nobody works on. */
async function runningSchedule(id: string): Promise<void> {
  const action = { type: 'startWorkflow', workflowType: 'earlierWorkflow', taskQueue: 'nobody', args: [] } as const;
  const schedule = await client.schedule.create({
    ...{ scheduleId: id, spec: {}, action: { ...action, workflowId: id } },
    policies: { overlap: ScheduleOverlapPolicy.SKIP },
  });
  await schedule.trigger(ScheduleOverlapPolicy.SKIP);
  await poll(
    () => runsOf(id),
    (runs) => runs === 1,
    { what: `${id} runs` },
  );
}

test('schedules that are no more are taken away, with the runs that nobody could go on with, and no other is', async () => {
  for (const id of ['orphan-sweep', 'float-watch', 'of-somebody-else']) await runningSchedule(id);
  expect(await removeOldSchedules(client)).toEqual(['orphan-sweep', 'float-watch']);
  for (const id of ['orphan-sweep', 'float-watch']) {
    await expect(client.schedule.getHandle(id).describe()).rejects.toThrow(ScheduleNotFoundError);
    await poll(
      () => runsOf(id),
      (runs) => runs === 0,
      { what: `the run of ${id} is ended` },
    );
  }
  expect(await removeOldSchedules(client)).toEqual([]);
  await setSchedules(client, 'plic');
  expect(await runsOf('of-somebody-else')).toBe(1);
  await Promise.all(SCHEDULE_IDS.map((id) => client.schedule.getHandle(id).describe()));
  await client.schedule.getHandle('of-somebody-else').delete();
});

test('a run of the minute that earlier code began keeps its Schedule from no later one', async () => {
  const id = 'minute-sweep';
  await client.schedule.getHandle(id).delete();
  await runningSchedule(id);
  await setSchedules(client, 'plic');
  await poll(
    () => runsOf(id),
    (runs) => runs === 0,
    { what: 'the earlier run is ended' },
  );
});
