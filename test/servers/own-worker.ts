/** A worker beside those of a house, on a task queue of its own, with options or activities of its own. */
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import { workerOptionsOf } from '../../infra/temporal/options';
import type { Activities } from '../../workers/compose';
import { createActivities } from '../../workers/compose';
import { connectProviders } from '../../workers/providers';
import { keysOf } from '../fixtures/keys';
import type { House } from './house';
import { testStack } from './stack';

export interface OwnWorkerOptions extends Pick<WorkerOptions, 'maxCachedWorkflows'> {
  /** Some of the house's activities, replaced. */
  replace?(own: Activities): Partial<Activities>;
}

/** Runs one, over the stores and sandboxes of the house, while `play` goes on. */
export async function whileOwnWorker(
  { config, appDb, client, dataKeys }: House,
  taskQueue: string,
  { replace = () => ({}), ...options }: OwnWorkerOptions,
  play: () => Promise<void>,
): Promise<void> {
  const redis = await openRedis(config.redisUrl);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const log = createLog('test', config.logLevel);
  const keys = await keysOf({ db: appDb, config });
  const stores = { db: appDb, redis, keys, client, providers: connectProviders(config) };
  const own = createActivities({ config, ...stores, clock: () => new Date(), wallClock: () => new Date(), log });
  const worker = await Worker.create({
    ...workerOptionsOf(config.temporal.namespace, dataKeys),
    ...{ connection, taskQueue },
    activities: { ...own, ...replace(own) },
    workflowBundle: { codePath: testStack().bundlePath },
    ...options,
  });
  await worker.runUntil(play);
  await Promise.all([connection.close(), redis.disconnect()]);
}
