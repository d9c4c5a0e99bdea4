/** `npm run worker`: runs deals, batches and notices until SIGTERM, then lets what is in flight finish. */
import { bundleWorkflowCode, NativeConnection, Runtime } from '@temporalio/worker';
import { openDb } from '../db/connection';
import { ConfigError, loadConfig } from '../infra/config';
import { openKeyFile } from '../infra/keys';
import { createLog, type Log } from '../infra/log';
import { openRedis } from '../infra/redis';
import { openTemporal } from '../infra/temporal';
import { untilUp } from '../infra/until-up';
import { createWorkers } from './compose';

/** Temporal's own log lines as ours; task tokens and symbols are noise. */
function temporalLogger(log: Log) {
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta: object = {}) => {
      const { taskToken: _token, ...rest } = meta as { taskToken?: unknown };
      log[level](rest, message);
    };
  return {
    log: (level: string, message: string, meta?: object) => write(level.toLowerCase() as 'info')(message, meta),
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLog('worker', config.logLevel);
  Runtime.install({
    logger: temporalLogger(log.child({}, { level: config.logLevel === 'info' ? 'warn' : config.logLevel })),
  });
  const db = openDb({ databaseUrl: config.databaseUrl });
  const keys = openKeyFile(config.keyFile);
  await untilUp('PostgreSQL', () => db.raw('select 1'), log);
  const onTrouble = (error: Error) => log.warn({ reason: error.message }, 'redis');
  const redis = await untilUp('Redis', () => openRedis(config.redisUrl, onTrouble), log);
  const { address, namespace } = config.temporal;
  const connection = await untilUp('Temporal', () => NativeConnection.connect({ address }), log);
  const client = await untilUp('Temporal', () => openTemporal(config.temporal), log);
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: require.resolve('../workflows') });
  const clock = () => new Date();
  const { deals, batches, notices } = await createWorkers({
    config,
    db,
    redis,
    keys,
    client,
    connection,
    clock,
    log,
    workflowBundle,
  });
  notices.start();
  log.info({ pid: process.pid, pace: config.pace, namespace }, 'worker ready');
  try {
    await Promise.all([deals.run(), batches.run()]); // ends on SIGTERM or SIGINT, after activities in flight
  } finally {
    await notices.stop();
    await client.connection.close();
    await connection.close();
    redis.disconnect();
    await db.destroy();
  }
}

main().catch((error: Error) => {
  process.stderr.write(`worker: ${error instanceof ConfigError ? error.message : error.stack}\n`);
  process.exit(1);
});
