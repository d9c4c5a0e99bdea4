/** The batches of the first of a month as runs: page after page, anew before they grow large, through failures and ends of workers. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { monthlyActivities } from '../../activities/batches/monthly';
import { createLog } from '../../infra/log';
import { openTemporal } from '../../infra/temporal/client';
import { workerOptionsOf } from '../../infra/temporal/options';
import type { MonthResult, Progress } from '../../workflows/batches/pages';
import type { MonthlyActivities, PageRequest } from '../../workflows/batches/ports';
import { changedBundle } from '../fixtures/changed-bundle';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { completedOf, gradeBefore, insertMonthOfMembers } from '../fixtures/month-of-members';
import { poll } from '../fixtures/poll';
import { type TestDatabase, testDatabase } from '../servers/database';
import { quietTemporal } from '../servers/quiet-temporal';
import { testStack } from '../servers/stack';

/** Of two members each: more pages than one run has. */
const PAGE_SIZE = 2;
const COUNT = 230;
const BEGUN: Progress = {
  ...{ scheduledAt: '2025-11-30T15:00:00.000Z', after: null, members: 0, counts: {}, failed: 0, named: [] },
};

quietTemporal();

const taskQueue = `monthly-${randomUUID()}`;
let client: Client;
let connection: NativeConnection;
let database: TestDatabase;
beforeAll(async () => {
  const { temporalAddress: address, namespace } = testStack();
  client = await openTemporal({ address, namespace, taskQueue }, TEST_DATA_KEYS);
  connection = await NativeConnection.connect({ address });
});
afterAll(() => Promise.all([client.connection.close(), connection.close()]));
beforeEach(async () => {
  database = await testDatabase();
  await insertMonthOfMembers(database.db, { count: COUNT, month: '2025-11' });
});
afterEach(() => database.drop());

const steps = (pageSize: number) =>
  monthlyActivities({
    ...{ db: database.db, heartbeat: () => undefined, log: createLog('test', 'silent') },
    pageSize,
  });
const workerOf = (
  activities: MonthlyActivities,
  workflowBundle: WorkerOptions['workflowBundle'] = { codePath: testStack().bundlePath },
) =>
  Worker.create({
    ...workerOptionsOf(testStack().namespace, TEST_DATA_KEYS),
    ...{ connection, taskQueue, workflowBundle },
    stickyQueueScheduleToStartTimeout: '1s', // the next worker takes over soon
    activities: { ...activities },
  });
const begin = (workflowType: string) =>
  client.workflow.start<(begun: Progress) => Promise<MonthResult>>(workflowType, {
    ...{ workflowId: `${workflowType}-${randomUUID()}`, taskQueue, args: [BEGUN] },
  });

/** Steps that count their calls, after each of which something may happen. */
function watched(after: (calls: number) => Promise<void> = async () => undefined) {
  const own = steps(PAGE_SIZE);
  const seen = { calls: 0 };
  const step = (name: 'keepMonth' | 'judgeGrades') => async (request: PageRequest) => {
    const page = await own[name](request);
    seen.calls += 1;
    await after(seen.calls);
    return page;
  };
  return { seen, activities: { ...own, keepMonth: step('keepMonth'), judgeGrades: step('judgeGrades') } };
}

const gradeFor = (completed: number): string =>
  completed >= 10_000_000 ? 'VIP' : completed >= 3_000_000 ? 'GOLD' : completed >= 1_000_000 ? 'SILVER' : 'BASIC';
const MEMBERS = Array.from({ length: COUNT }, (_, n) => n);
const CHANGED = MEMBERS.filter((n) => gradeFor(completedOf(n)) !== gradeBefore(n)).length;

test('a run that dies in the middle, after its page and before the answer, goes on there, begins anew in time, and does all once', async () => {
  const dying = watched(async (calls) => {
    if (calls % 50 === 0) throw new Error('it died before it could answer');
  });
  const run = await begin('gradeUpdateWorkflow');
  await (await workerOf(dying.activities)).runUntil(
    poll(
      async () => dying.seen.calls,
      (calls) => calls >= 60,
      { what: 'half of it is done' },
    ),
  );
  const other = watched();
  const result = await (await workerOf(other.activities)).runUntil(run.result());
  const counts = { changed: expect.any(Number) }; // a page that was done twice had nothing to change
  expect(result).toEqual({ month: '2025-11-01', members: COUNT, counts });
  expect(other.seen.calls).toBeGreaterThan(1); // it had something left, and not all of it
  expect(other.seen.calls).toBeLessThan(COUNT / PAGE_SIZE);
  const first = client.workflow.getHandle(run.workflowId, run.firstExecutionRunId);
  expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
  const { db } = database;
  expect(await db('grade_changes')).toHaveLength(CHANGED);
  expect(await db('notices')).toHaveLength(CHANGED);
  const again = await (await workerOf(steps(50))).runUntil(async () => (await begin('gradeUpdateWorkflow')).result());
  expect(again).toEqual({ month: '2025-11-01', members: COUNT, counts: { changed: 0 } });
});

test('members that could not be done let the run go on to its end, and fail it there by name', async () => {
  const { db } = database;
  const { rows } = await db.raw(`select md5('member' || n)::uuid as id from generate_series(1, 12) n`);
  const bad = rows.map(({ id }: { id: string }) => id);
  await db.raw(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no room left'; end $$`);
  await db.raw(`create trigger refuse before insert on user_monthly_stats for each row
    when (new.user_id in (${bad.map((id: string) => `'${id}'`).join(', ')})) execute function refuse()`);
  const active = MEMBERS.filter((n) => completedOf(n) > 0);
  const worse = active.filter((n) => n >= 1 && n <= 12);
  const run = await begin('monthlyResetWorkflow');
  const failure = await (await workerOf(steps(50))).runUntil(
    run.result().then(
      () => null,
      (error: unknown) => error,
    ),
  );
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  const { message } = (failure as WorkflowFailedError).cause as Error;
  expect(message).toContain(`${worse.length} of ${COUNT} members could not be done: `);
  expect(message.match(/[0-9a-f-]{36}/g)?.every((id) => bad.includes(id))).toBe(true);
  expect(await db('user_monthly_stats')).toHaveLength(active.length - worse.length);
});

test('a run that earlier code began, which did not ask whether the month is whole, is finished by the code of today', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plic-monthly-'));
  try {
    const before = await changedBundle(dir, (source, file) =>
      file === 'batches/pages.ts' ? source.replace('patched(SETTLES)', '(SETTLES as string) === ""') : source,
    );
    const early = watched();
    const run = await begin('monthlyResetWorkflow');
    await (await workerOf(early.activities, before)).runUntil(
      poll(
        async () => early.seen.calls,
        (calls) => calls >= 20,
        { what: 'a part of it is done' },
      ),
    );
    const result = await (await workerOf(watched().activities)).runUntil(run.result());
    expect(result).toMatchObject({ month: '2025-11-01', members: COUNT });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
