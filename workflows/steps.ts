/** The activities of a deal, with how Temporal runs each. Durations come from the policy in the workflow's input. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { MoneyActivities, RecordActivities } from '../activities';
import type { DealPolicy } from './domain/policy';

/** Steps on our own stores only: milliseconds, safe to run twice, retried until the store is back. */
export const records = proxyLocalActivities<RecordActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
});

/** The screening answers by itself that the risk store is down; only PostgreSQL can make it wait. */
export const screening = proxyLocalActivities<Pick<RecordActivities, 'screenDeal'>>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', maximumInterval: '5s' },
});

/** One round of a money activity: 1 call + 3 retries, or a single call. The key is the same in all of them. */
export function money(policy: DealPolicy, attempts: number, summary: string): MoneyActivities {
  return proxyActivities<MoneyActivities>({
    startToCloseTimeout: policy.startToCloseMs,
    retry: { initialInterval: policy.callRetryMs, backoffCoefficient: 2, maximumAttempts: attempts },
    summary,
  });
}

/** Questions about money that is not in flight (late news): one round, so that an unanswered one does not hold up the deal. */
export function questions(policy: DealPolicy): Pick<MoneyActivities, 'recheckCharge' | 'recheckTransfer'> {
  return proxyActivities<MoneyActivities>({
    startToCloseTimeout: policy.startToCloseMs,
    retry: { initialInterval: policy.callRetryMs, backoffCoefficient: 2, maximumAttempts: policy.callAttempts },
    summary: 'ask the provider about late news',
  });
}
