/** Every minute: whether the other batches get done (docs/operations.md). */
import { proxyActivities } from '@temporalio/workflow';
import type { BatchActivities } from './ports';

/** A look that fails is not repeated: the next minute has its own. */
const { watchBatches } = proxyActivities<Pick<BatchActivities, 'watchBatches'>>({
  startToCloseTimeout: '30s',
  retry: { maximumAttempts: 1 },
});

/** Answers what is late, in words. Safe to repeat. */
export function batchWatchWorkflow(): Promise<{ late: string[] }> {
  return watchBatches();
}
