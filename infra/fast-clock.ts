/**
 * The clock of a process. It is the machine's; on a system whose clock can be put forward (`npm start -- --fast-clock`)
 * it is ahead of it by what the database says. Sessions, one-time codes and keys go by the machine's all the same.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from './log';

export type Clock = () => Date;

/** The machine's own. */
export const wallClock: Clock = () => new Date();

/**
 * The clock of whatever is made once for no process, as the schema of an order's input is: that which this process
 * follows last.
 */
let followed: Clock = wallClock;
export const processClock: Clock = () => followed();

interface Ahead {
  /** By how much the clock is ahead, ms. */
  readonly aheadMs: number;
  readonly move: number;
}

interface Following {
  /** Where the clock is kept. */
  readonly look: () => Promise<Ahead>;
  /** Tells that this process goes by the move. */
  readonly tell: (move: number) => Promise<void>;
  readonly log: Log;
}

/** Whoever moves the clock waits for those who follow it. */
const LOOK_EVERY_MS = 100;

/**
 * A clock that goes by another one from the first answer on, and is behind a move of it by a tenth of a second. While
 * that cannot be asked it goes on as it was. `stop` ends the looking.
 */
export async function followClock({ look, tell, log }: Following): Promise<{ clock: Clock; stop(): Promise<void> }> {
  let ahead = await look();
  let told = -1;
  const end = new AbortController();
  const follow = async (): Promise<void> => {
    ahead = await look();
    if (ahead.move === told) return;
    await tell(ahead.move);
    told = ahead.move;
    log.info({ aheadMs: ahead.aheadMs, move: told }, 'the clock is followed');
  };
  const following = (async () => {
    while (!end.signal.aborted) {
      await follow().catch((error: Error) => log.warn({ reason: error.message }, 'the clock cannot be looked at'));
      await pause(LOOK_EVERY_MS, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  const clock = () => new Date(Date.now() + ahead.aheadMs);
  followed = clock;
  return {
    clock,
    async stop() {
      if (followed === clock) followed = wallClock;
      end.abort();
      await following;
    },
  };
}
