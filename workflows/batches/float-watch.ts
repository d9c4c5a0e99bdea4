/**
 * Every minute, apart from the other batches: a bank that hangs delays nothing but this look (docs/operations.md, "The
 * float").
 */
import { proxyActivities } from '@temporalio/workflow';
import type { BatchActivities, FloatStanding } from './ports';

/** A look that fails is not repeated: the next minute has its own. */
const { watchFloat } = proxyActivities<Pick<BatchActivities, 'watchFloat'>>({
  startToCloseTimeout: '30s',
  retry: { maximumAttempts: 1 },
});

/** Answers how the float stands. Safe to repeat. */
export function floatWatchWorkflow(): Promise<FloatStanding> {
  return watchFloat();
}
