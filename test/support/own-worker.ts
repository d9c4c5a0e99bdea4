/** A worker beside those of a house, on a task queue of its own, with options or activities of its own. */
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../activities';
import { openKeyFile } from '../../infra/keys';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import { createActivities } from '../../workers/compose';
import type { House } from './house';
import { testStack } from './stack';

export interface OwnWorkerOptions extends Pick<WorkerOptions, 'maxCachedWorkflows'> {
  /** Some of the house's activities, replaced. */
  replace?(own: Activities): Partial<Activities>;
}

/** Made over the stores and sandboxes of the house; the caller runs the worker, then closes it. */
export async function ownWorker(
  { config, db, client }: House,
  taskQueue: string,
  { replace = () => ({}), ...options }: OwnWorkerOptions,
) {
  const redis = await openRedis(config.redisUrl);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const log = createLog('test', config.logLevel);
  const stores = { db, redis, keys: openKeyFile(config.keyFile), client };
  const own = createActivities({ config, ...stores, clock: () => new Date(), log });
  const worker = await Worker.create({
    ...{ connection, taskQueue, namespace: config.temporal.namespace },
    activities: { ...own, ...replace(own) },
    workflowBundle: { codePath: testStack().bundlePath },
    ...options,
  });
  return { worker, close: () => Promise.all([connection.close(), redis.disconnect()]) };
}
