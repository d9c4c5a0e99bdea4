/** What `npm run schedules` leaves in a Temporal that has never heard of PLIC. */
import { randomUUID } from 'node:crypto';
import { type Client, type Connection, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { taskQueuesOf } from '../../infra/temporal/client';
import { plannedChanges } from '../../workers/schedule-changes';
import { optionsOf, removeOldSchedules, setSchedules } from '../../workers/schedules';
import { ensureSearchAttributes, SearchAttributesMissing } from '../../workers/search-attributes';
import { SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import { kstTimeOf } from '../../workflows/domain/bank-calendar';
import { BATCH_NAMES, type BatchName, batchOf, lastTick } from '../../workflows/domain/batches';
import { bareNamespace } from '../fixtures/namespace';
import { poll } from '../fixtures/poll';

let client: Client;
beforeAll(async () => {
  client = await bareNamespace();
});
afterAll(async () => {
  await Promise.all(BATCH_NAMES.map((id) => client.schedule.getHandle(id).delete()));
  await client.connection.close();
});

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

test('what each Schedule makes up for, and that none runs beside itself, are as the table says', async () => {
  await setSchedules(client, 'plic');
  const found = await Promise.all(
    BATCH_NAMES.map(async (id) => {
      const { catchupWindow, overlap } = (await client.schedule.getHandle(id).describe()).policies;
      return [id, catchupWindow, overlap];
    }),
  );
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  const windows = { '1 minute': minute, '1 hour': hour, '1 day': day, '7 days': 7 * day };
  expect(found).toEqual(BATCH_NAMES.map((id) => [id, windows[batchOf(id).catchUp], 'SKIP']));
});

test('a run of the minute ends before the next one begins; the others take as long as they need', async () => {
  await setSchedules(client, 'plic');
  const limits = await Promise.all(
    BATCH_NAMES.map(async (id) => [id, (await client.schedule.getHandle(id).describe()).action.workflowRunTimeout]),
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
  await Promise.all(BATCH_NAMES.map((id) => client.schedule.getHandle(id).describe()));
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

const QUEUE = taskQueuesOf('plic').batches;
const changed = async () => (await plannedChanges(client, QUEUE)).map(({ id, kind }) => [id, kind]);

test('what would change is told, field by field, and what is as it should be is not', async () => {
  await setSchedules(client, 'plic');
  expect(await plannedChanges(client, QUEUE)).toEqual([]);
  const handle = client.schedule.getHandle('transfer-retry');
  await handle.update((options) => ({
    ...options,
    spec: { calendars: [{ hour: 9, minute: 30 }], timezone: 'Asia/Seoul' },
    policies: { ...options.policies, catchupWindow: '90s', overlap: ScheduleOverlapPolicy.ALLOW_ALL },
  }));
  await client.schedule.getHandle('retention').pause('the lawyers look at it');
  await client.schedule.getHandle('grade-update').delete();
  await runningSchedule('orphan-sweep');
  const [grades, retry, old, ...more] = await plannedChanges(client, QUEUE);
  expect(grades).toMatchObject({ id: 'grade-update', kind: 'new' });
  expect(grades?.fields).toContain('when: Asia/Seoul, day 1, hour 0, minute 0');
  expect(retry).toEqual({
    ...{ id: 'transfer-retry', kind: 'changed' },
    fields: [
      'when: Asia/Seoul, day *, hour 9, minute 30 -> Asia/Seoul, day *, hour 9+14, minute 0',
      ...['catch-up: 90 s -> 1 day', 'overlap: allow_all -> skip'],
    ],
  });
  expect(old).toEqual({ id: 'orphan-sweep', kind: 'gone', fields: [] });
  expect(more).toEqual([]);
  await setSchedules(client, 'plic');
  await removeOldSchedules(client);
  expect(await changed()).toEqual([]);
  expect((await client.schedule.getHandle('retention').describe()).state).toMatchObject({ paused: true });
});

test('a calendar that this table cannot say is told as a difference, whatever it is', async () => {
  await setSchedules(client, 'plic');
  for (const spec of [
    { calendars: [{ hour: 23, dayOfWeek: 'MONDAY' as const }], timezone: 'Asia/Seoul' },
    { calendars: [{ hour: 23 }], timezone: 'Asia/Seoul', endAt: new Date('2030-01-01') },
    { calendars: [{ hour: 23 }], timezone: 'UTC' },
    { calendars: [{ hour: 23 }, { hour: 5 }], timezone: 'Asia/Seoul' },
    { intervals: [{ every: '1 day' }] },
  ]) {
    await client.schedule.getHandle('transfer-reconcile').update((options) => ({ ...options, spec }));
    expect(await changed()).toEqual([['transfer-reconcile', 'changed']]);
  }
  await setSchedules(client, 'plic');
  expect(await changed()).toEqual([]);
});

/** By Temporal: when a Schedule of this calendar runs from then on. */
async function nextTimes(batch: BatchName, from: string): Promise<string[]> {
  const options = optionsOf(batch, 'nobody');
  const scheduleId = `${batch}-from-${randomUUID()}`;
  const spec = { ...options.spec, startAt: new Date(`${from}+09:00`) };
  const handle = await client.schedule.create({ ...options, scheduleId, spec, state: { paused: true } });
  const { nextActionTimes } = (await handle.describe()).info;
  await handle.delete();
  return nextActionTimes.slice(0, 5).map(kstTimeOf);
}
const times = (...at: readonly string[]) => at.map((one) => `${one}:00+09:00`);
const daily = (hour: string, ...days: readonly string[]) => times(...days.map((day) => `${day}T${hour}`));

const LEAP = ['2028-02-28', '2028-02-29', '2028-03-01', '2028-03-02', '2028-03-03'];
const NO_LEAP = ['2027-02-27', '2027-02-28', '2027-03-01', '2027-03-02', '2027-03-03'];
const NEW_YEAR = ['2027-12-30', '2027-12-31', '2028-01-01', '2028-01-02', '2028-01-03'];
const SUNDAYS = ['2028-02-27', '2028-03-05', '2028-03-12', '2028-03-19', '2028-03-26'];
const FIRSTS = ['2027-12-01', '2028-01-01', '2028-02-01', '2028-03-01', '2028-04-01'];

test.each<[BatchName, string, string[]]>([
  ['grade-update', '2027-11-30T23:59:59', daily('00:00', ...FIRSTS)],
  [
    'grade-update',
    '2028-01-31T12:00:00',
    daily('00:00', '2028-02-01', '2028-03-01', '2028-04-01', '2028-05-01', '2028-06-01'),
  ],
  ['monthly-reset', '2027-12-01T00:00:01', daily('00:30', ...FIRSTS)],
  ['transfer-reconcile', '2028-02-28T00:00:00', daily('23:00', ...LEAP)],
  ['transfer-reconcile', '2027-02-26T23:00:01', daily('23:00', ...NO_LEAP)],
  ['transfer-reconcile', '2027-12-30T00:00:00', daily('23:00', ...NEW_YEAR)],
  ['retention', '2028-02-27T04:10:01', daily('04:10', ...LEAP)],
  ['retention', '2027-12-29T23:59:59', daily('04:10', ...NEW_YEAR)],
  ['log-archive', '2028-02-20T05:00:01', daily('05:00', ...SUNDAYS)],
  [
    'log-archive',
    '2027-12-26T04:59:59',
    daily('05:00', '2027-12-26', '2028-01-02', '2028-01-09', '2028-01-16', '2028-01-23'),
  ],
  [
    'transfer-retry',
    '2028-02-28T09:00:01',
    times('2028-02-28T14:00', '2028-02-29T09:00', '2028-02-29T14:00', '2028-03-01T09:00', '2028-03-01T14:00'),
  ],
  [
    'bank-list-hourly',
    '2028-02-29T22:15:01',
    times('2028-02-29T23:15', '2028-03-01T00:15', '2028-03-01T01:15', '2028-03-01T02:15', '2028-03-01T03:15'),
  ],
  [
    'invariant-check',
    '2027-12-31T21:20:01',
    times('2027-12-31T22:20', '2027-12-31T23:20', '2028-01-01T00:20', '2028-01-01T01:20', '2028-01-01T02:20'),
  ],
  [
    'stale-lock-cleanup',
    '2028-02-29T22:40:00',
    times('2028-02-29T22:40', '2028-02-29T23:40', '2028-03-01T00:40', '2028-03-01T01:40', '2028-03-01T02:40'),
  ],
  [
    'card-expiry',
    '2027-12-30T09:30:01',
    times('2027-12-31T09:30', '2028-01-01T09:30', '2028-01-02T09:30', '2028-01-03T09:30', '2028-01-04T09:30'),
  ],
  [
    'minute-sweep',
    '2028-02-29T23:57:30',
    times('2028-02-29T23:58', '2028-02-29T23:59', '2028-03-01T00:00', '2028-03-01T00:01', '2028-03-01T00:02'),
  ],
])(
  '%s after %s: the next five times, in Korea, across the ends of months and years and a leap day',
  async (batch, from, next) => {
    expect(await nextTimes(batch, from)).toEqual(next);
    // The house's own calculation, by which a missed run is noticed, is Temporal's.
    const { calendar } = batchOf(batch);
    for (const at of next) {
      expect(kstTimeOf(lastTick(calendar, new Date(at)))).toBe(at);
      expect(new Date(at).getTime()).toBeGreaterThan(lastTick(calendar, new Date(Date.parse(at) - 1)).getTime());
    }
    for (const [n, at] of next.slice(1).entries())
      expect(kstTimeOf(lastTick(calendar, new Date(Date.parse(at) - 1)))).toBe(next[n]);
  },
);
