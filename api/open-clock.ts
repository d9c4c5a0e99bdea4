/** The clock of a process: the API and the worker open it so. */
import type { Db } from '../db/connection';
import { noteFollower, readFastClock } from '../db/fast-clock';
import { type Clock, followClock, wallClock } from '../infra/fast-clock';
import type { Log } from '../infra/log';

interface Deps {
  readonly db: Db;
  /** By what name this process says that it goes by a move. */
  readonly process: 'api' | 'worker';
  readonly log: Log;
}

/**
 * The machine's, unless the clock of the house can be put forward: then the database's. Throws when that is asked for
 * and the database has none.
 */
export async function openClock(
  canBePutForward: boolean,
  { db, process, log }: Deps,
): Promise<{ clock: Clock; stop(): Promise<void> }> {
  if (!canBePutForward) return { clock: wallClock, stop: async () => undefined };
  return followClock({ look: () => readFastClock(db), tell: (move) => noteFollower(db, process, move), log });
}

/** The clock of a command, which ends before it could be moved again. */
export async function clockOfCommand(canBePutForward: boolean, db: Db): Promise<Clock> {
  if (!canBePutForward) return wallClock;
  const { aheadMs } = await readFastClock(db);
  return () => new Date(Date.now() + aheadMs);
}
