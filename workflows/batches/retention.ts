/** Personal data whose term has ended is destroyed (docs/personal-data.md). Rows stay; columns are emptied. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RetentionActivities } from './ports';

/** What is done stays done: an attempt that was cut short goes on where it was. */
const { destroyPersonalData } = proxyActivities<RetentionActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '2 minutes',
  retry: { initialInterval: '10s', maximumInterval: '5 minutes', maximumAttempts: 5 },
});

/** Answers with counts, rule by rule. Safe to repeat, and to run twice at once. */
export function retentionWorkflow(): ReturnType<RetentionActivities['destroyPersonalData']> {
  return destroyPersonalData({ run: workflowInfo().runId });
}
