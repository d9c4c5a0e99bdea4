import type { Store } from './store';

/** What is to happen later. It survives a restart: what fell due meanwhile happens at `start`. */
type Agenda<T> = {
  /** Puts the task down for `at` (ms since the epoch); a key that is already down moves to the new time. */
  plan(key: string, at: number, task: T): void;
  /** Takes the task off; a runner that neither plans it again nor drops it would see it again after a restart. */
  drop(key: string): void;
  has(key: string): boolean;
  entries(): [key: string, task: T][];
  /** What is down under such a key happens now. */
  hurry(isIt: (key: string) => boolean): void;
  start(): void;
  stop(): void;
};

const TIMER_MAX_MS = 2_147_483_647;

/**
 * An agenda kept in the store's table `name`. `run` is called when a task is due, inside one store transaction, with
 * the time for which it was planned.
 */
export function createAgenda<T>(
  store: Store,
  name: string,
  now: () => number,
  run: (key: string, task: T, dueAt: number) => void,
): Agenda<T> {
  const table = store.table<{ at: number; task: T }>(name);
  const timers = new Map<string, NodeJS.Timeout>();

  const cancelTimer = (key: string) => {
    clearTimeout(timers.get(key));
    timers.delete(key);
  };
  const fire = (key: string) => {
    timers.delete(key);
    const due = table.get(key);
    if (due) store.together(() => run(key, due.task, due.at));
  };
  const arm = (key: string, at: number) => {
    cancelTimer(key);
    const delayMs = Math.min(Math.max(0, at - now()), TIMER_MAX_MS);
    timers.set(
      key,
      setTimeout(() => fire(key), delayMs),
    );
  };

  return {
    plan(key, at, task) {
      table.set(key, { at, task });
      arm(key, at);
    },
    drop(key) {
      table.delete(key);
      cancelTimer(key);
    },
    has: (key) => table.get(key) !== undefined,
    entries: () => table.entries().map(([key, { task }]) => [key, task]),
    hurry(isIt) {
      for (const [key, { task }] of table.entries().filter(([key]) => isIt(key))) {
        table.set(key, { at: now(), task });
        cancelTimer(key);
        fire(key);
      }
    },
    start() {
      for (const [key, { at }] of table.entries()) {
        if (at <= now()) fire(key);
        else arm(key, at);
      }
    },
    stop() {
      for (const key of [...timers.keys()]) cancelTimer(key);
    },
  };
}
