/**
 * Every hour: the bank's list of today, whose lines count at once, and after 00:10 KST, once, that of yesterday, whose
 * gaps count then (spec/verdicts.md, "Words"). So a transfer is in doubt for an hour, and not until the next night.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { BankListActivities, ReconciliationActivities } from './ports';
import { scheduledAt } from './scheduled';

const steps = proxyActivities<BankListActivities & Pick<ReconciliationActivities, 'readBankList'>>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  retry: {
    ...{ initialInterval: '2s', maximumInterval: '1 minute', maximumAttempts: 5 }, // the next hour has its own
    nonRetryableErrorTypes: ['ListShrank'],
  },
});

/**
 * Answers with how many deals were told to ask. A list that cannot be read keeps neither the other one nor the stored
 * ones from being heard; the run fails at its end. Safe to repeat, and beside the nightly run.
 */
export async function bankListWorkflow(): Promise<{ told: number }> {
  const run = { scheduledAt: scheduledAt() };
  const days = await steps.bankListsDue(run);
  const read = await Promise.allSettled(days.map((day) => steps.readBankList({ day })));
  const told = await steps.tellListedDeals(run);
  for (const one of read) if (one.status === 'rejected') throw one.reason;
  return told;
}
