/**
 * The servers that test runs stand on: one PostgreSQL, one Redis and one Temporal, on free ports and in a temporary folder. A guard
 * process ends them even when whoever started them is killed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import { openRoster } from '../../infra/local/roster';
import { startTemporal } from '../../infra/local/temporal';
import { SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import type { ReadyMade } from './ready-made';

/** Where the servers are. */
export interface Servers {
  /** The server's own database, from which others are created and dropped. */
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Redis databases from 0 to this one belong to other runs; absent: there is no other run. */
  readonly redisTaken?: number;
  readonly temporalAddress: string;
  readonly namespace: string;
}

/** Servers for a run to stand on, and perhaps what its code would make itself. */
export type Given = Servers & Partial<ReadyMade>;

/** Names the servers to a run that is to use them instead of starting its own (JSON of `Given`). */
export const SERVERS_VARIABLE = 'PLIC_TEST_SERVERS';
const NAMESPACE = 'default';
/** A file system in memory, on Linux. */
const MEMORY = '/dev/shm';

/** The servers that somebody else started for this run, if any. */
export function givenServers(): Given | undefined {
  const text = process.env[SERVERS_VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as Given);
}

export interface RunningServers extends Servers {
  stop(): Promise<void>;
}

/** Few, so that what starts anew in production after months does so here within a test. */
export const EVENTS_OF_RUN = 200;

const ROOM_BYTES = 4 * 1024 ** 3;

/** A new folder, in memory where there is room: each test's database is a thousand files, which disks are slow to make. */
function dataFolder(): string {
  const { bavail, bsize } = existsSync(MEMORY) ? statfsSync(MEMORY) : { bavail: 0, bsize: 0 };
  return mkdtempSync(join(bavail * bsize >= ROOM_BYTES ? MEMORY : tmpdir(), 'plic-data-'));
}

/**
 * Starts all three, with their logs in `dir`. When one cannot start, none is left running. `folder`: where all their data
 * lie, those of Temporal too, until they stop; without it Temporal keeps the workflows in memory.
 */
export async function startServers(dir: string, folder?: string): Promise<RunningServers> {
  const roster = openRoster(dir);
  const data = folder ?? dataFolder();
  const guard = spawn(
    process.execPath,
    ['--import', require.resolve('tsx'), require.resolve('../../infra/local/guard'), roster.file, data],
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  const stop = async () => {
    const ended = once(guard, 'exit');
    guard.stdin.end();
    await ended;
  };
  const server = (name: string) => ({ logFile: join(dir, `${name}.log`), onSpawn: roster.add });
  const starts = [
    startPostgres({ ...server('postgres'), dataDir: join(data, 'postgres'), database: 'postgres', volatile: true }),
    startRedis({ ...server('redis'), dataDir: join(data, 'redis') }),
    startTemporal({
      ...server('temporal'),
      ...(folder !== undefined && { dbFile: join(folder, 'temporal.db') }),
      namespace: NAMESPACE,
      eventsOfRun: EVENTS_OF_RUN,
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name),
    }),
  ] as const;
  const [postgres, redis, temporal] = await Promise.all(starts).catch(async (error: unknown) => {
    await Promise.allSettled(starts); // what is still starting is on the roster before the guard reads it
    await stop();
    throw error;
  });
  return {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    temporalAddress: temporal.address,
    namespace: NAMESPACE,
    stop,
  };
}
