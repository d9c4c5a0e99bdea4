/** The API process: connects to what it runs on, listens, and drains on SIGTERM. */
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDb } from '../db/connection';
import { NotMigrated } from '../db/migrations';
import { refusalToServe } from '../db/usable';
import { type ApiConfig, loadApiConfig } from '../infra/config/api';
import { ConfigError } from '../infra/config/load';
import { wallClock } from '../infra/fast-clock';
import { WrongMasterKey } from '../infra/keys/master-key';
import { createLog, type Log } from '../infra/log';
import { openRedis } from '../infra/redis';
import { openTemporal, taskQueuesOf } from '../infra/temporal/client';
import { createDealEngine } from '../infra/temporal/deal-engine';
import { startTracing } from '../infra/temporal/tracing';
import { createApp } from './app';
import { openClock } from './open-clock';
import { openKeysOf } from './open-keys';

/** How long the start waits for each dependency, and how often it says so. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 1_000;
/** Not ready for so long before the door is closed: the load balancer sends its requests elsewhere meanwhile. */
const LEAVE_MS = 2_000;
/** A confirm may take 10 s; what is still open after this is cut. */
const DRAIN_MS = 12_000;

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 65_000, // longer than the load balancer's idle time
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8 * 1_024,
};

/** A start that cannot succeed; its message is all that is shown. */
class StartError extends Error {
  override readonly name = 'StartError';
}

/** Opens a dependency, again and again until it answers or the patience ends. `where` must hold no credentials. */
async function waitFor<T>(name: string, where: string, log: Log, open: () => Promise<T>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (error instanceof WrongMasterKey) throw new StartError(error.message);
      const lacking = error instanceof NotMigrated;
      const reason = lacking ? error.message : ((error as { code?: string }).code ?? (error as Error).name);
      if (Date.now() > until)
        throw new StartError(lacking ? reason : `${name} at ${where} does not answer (${reason})`);
      if (attempt % 5 === 1) log.warn({ dependency: name, where, reason }, `waiting for ${name}`);
      await sleep(RETRY_MS);
    }
  }
}

const hostOf = (url: string): string => new URL(url).host;

async function openDependencies(config: ApiConfig, log: Log) {
  const db = openDb({ databaseUrl: config.databaseUrl });
  await waitFor('PostgreSQL', hostOf(config.databaseUrl), log, () => db.raw('select 1'));
  const refusal = await waitFor('migrations', hostOf(config.databaseUrl), log, () => refusalToServe(db));
  if (refusal !== null) throw new StartError(refusal);
  const trouble = (error: Error) => log.warn({ reason: (error as { code?: string }).code ?? error.name }, 'redis');
  const redis = await waitFor('Redis', hostOf(config.redisUrl), log, () => openRedis(config.redisUrl, trouble));
  const { masterKey, temporal: at } = config;
  const open = () => openKeysOf({ db, masterKey, clock: wallClock, log });
  const { keys, dataKeys } = await waitFor('keys', 'the master key', log, open);
  const temporal = await waitFor('Temporal', at.address, log, () => openTemporal(at, dataKeys));
  return { db, redis, temporal, keys };
}

async function listen(server: Server, { host, port }: ApiConfig): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new StartError(`port ${port} on ${host} is in use: stop what listens there, or set PORT`);
    throw error;
  });
  const address = server.address();
  return `http://${host}:${typeof address === 'object' ? address?.port : port}`;
}

/** Takes no new requests, lets the open ones finish, and cuts what is left after 12 s. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(cut);
}

async function main(): Promise<void> {
  const config = loadApiConfig();
  const log = createLog('api', config.logLevel);
  const stopTracing = startTracing('plic-api', config.traces);
  const { db, redis, temporal, keys } = await openDependencies(config, log);
  const { deals: taskQueue } = taskQueuesOf(config.temporal.taskQueue);
  const engine = createDealEngine({ client: temporal, taskQueue, policy: config.policy, desk: config.desk });
  const { clock, stop: stopClock } = await openClock(config.fastClock, { db, process: 'api', log });
  const stopping = new AbortController();
  const app = createApp({
    db,
    redis,
    temporal,
    engine,
    keys,
    clock,
    wallClock,
    config,
    log,
    stopping: stopping.signal,
  });
  const server = createServer(LIMITS, app);
  log.info({ url: await listen(server, config), pace: config.pace }, 'listening');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  log.info('draining');
  stopping.abort();
  await sleep(LEAVE_MS);
  await drain(server);
  redis.disconnect();
  await stopClock();
  // The engine's channel ends with the process: closed under a call that waits to be repeated, the client throws beside
  // us.
  await Promise.all([db.destroy().catch(() => undefined), stopTracing()]);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = error instanceof ConfigError || error instanceof StartError;
    process.stderr.write(`api: ${expected ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  },
);
