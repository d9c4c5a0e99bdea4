import { NativeConnection, Worker } from '@temporalio/worker';
import { createDealEngine } from '../../infra/deal-engine';
import { openKeyFile } from '../../infra/keys';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import { createActivities } from '../../workers/compose';
import { expectMoneyBalanced } from '../support/balance';
import { type House, startHouse } from '../support/house';
import { poll } from '../support/poll';
import { testStack } from '../support/stack';
import { prepareDeal } from '../support/story';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

/** A worker that keeps no workflow in memory: every task replays the history from its beginning. */
async function forgetfulWorker(taskQueue: string) {
  const { config, db, client } = house;
  const redis = await openRedis(config.redisUrl);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const log = createLog('test', config.logLevel);
  const stores = { db, redis, keys: openKeyFile(config.keyFile), client };
  const worker = await Worker.create({
    ...{ connection, taskQueue, namespace: config.temporal.namespace },
    activities: createActivities({ config, ...stores, clock: () => new Date(), log }),
    workflowBundle: { codePath: testStack().bundlePath },
    maxCachedWorkflows: 0,
  });
  return { worker, close: () => Promise.all([connection.close(), redis.disconnect()]) };
}

test('a cancel that meets the first confirm in one workflow task is replayed as it ran', async () => {
  const taskQueue = `${house.config.temporal.taskQueue}-forgetful`;
  const engine = createDealEngine({ client: house.client, taskQueue, policy: house.config.policy });
  const { payer, id, dealNo, cardId, workflow } = await prepareDeal(house);
  const header = { dealId: id, dealNo, payerId: payer.userId, createdDay: '2026-01-01', amountBand: '<1M' };
  // Nobody works yet: both wait for the same first task.
  const confirmed = engine.confirm(header, { attempt: 1, cardId, deviceId: 'd' }, 30_000);
  await poll(
    () => workflow.describe().catch(() => null),
    (run) => run !== null,
    { what: 'the workflow is started' },
  );
  const cancelled = engine.cancel(header, { actor: 'payer', reason: 'payer' }, 30_000);
  const { worker, close } = await forgetfulWorker(taskQueue);
  await worker.runUntil(async () => {
    await Promise.all([confirmed, cancelled]);
    await payer.waitForStatus(id, 'CANCELLED');
    expect(await workflow.result()).toBe('CANCELLED');
  });
  await close();
  const failures = (await workflow.fetchHistory()).events?.filter((event) => event.workflowTaskFailedEventAttributes);
  expect(failures).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});
