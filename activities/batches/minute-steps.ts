/** The steps of every minute as activities: each within its own time, and each notes when it has succeeded. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../../db/connection';
import { noteSuccess } from '../../db/minute-steps';
import type { MinuteActivities } from '../../workflows/batches/ports';
import { MINUTE_STEP_NAMES, MINUTE_STEPS, type MinuteStep } from '../../workflows/domain/minute-steps';

/** The step is not tried again in this minute: what it hangs on is still there. */
class StepLate extends Error {
  override readonly name = 'StepLate';
}

/** The steps, each with its limit and its note. */
export function minuteActivities(db: Db, steps: MinuteActivities): MinuteActivities {
  const asStep = (step: MinuteStep) => async () => {
    const work: () => Promise<unknown> = steps[step];
    const found = await within(MINUTE_STEPS[step], work);
    await noteSuccess(db, step);
    return found;
  };
  return Object.fromEntries(MINUTE_STEP_NAMES.map((step) => [step, asStep(step)])) as unknown as MinuteActivities;
}

/**
 * Leaves the work at its limit: Temporal's timeout would free no slot of the worker, and steps that hang, one each
 * minute, would take them all. What was left goes on unheard; it is safe to repeat beside it.
 */
async function within<T>(limitS: number, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = delay(limitS * 1_000, undefined, { signal: done.signal }).then(() => {
    throw new StepLate(`not done within ${limitS} s`);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    done.abort();
  }
}
