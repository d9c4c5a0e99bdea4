/** Many deals looked at, page by page and some at a time, for as long as there is time and the engine answers. */
import type { Log } from '../../infra/log';
import type { DealId } from '../../workflows/domain/ids';

/** So many deals are looked at together: a sweep of 10,000 waiting deals is no burden to the engine. */
const AT_ONCE = 10;
/** So many looks in a row that fail: the engine is down. */
const ENGINE_DOWN = 10;

/** The deals after this one, by id; none: it was the last. */
export type Page = (after: DealId | null) => Promise<DealId[]>;

/** A round in which no deal is looked at twice. `watch` (ms) goes forward; `look` tells what it found, or throws. */
export function beginRound(
  log: Log,
  watch: () => number,
  look: (dealId: DealId) => Promise<'running' | 'adopted' | 'stuck'>,
) {
  const counts = { looked: 0, adopted: 0, stuck: 0, failed: 0 };
  const seen = new Set<DealId>();
  let failedInARow = 0;

  const lookAt = async (dealId: DealId) => {
    if (seen.has(dealId)) return;
    seen.add(dealId);
    counts.looked += 1;
    try {
      const found = await look(dealId);
      if (found !== 'running') counts[found] += 1;
      failedInARow = 0;
    } catch (error) {
      counts.failed += 1;
      failedInARow += 1;
      log.warn({ dealId, reason: (error as Error).name }, 'whether a deal has its workflow could not be found out');
    }
  };

  /** Looks until `until` (of the watch); answers after which deal it was cut off, null: it came to the end. */
  const all = async (pageAfter: Page, until: number, from: DealId | null = null): Promise<DealId | null> => {
    const goesOn = () => failedInARow < ENGINE_DOWN && watch() < until;
    let after = from;
    while (goesOn()) {
      const page = await pageAfter(after);
      if (page.length === 0) return null;
      const queue = page.values();
      const lane = async () => {
        for (const dealId of queue) {
          if (!goesOn()) return;
          after = dealId;
          await lookAt(dealId);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    }
    return after;
  };

  /** Whether nothing could be found out, at all or at last. */
  const isBlind = () => counts.failed > 0 && failedInARow >= Math.min(ENGINE_DOWN, counts.looked);
  return { counts, all, isBlind };
}
