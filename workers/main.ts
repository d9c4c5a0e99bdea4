/** `npm run worker`: runs deals, batches and notices until SIGTERM, then lets what is in flight finish. */
import { bundleWorkflowCode, NativeConnection, Runtime } from '@temporalio/worker';
import { openClock } from '../api/open-clock';
import { openKeysOf } from '../api/open-keys';
import { openDb } from '../db/connection';
import { awaitSteps } from '../db/minute-steps';
import { refusalToServe } from '../db/usable';
import { ConfigError } from '../infra/config/load';
import { loadWorkerConfig, type WorkerConfig } from '../infra/config/worker';
import { wallClock } from '../infra/fast-clock';
import { WrongMasterKey } from '../infra/keys/master-key';
import { createLog, type Log } from '../infra/log';
import { openRedis } from '../infra/redis';
import { channelOf, openTemporal } from '../infra/temporal/client';
import { bundleOptions } from '../infra/temporal/options';
import { startTracing } from '../infra/temporal/tracing';
import { untilUp } from '../infra/until-up';
import { createWorkers, type Workers } from './compose';
import { startHealth, workerChecks } from './health';
import { connectProviders } from './providers';

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

/** A start that cannot succeed; its message is all that is shown. */
class StartError extends Error {
  override readonly name = 'StartError';
}

/** A wrong master key is an answer: no waiting makes it right. */
const orWrong = <T>(keys: Promise<T>): Promise<T | WrongMasterKey> =>
  keys.catch((error: unknown) => {
    if (error instanceof WrongMasterKey) return error;
    throw error;
  });

/** What everything else needs, opened one after the other; each is waited for, and the wait is said. */
async function openDependencies(config: WorkerConfig, log: Log, signal: AbortSignal) {
  const db = openDb({ databaseUrl: config.databaseUrl });
  await untilUp('PostgreSQL', () => db.raw('select 1'), log, signal);
  const refusal = await untilUp('migrations', () => refusalToServe(db), log, signal);
  if (refusal !== null) throw new StartError(refusal);
  const { masterKey } = config;
  const opened = await untilUp(
    'keys',
    () => orWrong(openKeysOf({ db, masterKey, clock: wallClock, log })),
    log,
    signal,
  );
  if (opened instanceof WrongMasterKey) throw new StartError(opened.message);
  const { keys, dataKeys } = opened;
  const onTrouble = (error: Error) => log.warn({ reason: error.message }, 'redis');
  const redis = await untilUp('Redis', () => openRedis(config.redisUrl, onTrouble), log, signal);
  const client = await untilUp('Temporal', () => openTemporal(config.temporal, dataKeys), log, signal);
  const channel = channelOf(config.temporal);
  const connection = await untilUp('Temporal', () => NativeConnection.connect(channel), log, signal);
  await untilUp('PostgreSQL', () => awaitSteps(db), log, signal); // from here on there is somebody to do them
  return { db, redis, keys, dataKeys, client, connection };
}

/** The first SIGTERM or SIGINT asks to finish, a second one ends the process at once. */
function stopOnSignals(log: Log): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) {
        log.warn({ signal }, 'asked twice: ending at once');
        process.exit(1);
      }
      log.info({ signal }, 'draining');
      stopping.abort();
    });
  }
  return stopping.signal;
}

async function runWorkers({ deals, batches, ...dispatchers }: Workers, signal: AbortSignal): Promise<void> {
  const workers = [deals, batches];
  const shutDown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', shutDown);
  const beside = Object.values(dispatchers);
  if (!signal.aborted) for (const one of beside) one.start();
  // Until they are shut down, and what is in flight has ended. When one fails the process ends, and is started anew.
  const runs = workers.map((worker) => worker.run().finally(shutDown));
  if (signal.aborted) shutDown(); // one that never ran would hold its connection for ever
  const ends = await Promise.allSettled(runs);
  await Promise.all(beside.map((one) => one.stop()));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}

async function main(): Promise<void> {
  const config = loadWorkerConfig();
  const log = createLog('worker', config.logLevel);
  const logger = temporalLogger(log.child({}, { level: config.logLevel === 'info' ? 'warn' : config.logLevel }));
  Runtime.install({ logger, shutdownSignals: [] }); // ours are below, and also work while there is no worker yet
  const stopping = stopOnSignals(log);
  const { workerHealthPort, host } = config;
  const health = workerHealthPort === null ? null : await startHealth(host, workerHealthPort);
  if (health) log.info({ url: health.url }, 'health');
  stopping.addEventListener('abort', () => health?.drain());
  const stopTracing = startTracing('plic-worker', config.traces);
  const { db, redis, client, connection, ...keyring } = await openDependencies(config, log, stopping);
  const workflowBundle = await bundleWorkflowCode({ ...bundleOptions, workflowsPath: require.resolve('../workflows') });
  const stores = { db, redis, ...keyring, client, connection, providers: connectProviders(config) };
  const { clock, stop: stopClock } = await openClock(config.fastClock, { db, process: 'worker', log });
  const workers = await createWorkers({ config, ...stores, clock, wallClock, log, workflowBundle });
  health?.watch(workerChecks({ db, redis, client, workers: [workers.deals, workers.batches] }));
  log.info({ pid: process.pid, pace: config.pace, namespace: config.temporal.namespace }, 'worker ready');
  try {
    await runWorkers(workers, stopping);
  } finally {
    await health?.close();
    await client.connection.close();
    await connection.close();
    redis.disconnect();
    await stopClock();
    await db.destroy();
    await stopTracing();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    if (error.name === 'AbortError') process.exit(0); // asked to stop while it waited for a dependency
    process.stderr.write(
      `worker: ${error instanceof ConfigError || error instanceof StartError ? error.message : error.stack}\n`,
    );
    process.exit(1);
  },
);
