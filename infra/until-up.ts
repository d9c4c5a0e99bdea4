/** Waiting for what a process stands on, and saying so. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/**
 * Calls `connect` until it succeeds; each failure is logged once per try. Rejects
 * only when `signal` aborts, and then at once, also in the middle of a try.
 */
export async function untilUp<T>(what: string, connect: () => Promise<T>, log: Log, signal?: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await orAborted(connect(), signal);
    } catch (error) {
      signal?.throwIfAborted();
      log.warn({ what, reason: (error as Error).message, retryInMs: waitMs }, `waiting for ${what}`);
      await delay(waitMs, undefined, { signal });
    }
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
