import { setTimeout as delay } from 'node:timers/promises';
import type { DataKeys } from '../keys/data-keys';

/** Less than the 10 s after which Temporal gives a workflow task to somebody else, ms. */
const READING_PATIENCE_MS = 6_000;
const PAUSE_MS = 500;

/**
 * Keys for a worker, which waits for them. The SDK encrypts even what it says of a failed task: were the key refused
 * there too, the error would end the process, with every call in flight. So writing waits until the key is there;
 * reading gives up after some seconds, which fails the task, and Temporal gives it out again.
 * `onWait` hears why, at each wait's beginning.
 */
export function patientKeys(keys: DataKeys, onWait: (error: Error) => void = () => undefined): DataKeys {
  const waiting = async <T>(have: () => Promise<T>, patienceMs: number): Promise<T> => {
    for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
      try {
        return await have();
      } catch (error) {
        if (waitedMs >= patienceMs) throw error;
        if (waitedMs === 0) onWait(error as Error);
        await delay(PAUSE_MS);
      }
    }
  };
  return {
    current: (purpose) => waiting(() => keys.current(purpose), Number.POSITIVE_INFINITY),
    byId: (id) => waiting(() => keys.byId(id), READING_PATIENCE_MS),
  };
}
