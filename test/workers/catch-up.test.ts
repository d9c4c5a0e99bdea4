/** A Temporal that was down at the time of a batch makes up for it when it is back, once, and with the period of that time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { freePort } from '../../infra/local/ports';
import { startTemporal } from '../../infra/local/temporal';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { workerOptionsOf } from '../../infra/temporal/options';
import { optionsOf } from '../../workers/schedules';
import type { MonthlyActivities, PageRequest } from '../../workflows/batches/ports';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { poll } from '../fixtures/poll';
import { quietTemporal } from '../servers/quiet-temporal';
import { testStack } from '../servers/stack';

quietTemporal();

/** Between two times of the batch; Temporal looks back no less than 10 s, and forgets nothing within its window. */
const EVERY_MS = 20_000;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'plic-catch-up-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

test('grade-update at whose time the engine was down runs when it is back, for the month of that time', async () => {
  const port = await freePort();
  const files = { port, dbFile: join(dir, 'temporal.db'), logFile: join(dir, 'temporal.log') };
  const queue = taskQueuesOf('plic').batches;
  const first = await startTemporal(files);
  const open = () => openTemporal({ address: first.address, namespace: 'default', taskQueue: 'plic' }, TEST_DATA_KEYS);
  const client = await open();
  const own = optionsOf('grade-update', queue);
  const since = new Date();
  const spec = { intervals: [{ every: EVERY_MS, offset: (since.getTime() + 5_000) % EVERY_MS }] }; // in 5 s, then every 20 s
  await client.schedule.create({ ...own, spec });
  const next = (await client.schedule.getHandle('grade-update').describe()).info.nextActionTimes[0] as Date;
  await first.stop();
  await client.connection.close();
  const now = async () => Date.now();
  await poll(now, (at) => at > next.getTime(), { what: 'its time passes while nobody is there' });
  const second = await startTemporal(files);
  const back = await open();
  const judged: string[] = [];
  try {
    await whileWorking(second.address, queue, judged, async () => {
      const runs = () => runsOf(back);
      const done = await poll(runs, (found) => found.length > 0, { what: 'the missed time is made up for' });
      expect(done.filter((at) => at === next.toISOString())).toEqual([next.toISOString()]);
      await poll(
        async () => judged,
        (all) => all.includes(next.toISOString()),
        { what: 'it works on the period of that time' },
      );
    });
  } finally {
    await back.connection.close();
    await second.stop();
  }
});

/** When the runs of the Schedule were meant to be. */
async function runsOf(client: Client): Promise<string[]> {
  const { recentActions } = (await client.schedule.getHandle('grade-update').describe()).info;
  return recentActions.map(({ scheduledAt }) => scheduledAt.toISOString());
}

/** A worker of the batches that notes for which time each page was asked. */
async function whileWorking(address: string, taskQueue: string, judged: string[], play: () => Promise<void>) {
  const connection = await NativeConnection.connect({ address });
  const page = async ({ scheduledAt }: PageRequest) => {
    judged.push(scheduledAt);
    return { next: null, members: 0, counts: {}, failed: [] };
  };
  const activities: MonthlyActivities = { keepMonth: page, judgeGrades: page, settlesInMs: async () => 0 };
  const worker = await Worker.create({
    ...workerOptionsOf('default', TEST_DATA_KEYS),
    ...{ connection, taskQueue, workflowBundle: { codePath: testStack().bundlePath } },
    activities: { ...activities },
  });
  try {
    await worker.runUntil(play);
  } finally {
    await connection.close();
  }
}
