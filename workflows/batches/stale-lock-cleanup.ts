/** Every hour: what somebody who died left locked is freed (spec §8). */
import type { BatchActivities } from './ports';
import { batches } from './steps';

/** Answers with counts. Safe to repeat. */
export function staleLockCleanupWorkflow(): ReturnType<BatchActivities['freeStaleLocks']> {
  return batches.freeStaleLocks();
}
