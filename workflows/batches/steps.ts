/** Batch activities: a run that cannot finish within its tries fails, and the Schedule's next run starts afresh. */
import { proxyActivities } from '@temporalio/workflow';
import type { BatchActivities } from './ports';

export const batches = proxyActivities<BatchActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 10 },
});
