/** Work that is taken from a queue as places become free: what is slow holds its own place, and nobody else's. */
import { setTimeout as pause } from 'node:timers/promises';

interface Pool<T> {
  /** How many are in hand at once, at most. */
  readonly places: number;
  /** Up to so many of those that are due. */
  take(most: number): Promise<readonly T[]>;
  /** What it throws is told, and nothing else. */
  work(one: T): Promise<void>;
  onTrouble(error: Error): void;
  /** Until the queue is looked at again when it had fewer than there were places. */
  readonly idleMs: number;
}

const AFTER_TROUBLE_MS = 2_000;

/** Takes and works until the signal; resolves when what is in hand is done. */
export async function keepWorking<T>(pool: Pool<T>, signal: AbortSignal): Promise<void> {
  const { places, take, work, onTrouble, idleMs } = pool;
  const inHand = new Set<Promise<void>>();
  while (!signal.aborted) {
    const free = places - inHand.size;
    let waitMs = idleMs;
    const taken = await take(free).catch((error: Error) => {
      onTrouble(error);
      waitMs = AFTER_TROUBLE_MS;
      return [];
    });
    for (const one of taken) {
      const done: Promise<void> = work(one)
        .catch(onTrouble)
        .finally(() => inHand.delete(done));
      inHand.add(done);
    }
    if (inHand.size === places) await Promise.race(inHand);
    else if (taken.length < free) await pause(waitMs, undefined, { signal }).catch(() => undefined); // stopped
  }
  await Promise.all(inHand);
}
