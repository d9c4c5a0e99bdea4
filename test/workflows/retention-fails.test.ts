/** A night in which personal data cannot be destroyed is told to operators, and taken back by the next that can. */
import { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { retentionActivities } from '../../activities/batches/retention';
import { openDb } from '../../db/connection';
import { createLog } from '../../infra/log';
import { workerOptionsOf } from '../../infra/temporal/options';
import { RETENTION_WORKFLOW } from '../../workflows/batches/messages';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { ENDED } from '../fixtures/ended-terms';
import { insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';
import { testStack } from '../servers/stack';
import { startTimeSkipping } from '../servers/time-skipping';

let env: TestWorkflowEnvironment;
let database: TestDatabase;
beforeAll(async () => {
  [env, database] = await Promise.all([startTimeSkipping(), testDatabase()]);
});
afterAll(() => Promise.all([env?.teardown(), database?.drop()]));

const taskQueue = 'retention';

test('all attempts of a run fail: operators are told why, once, until a run succeeds', async () => {
  const { db, url } = database;
  const tasks = () => db('operator_tasks').whereNull('closed_at').select('deal_id', 'severity', 'reason', 'detail');
  const worker = await Worker.create({
    ...workerOptionsOf('default', TEST_DATA_KEYS),
    ...{ connection: env.nativeConnection, taskQueue, workflowBundle: { codePath: testStack().bundlePath } },
    activities: retentionActivities({
      ...{ db, heartbeat: () => undefined, log: createLog('test', 'silent') },
      openRetentionDb: () => openDb({ databaseUrl: url, poolMax: 1 }),
    }),
  });
  const run = (n: number) =>
    env.client.workflow.execute(RETENTION_WORKFLOW, { workflowId: `retention-${n}`, taskQueue });
  await ENDED['forgotten-devices'](db, await insertPerson(db), new Date('2020-01-01'));
  await db.raw(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no room left'; end $$;
    create trigger refuse before update on devices for each row execute function refuse()`);
  await worker.runUntil(async () => {
    for (const n of [1, 2]) await expect(run(n)).rejects.toThrow(WorkflowFailedError);
    const told = { deal_id: null, severity: 'task', reason: 'retention-failed' };
    expect(await tasks()).toEqual([{ ...told, detail: expect.stringContaining('no room left') }]);
    await db.raw('drop trigger refuse on devices');
    expect(await run(3)).toEqual({
      rules: expect.arrayContaining([{ rule: 'forgotten-devices', emptied: 1, held: 0 }]),
    });
    expect(await tasks()).toEqual([]);
  });
});
