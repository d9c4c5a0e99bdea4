/** The activities of a deal that stay with our own stores, with how Temporal runs each. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { RecordActivities, RequestActivities } from './ports';

/** Each local try that fails is a workflow task more: many deals wait for the same store. */
const UNTIL_THE_STORE_IS_BACK = { initialInterval: '1s', maximumInterval: '10s' } as const;

/**
 * The loop's steps on our own stores: milliseconds, safe to run twice. Only the loop takes them, one at a time, and a
 * try that a store keeps waiting is followed by a timer: a workflow task that Temporal prolongs (after 8 s) with
 * nothing to show but a step under way is replayed in another order than it ran when news comes meanwhile
 * (docs/decisions.md).
 */
export const records = proxyLocalActivities<RecordActivities>({
  startToCloseTimeout: '5s',
  localRetryThreshold: '1ms',
  retry: UNTIL_THE_STORE_IS_BACK,
});

/**
 * What handlers and side legs read and record: results are events of the history, since they run beside whatever the
 * loop does.
 */
export const requests = proxyActivities<RequestActivities>({
  startToCloseTimeout: '5s',
  retry: UNTIL_THE_STORE_IS_BACK,
});
