/** The bench's worker process: the house's own workers, and one with the same options for the bare workflow. */
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { openDb } from '../../db/connection';
import { loadWorkerConfig } from '../../infra/config/worker';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { bundleOptions, workerOptionsOf } from '../../infra/temporal/options';
import { createWorkers } from '../../workers/compose';
import { connectProviders } from '../../workers/providers';
import { dataKeysOf, keysOf } from '../fixtures/keys';
import { floorActivities } from './floor-activities';
import { floorQueueOf } from './stand';
import { isWithout } from './without';

const logger = new DefaultLogger('ERROR');
const bundle = (sources: Parameters<typeof bundleWorkflowCode>[0]) =>
  bundleWorkflowCode({
    ...bundleOptions,
    ...(isWithout('tracing') && { workflowInterceptorModules: [] }),
    ...{ ...sources, logger },
  });

async function main(): Promise<void> {
  Runtime.install({ logger });
  const config = loadWorkerConfig();
  const db = openDb({ databaseUrl: config.databaseUrl });
  const redis = await openRedis(config.redisUrl);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const dataKeys = await dataKeysOf({ db, config });
  const client = await openTemporal(config.temporal, dataKeys);
  const { deals, batches, notices } = await createWorkers({
    ...{ config, db, redis, client, connection },
    ...{ keys: await keysOf({ db, config }), dataKeys },
    providers: connectProviders(config),
    ...{ clock: () => new Date(), wallClock: () => new Date() },
    log: createLog('bench', config.logLevel),
    workflowBundle: await bundle({ workflowsPath: require.resolve('../../workflows') }),
  });
  const floor = await Worker.create({
    ...workerOptionsOf(config.temporal.namespace, dataKeys),
    ...optionsLike(deals),
    connection,
    taskQueue: floorQueueOf(taskQueuesOf(config.temporal.taskQueue).deals),
    workflowBundle: await bundle({ workflowsPath: require.resolve('./floor') }),
    activities: floorActivities,
  });
  notices.start();
  await Promise.all([deals.run(), batches.run(), floor.run()]);
  await notices.stop();
  redis.disconnect();
  await Promise.all([client.connection.close(), connection.close(), db.destroy()]);
}

/** What a worker was made with, as far as it bears on speed. Its number of activity slots is no longer to be seen. */
function optionsLike({ options }: Worker) {
  const { shutdownGraceTime, stickyQueueScheduleToStartTimeout, maxCachedWorkflows } = options;
  const { workflowTaskPollerBehavior, activityTaskPollerBehavior } = options;
  return {
    ...{ shutdownGraceTime, stickyQueueScheduleToStartTimeout, maxCachedWorkflows },
    ...{ workflowTaskPollerBehavior, activityTaskPollerBehavior },
    maxConcurrentActivityTaskExecutions: 200,
  };
}

main().catch((error: Error) => {
  process.stderr.write(`bench worker: ${error.stack}\n`);
  process.exit(1);
});
