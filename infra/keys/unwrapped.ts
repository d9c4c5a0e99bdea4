/**
 * Data keys that are open: each for 15 minutes at most, used or not, and no more of them than 1,000, the last used.
 */
import type { DataKeyRow } from './data-key-store';
import type { MasterKey } from './master-key';

const OPEN_MS = 15 * 60_000;
const OPEN_MAX = 1_000;

export function createUnwrapped({ master, clock }: { readonly master: MasterKey; readonly clock: () => Date }) {
  /** In the order of their use: the first was not used for the longest. */
  const open = new Map<string, { readonly key: Buffer; readonly at: number }>();
  const opening = new Map<string, Promise<Buffer>>();
  let forgetting: NodeJS.Timeout | undefined;

  /** An idle process keeps none either. The timer keeps no process alive. */
  function forgetInTime(): void {
    const now = clock().getTime();
    for (const [id, { at }] of open) if (now - at >= OPEN_MS) open.delete(id);
    const oldest = Math.min(...[...open.values()].map(({ at }) => at));
    forgetting = open.size === 0 ? undefined : setTimeout(forgetInTime, oldest + OPEN_MS - now).unref();
  }

  function keep(id: string, key: Buffer): Buffer {
    open.set(id, { key, at: clock().getTime() });
    if (forgetting === undefined) forgetInTime();
    const [unused] = open.keys();
    if (open.size > OPEN_MAX && unused !== undefined) open.delete(unused);
    return key;
  }

  return {
    keep,
    /** How many are in memory. */
    held: () => open.size,
    /** Undefined: it is not open, or has been for too long. */
    opened(id: string): Buffer | undefined {
      const one = open.get(id);
      if (!one) return undefined;
      open.delete(id);
      if (clock().getTime() - one.at >= OPEN_MS) return undefined;
      open.set(id, one);
      return one.key;
    },
    /** The row is looked for, and the master key asked, once, however many wait for one key. */
    open(id: string, find: () => Promise<DataKeyRow>): Promise<Buffer> {
      const asked = opening.get(id);
      if (asked) return asked;
      const answer = find()
        .then((row) => master.unwrap(row, row.purpose))
        .then((key) => keep(id, key))
        .finally(() => opening.delete(id));
      opening.set(id, answer);
      return answer;
    },
  };
}
