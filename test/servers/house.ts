/**
 * A whole PLIC of one test file's own, with the real API listening and the real workers running. Only the durations are shorter,
 * and the clock may be another.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NativeConnection } from '@temporalio/worker';
import { createApp } from '../../api/app';
import { RATE_LIMITS, type RateLimits } from '../../api/deps';
import { openClock } from '../../api/open-clock';
import { type Db, openDb } from '../../db/connection';
import { makeFastClock } from '../../db/fast-clock';
import { wallClock } from '../../infra/fast-clock';
import type { DataKeys } from '../../infra/keys/data-keys';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import type { Timings } from '../../infra/sandbox/sandbox';
import { createWorkers, type Workers } from '../../workers/compose';
import { connectProviders } from '../../workers/providers';
import type { DealPolicy } from '../../workflows/domain/policy';
import type { Providers } from '../../workflows/domain/providers';
import { keysOf } from '../fixtures/keys';
import { TEST_POLICY } from '../fixtures/policy';
import { type Ground, prepareGround } from './ground';
import { quietTemporal } from './quiet-temporal';
import { testStack } from './stack';

export interface HouseOptions {
  /** What differs from `TEST_POLICY`. */
  readonly policy?: Partial<DealPolicy>;
  /** What differs from `TEST_TIMINGS`. */
  readonly timings?: Partial<Timings>;
  /** Variables beside the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** The house's clock; default the real one. */
  readonly clock?: () => Date;
  /** Its clock can be put forward, as that of `npm start -- --fast-clock`; `clock` is not looked at. */
  readonly fastClock?: boolean;
  /** The API's own way to Redis, made of the house's Redis URL; default the straight one. */
  readonly apiRedisUrl?: (redisUrl: string) => string;
  /** The workers' own way to Redis, likewise. */
  readonly workersRedisUrl?: (redisUrl: string) => string;
  /** The workers' own way to PostgreSQL, likewise. */
  readonly workersDatabaseUrl?: (databaseUrl: string) => string;
  /** The workers' own way to the keys of payloads, likewise. */
  readonly workersDataKeys?: (own: DataKeys) => DataKeys;
  /** Providers that stand in the place of the house's own. */
  readonly providers?: Partial<Providers>;
}

export interface House extends Omit<Ground, 'clear'> {
  /** As the application has it. */
  readonly appDb: Db;
  stop(): Promise<void>;
}

quietTemporal();

/** All payers of a test share one address; its limits are not what these tests are about. */
const GENEROUS = { points: 100_000, durationS: 60 };
const LIMITS = Object.fromEntries(Object.keys(RATE_LIMITS).map((name) => [name, GENEROUS])) as unknown as RateLimits;

async function listenAnywhere(): Promise<{ server: Server; apiUrl: string }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return { server, apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** Runs the workers; the returned function lets what is in flight finish. */
function runWorkers({ deals, batches, notices, alerts }: Workers): () => Promise<void> {
  const running = Promise.all([deals.run(), batches.run()]);
  notices.start();
  alerts.start();
  return async () => {
    for (const worker of [deals, batches]) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await Promise.all([notices.stop(), alerts.stop()]);
  };
}

/** Builds the house and opens it. The caller stops it. */
export async function startHouse({
  policy,
  timings = {},
  env = {},
  clock = () => new Date(),
  fastClock = false,
  apiRedisUrl = (redisUrl) => redisUrl,
  workersRedisUrl = (redisUrl) => redisUrl,
  workersDatabaseUrl,
  workersDataKeys = (own) => own,
  providers = {},
}: HouseOptions = {}): Promise<House> {
  const { server, apiUrl } = await listenAnywhere();
  const ground = await prepareGround(apiUrl, { policy: { ...TEST_POLICY, ...policy }, timings, env });
  const { config, client, engine, dataKeys } = ground;
  if (fastClock) await makeFastClock(ground.db);
  const appDb = openDb({ databaseUrl: config.databaseUrl, poolMax: 15 });
  const log = createLog('test', config.logLevel);
  const clockOf = (process: 'api' | 'worker') =>
    fastClock ? openClock(true, { db: appDb, process, log }) : { clock, stop: async () => undefined };
  const [apiClock, workerClock] = [await clockOf('api'), await clockOf('worker')];
  const keys = await keysOf(ground);
  const [redis, workersRedis] = await Promise.all([
    openRedis(apiRedisUrl(config.redisUrl)),
    openRedis(workersRedisUrl(config.redisUrl)),
  ]);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const workflowBundle = { codePath: testStack().bundlePath };
  const workersDb = workersDatabaseUrl ? openDb({ databaseUrl: workersDatabaseUrl(config.databaseUrl) }) : appDb;
  const stores = {
    ...{ db: workersDb, redis: workersRedis, keys, dataKeys: workersDataKeys(dataKeys) },
    providers: { ...connectProviders(config), ...providers },
  };
  const workers = await createWorkers({
    config,
    ...stores,
    client,
    connection,
    ...{ clock: workerClock.clock, wallClock: fastClock ? wallClock : clock },
    log,
    workflowBundle,
  });
  const stopWorkers = runWorkers(workers);
  const stopping = new AbortController();
  const api = { ...config, proxies: 0 };
  const app: RequestListener = createApp({
    ...{ db: appDb, redis, engine, temporal: client, keys, log, config: api, limits: LIMITS },
    ...{ clock: apiClock.clock, wallClock: fastClock ? wallClock : clock },
    stopping: stopping.signal,
  });
  server.on('request', app);
  return {
    ...ground,
    appDb,
    async stop() {
      stopping.abort();
      await stopWorkers();
      await closeServer(server);
      await Promise.all([apiClock.stop(), workerClock.stop()]);
      await connection.close();
      for (const store of [redis, workersRedis]) store.disconnect();
      await Promise.all([appDb, workersDb].map((pool) => pool.destroy()));
      await ground.clear();
    },
  };
}
