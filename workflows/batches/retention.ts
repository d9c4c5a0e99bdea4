/** Personal data whose term has ended is destroyed (docs/personal-data.md). Rows stay; columns are emptied. */
import { ActivityFailure } from '@temporalio/common';
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RetentionActivities } from './ports';

/** What is done stays done: an attempt that was cut short goes on where it was. */
const { destroyPersonalData } = proxyActivities<RetentionActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '2 minutes',
  retry: { initialInterval: '10s', maximumInterval: '5 minutes', maximumAttempts: 5 },
});
const { tellRetentionFailed } = proxyActivities<RetentionActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 100 },
});

/** Answers with counts, rule by rule; when all attempts fail, operators are told. Safe to repeat, and to run twice. */
export async function retentionWorkflow(): ReturnType<RetentionActivities['destroyPersonalData']> {
  try {
    return await destroyPersonalData({ run: workflowInfo().runId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await tellRetentionFailed({ reason: error.cause?.message ?? 'it was cut short' });
    throw error;
  }
}
