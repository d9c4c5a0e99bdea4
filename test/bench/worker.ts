/** The bench's worker process: the house's own workers, and one with the same options for the bare workflow. */
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { openDb } from '../../db/connection';
import { loadWorkerConfig } from '../../infra/config/worker';
import { openKeyFile } from '../../infra/keys/key-file';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { createWorkers } from '../../workers/compose';
import { connectProviders } from '../../workers/providers';
import { floorActivities } from './floor-activities';
import { floorQueueOf } from './stand';

const logger = new DefaultLogger('ERROR');
const bundle = (sources: Parameters<typeof bundleWorkflowCode>[0]) => bundleWorkflowCode({ ...sources, logger });

async function main(): Promise<void> {
  Runtime.install({ logger });
  const config = loadWorkerConfig();
  const db = openDb({ databaseUrl: config.databaseUrl });
  const redis = await openRedis(config.redisUrl);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const client = await openTemporal(config.temporal);
  const { deals, batches, notices } = await createWorkers({
    ...{ config, db, redis, client, connection },
    keys: openKeyFile(config.keyFile),
    providers: connectProviders(config),
    clock: () => new Date(),
    log: createLog('bench', config.logLevel),
    workflowBundle: await bundle({ workflowsPath: require.resolve('../../workflows') }),
  });
  const floor = await Worker.create({
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
  const { namespace, shutdownGraceTime, stickyQueueScheduleToStartTimeout, maxCachedWorkflows } = options;
  const { workflowTaskPollerBehavior, activityTaskPollerBehavior } = options;
  return {
    ...{ namespace, shutdownGraceTime, stickyQueueScheduleToStartTimeout, maxCachedWorkflows },
    ...{ workflowTaskPollerBehavior, activityTaskPollerBehavior },
    maxConcurrentActivityTaskExecutions: 200,
  };
}

main().catch((error: Error) => {
  process.stderr.write(`bench worker: ${error.stack}\n`);
  process.exit(1);
});
