/** The archive as runs: through ends of workers and of the store, month after month, and failing by name at its end. */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { type ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { archiveActivities } from '../../activities/batches/log-archive';
import { archivedMonths } from '../../db/archives';
import { openDb } from '../../db/connection';
import { openArchive } from '../../infra/archive/open';
import type { S3Place } from '../../infra/archive/place';
import { createLog } from '../../infra/log';
import { openTemporal } from '../../infra/temporal/client';
import { workerOptionsOf } from '../../infra/temporal/options';
import type { ArchiveResult } from '../../workflows/batches/messages';
import type { ArchiveActivities } from '../../workflows/batches/ports';
import { type ArchiveStore, manifestKey, partKey } from '../../workflows/domain/archive';
import { openWay, type TcpProxy } from '../faults/tcp-proxy';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { ENDED_MONTH, insertEndedMonth, pastGuards } from '../fixtures/ended-month';
import { poll } from '../fixtures/poll';
import { type TestDatabase, testDatabase } from '../servers/database';
import { quietTemporal } from '../servers/quiet-temporal';
import { type S3Server, startS3 } from '../servers/s3';
import { testStack } from '../servers/stack';

/** Of one deal each: more pages than one run has. */
const DEALS = 105;
const FIRST = { month: ENDED_MONTH, number: 1 };

quietTemporal();

const taskQueue = `archive-${randomUUID()}`;
let s3: S3Server;
let way: TcpProxy;
let client: Client;
let connection: NativeConnection;
let database: TestDatabase;
let place: S3Place;
beforeAll(async () => {
  const { temporalAddress: address, namespace } = testStack();
  client = await openTemporal({ address, namespace, taskQueue }, TEST_DATA_KEYS);
  connection = await NativeConnection.connect({ address });
  s3 = await startS3();
  way = await openWay(new URL(s3.url).host);
});
afterAll(async () => {
  await Promise.all([client.connection.close(), connection.close()]);
  await way.close();
  await s3.stop();
});
beforeEach(async () => {
  database = await testDatabase();
  place = await s3.newPlace();
});
afterEach(async () => {
  await way.mend();
  await database.drop();
});

/** The store of the bucket, by the way that may be cut. */
const bucket = () => openArchive({ kind: 's3', s3: { ...place, endpoint: `http://${way.address}` } });
const steps = (store: ArchiveStore, pageSize: number) =>
  archiveActivities({
    ...{ db: database.db, store, log: createLog('test', 'silent'), pageSize, heartbeat: () => undefined },
    openBatchDb: () => openDb({ databaseUrl: database.logins.app, poolMax: 2 }),
  });
const workerOf = (activities: ArchiveActivities) =>
  Worker.create({
    ...workerOptionsOf(testStack().namespace, TEST_DATA_KEYS),
    ...{ connection, taskQueue, workflowBundle: { codePath: testStack().bundlePath } },
    stickyQueueScheduleToStartTimeout: '1s', // the next worker takes over soon
    activities: { ...activities },
  });
const begin = () =>
  client.workflow.start<() => Promise<ArchiveResult>>('logArchiveWorkflow', {
    ...{ workflowId: `archive-${randomUUID()}`, taskQueue, args: [] },
  });
const failureOf = (run: Awaited<ReturnType<typeof begin>>) =>
  run.result().then(
    () => null,
    (error: unknown) => error,
  );

/** Before each page something may happen. */
function watched(own: ArchiveActivities, before: (pages: number) => Promise<void>) {
  const seen = { pages: 0 };
  const archivePage: ArchiveActivities['archivePage'] = async (request) => {
    seen.pages += 1;
    await before(seen.pages);
    return own.archivePage(request);
  };
  return { seen, activities: { ...own, archivePage } };
}

test('a run whose worker dies in the middle goes on there, begins anew in time, and writes each part once', async () => {
  await insertEndedMonth(database.db, DEALS);
  const dying = watched(steps(bucket(), 1), async () => undefined);
  const run = await begin();
  await (await workerOf(dying.activities)).runUntil(
    poll(
      async () => dying.seen.pages,
      (pages) => pages >= 30,
      { what: 'a part of it is done' },
    ),
  );
  const other = watched(steps(bucket(), 1), async () => undefined);
  const result = await (await workerOf(other.activities)).runUntil(run.result());
  const rows = DEALS * 13 + 1 + 2; // with what the house booked in the month
  expect(result).toEqual({ archived: [ENDED_MONTH], rows, waiting: [] });
  expect(other.seen.pages).toBeLessThan(DEALS); // it did not begin from the first
  const first = client.workflow.getHandle(run.workflowId, run.firstExecutionRunId);
  expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
  const parts = await database.db('archive_parts').where({ table_name: 'payments' }).sum('rows as rows').first();
  expect(Number(parts?.rows)).toBe(DEALS);
  const again = await (await workerOf(steps(bucket(), 50))).runUntil(async () => (await begin()).result());
  expect(again).toEqual({ archived: [], rows: 0, waiting: [] });
});

test('each month is looked at by a step of its own, and a worker that dies between two does not begin from the first', async () => {
  await insertEndedMonth(database.db, 3);
  await pastGuards(
    database.db,
    `update deals set created_at = created_at + interval '1 month' where deal_no = 'D1';
     update deals set created_at = created_at + interval '2 months' where deal_no = 'D2'`,
  );
  const own = steps(bucket(), 50);
  const looked: string[] = [];
  const archiveDue: ArchiveActivities['archiveDue'] = (request) => {
    looked.push(request.month);
    return own.archiveDue(request);
  };
  const run = await begin();
  await (await workerOf({ ...own, archiveDue })).runUntil(
    poll(
      async () => looked.length,
      (months) => months >= 2,
      { what: 'two months are looked at' },
    ),
  );
  const result = await (await workerOf({ ...own, archiveDue })).runUntil(run.result());
  expect(result).toMatchObject({ archived: [ENDED_MONTH, '2026-02', '2026-03'] });
  expect([...new Set(looked)]).toEqual([ENDED_MONTH, '2026-02', '2026-03']);
  expect(looked.filter((month) => month === ENDED_MONTH)).toHaveLength(1);
});

test('a store that is slow and then goes away in the middle is waited for, and the month is whole all the same', async () => {
  await insertEndedMonth(database.db, 6);
  const { activities } = watched(steps(bucket(), 2), async (pages) => {
    if (pages === 1) way.slow(50);
    if (pages === 2) await way.refuse();
    if (pages === 3) await way.mend();
  });
  const result = await (await workerOf(activities)).runUntil(async () => (await begin()).result());
  expect(result).toMatchObject({ archived: [ENDED_MONTH] });
  expect(await bucket().look(manifestKey(FIRST))).toMatchObject({ standing: 'readable' });
});

test('a month that cannot be written keeps no other from it; the run fails by name, and the next one mends it', async () => {
  await insertEndedMonth(database.db, 6);
  await pastGuards(
    database.db,
    `update deals set created_at = created_at + interval '1 month' where deal_no in ('D1', 'D2');
     update deals set created_at = created_at + interval '2 months', status = 'PAID' where deal_no = 'D3'`,
  );
  const key = partKey('deals', FIRST, 1);
  await bucket().put(key, Buffer.from('somebody else was here'), 'frozen');
  const failure = await (await workerOf(steps(bucket(), 50))).runUntil(async () => failureOf(await begin()));
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  const { message } = (failure as WorkflowFailedError).cause as Error;
  expect(message).toBe(`${ENDED_MONTH}: ${key} is there and holds something else (the next run takes the next number)`);
  const whole = async () =>
    (await archivedMonths(database.db)).filter((one) => one.manifestSha256).map(({ month, number }) => [month, number]);
  expect(await whole()).toEqual([['2026-02', 1]]);
  const next = await (await workerOf(steps(bucket(), 50))).runUntil(async () => (await begin()).result());
  expect(next).toMatchObject({ archived: [`${ENDED_MONTH}.2`], waiting: [{ month: '2026-03', deals: 1 }] });
  expect(await whole()).toEqual([
    [ENDED_MONTH, 2],
    ['2026-02', 1],
  ]);
});

test('a store that stays away through all tries fails the run by its words, and the next run archives the month', async () => {
  await insertEndedMonth(database.db, 2);
  await way.refuse();
  const own = steps(bucket(), 50);
  const onLastTry: ArchiveActivities = {
    ...own,
    archivePage: (request) =>
      own.archivePage(request).catch((error: Error) => {
        throw ApplicationFailure.nonRetryable(error.message);
      }),
  };
  const failure = await (await workerOf(onLastTry)).runUntil(async () => failureOf(await begin()));
  const { cause } = (failure as WorkflowFailedError).cause as ActivityFailure;
  expect(cause?.message).toMatch(/^S3 put: /);
  await way.mend();
  const result = await (await workerOf(own)).runUntil(async () => (await begin()).result());
  expect(result).toMatchObject({ archived: [ENDED_MONTH] });
});
