/** PostgreSQL, Redis and Temporal of one run, each to be broken and brought back on the same files and port. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import type { ServerProcess } from '../../infra/local/server-process';
import { startTemporal } from '../../infra/local/temporal';
import { SEARCH_ATTRIBUTES } from '../../workflows/messages';
import { lastingPort } from './ports';

interface Store {
  /** Ends it at once, and starts it again after so long. Resolves when it is ready; while that is under way, another call waits for it. */
  strike(downMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly temporalAddress: string;
  readonly postgres: Store;
  readonly redis: Store & { flush(): Promise<void> };
  readonly temporal: Store;
}

interface Started {
  readonly server: ServerProcess;
  stop(): Promise<void>;
}

/** `end` makes the server end in its own worst manner. */
function breakable(first: Started, start: () => Promise<Started>, end: (server: ServerProcess) => void): Store {
  let current = first;
  let under = Promise.resolve();
  return {
    strike(downMs) {
      under = under.then(async () => {
        end(current.server);
        await current.server.exited;
        await delay(downMs);
        current = await start();
      });
      return under;
    },
    async stop() {
      await under;
      await current.stop();
    },
  };
}

/** Starts the three in `dir`: fsync on, an append-only file, a database file. */
export async function startStores(dir: string, onSpawn: (name: string, pid: number) => void): Promise<Stores> {
  const [postgresPort, redisPort, temporalPort] = [await lastingPort(), await lastingPort(), await lastingPort()];
  const files = (name: string) => ({ logFile: join(dir, 'logs', `${name}.log`), onSpawn });
  const postgres = () => startPostgres({ ...files('postgres'), dataDir: join(dir, 'postgres'), port: postgresPort });
  const redis = () => startRedis({ ...files('redis'), dataDir: join(dir, 'redis'), port: redisPort });
  const searchAttributes = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  const temporal = () =>
    startTemporal({ ...files('temporal'), dbFile: join(dir, 'temporal.db'), port: temporalPort, searchAttributes });
  const [database, cache, engine] = await Promise.all([postgres(), redis(), temporal()]);
  return {
    ...{ databaseUrl: database.url, redisUrl: cache.url, temporalAddress: engine.address },
    postgres: breakable(database, postgres, ({ pid }) => process.kill(pid, 'SIGQUIT')), // "immediate": as after a crash
    redis: { ...breakable(cache, redis, (server) => server.kill()), flush: () => flush(cache.url) },
    temporal: breakable(engine, temporal, (server) => server.kill()),
  };
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined); // a Redis that is down has nothing to forget
  try {
    await client.flushall();
  } catch {
    // as above
  } finally {
    client.disconnect();
  }
}
