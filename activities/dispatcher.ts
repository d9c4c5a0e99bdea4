/** What a process sends beside its deals: from when until when, and how long it waits after a failure. */
import { setMaxListeners } from 'node:events';

/** The dispatcher of one process; several share an outbox. */
export interface Dispatcher {
  start(): void;
  /** Resolves when what is on its way has left and is recorded. */
  stop(): Promise<void>;
}

/** Does the work from `start` until `stop`, which aborts its signal; one that runs is not started twice. */
export function createDispatcher(work: (signal: AbortSignal) => Promise<unknown>): Dispatcher {
  let running: { readonly end: AbortController; readonly done: Promise<unknown> } | null = null;
  return {
    start() {
      if (running) return;
      const end = new AbortController();
      setMaxListeners(0, end.signal); // every loop that pauses hears it
      running = { end, done: work(end.signal) };
    },
    async stop() {
      running?.end.abort();
      await running?.done;
      running = null;
    },
  };
}

const BACKOFF_MS = { first: 1_000, most: 600_000 };

/** Ms until what failed so often is tried again: 1 s, 2 s, 4 s… 10 min. `leastMs`: if the other side asked so. */
export const backoffMs = (attempts: number, leastMs = 0): number =>
  Math.min(Math.max(BACKOFF_MS.first * 2 ** (attempts - 1), leastMs), BACKOFF_MS.most);
