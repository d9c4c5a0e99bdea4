/** A worker beside those of a house, on a task queue of its own, with options or activities of its own. */
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { openKeyFile } from '../../infra/keys/key-file';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import type { Activities } from '../../workers/compose';
import { createActivities } from '../../workers/compose';
import { connectProviders } from '../../workers/providers';
import type { House } from './house';
import { testStack } from './stack';

export interface OwnWorkerOptions extends Pick<WorkerOptions, 'maxCachedWorkflows'> {
  /** Some of the house's activities, replaced. */
  replace?(own: Activities): Partial<Activities>;
}

/** Runs one, over the stores and sandboxes of the house, while `play` goes on. */
export async function whileOwnWorker(
  { config, db, client }: House,
  taskQueue: string,
  { replace = () => ({}), ...options }: OwnWorkerOptions,
  play: () => Promise<void>,
): Promise<void> {
  const redis = await openRedis(config.redisUrl);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const log = createLog('test', config.logLevel);
  const stores = { db, redis, keys: openKeyFile(config.keyFile), client, providers: connectProviders(config) };
  const own = createActivities({ config, ...stores, clock: () => new Date(), log });
  const worker = await Worker.create({
    ...{ connection, taskQueue, namespace: config.temporal.namespace },
    activities: { ...own, ...replace(own) },
    workflowBundle: { codePath: testStack().bundlePath },
    ...options,
  });
  await worker.runUntil(play);
  await Promise.all([connection.close(), redis.disconnect()]);
}
