/** PostgreSQL, Redis and Temporal of one run, each to be broken and brought back on the same files and port. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import { type ServerProcess, signalGroup } from '../../infra/local/server-process';
import { startTemporal } from '../../infra/local/temporal';
import { SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import { lastingPort } from './ports';

/** So few that many deals go through several runs. */
const EVENTS_OF_RUN = 80;

type OnSpawn = (name: string, pid: number) => void;

interface Store {
  /** Ends it at once, and starts it again after so long. Resolves when it is ready; while that is under way, another call waits for it. */
  strike(downMs: number): Promise<void>;
  /** Holds every process of it for so long: connections stand, and nothing answers. */
  freeze(forMs: number): Promise<void>;
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

/**
 * Holds a server and its children, each in a group of its own, as PostgreSQL's are; answers with what lets them go on. `note` is told of
 * the children: should the server be killed meanwhile, nobody else would know of them.
 */
function hold({ pid }: ServerProcess, note: (child: number) => void): () => void {
  signalGroup(pid, 'SIGSTOP'); // first, so that no child is born any more
  const { stdout } = spawnSync('pgrep', ['-P', `${pid}`], { encoding: 'utf8' });
  const children = stdout.split('\n').filter(Boolean).map(Number);
  for (const child of children) {
    note(child);
    signalGroup(child, 'SIGSTOP');
  }
  return () => {
    for (const held of [...children, pid]) signalGroup(held, 'SIGCONT');
  };
}

/** `end` makes the server end in its own worst manner. */
function breakable(
  first: Started,
  start: () => Promise<Started>,
  end: (server: ServerProcess) => void,
  onSpawn: OnSpawn,
): Store {
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
    freeze(forMs) {
      under = under.then(async () => {
        const { server } = current;
        const release = hold(server, (child) => onSpawn(`${server.name}'s child`, child));
        await delay(forMs);
        release();
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
export async function startStores(dir: string, onSpawn: OnSpawn): Promise<Stores> {
  const [postgresPort, redisPort, temporalPort] = [await lastingPort(), await lastingPort(), await lastingPort()];
  const files = (name: string) => ({ logFile: join(dir, 'logs', `${name}.log`), onSpawn });
  const postgres = () => startPostgres({ ...files('postgres'), dataDir: join(dir, 'postgres'), port: postgresPort });
  const redis = () => startRedis({ ...files('redis'), dataDir: join(dir, 'redis'), port: redisPort });
  const searchAttributes = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  const temporal = () =>
    startTemporal({
      ...files('temporal'),
      dbFile: join(dir, 'temporal.db'),
      port: temporalPort,
      searchAttributes,
      eventsOfRun: EVENTS_OF_RUN,
    });
  const [database, cache, engine] = await Promise.all([postgres(), redis(), temporal()]);
  return {
    ...{ databaseUrl: database.url, redisUrl: cache.url, temporalAddress: engine.address },
    postgres: breakable(database, postgres, ({ pid }) => process.kill(pid, 'SIGQUIT'), onSpawn), // "immediate": as after a crash
    redis: { ...breakable(cache, redis, (server) => server.kill(), onSpawn), flush: () => flush(cache.url) },
    temporal: breakable(engine, temporal, (server) => server.kill(), onSpawn),
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
