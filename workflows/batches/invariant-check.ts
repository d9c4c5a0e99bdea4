/**
 * Every hour: the laws of money, on every deal (docs/reliability.md). A break is told to operators; nothing is mended
 * by itself.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { CheckActivities } from './ports';

/** A whole look takes seconds to minutes; one that was cut short is begun anew. */
const { checkInvariants } = proxyActivities<CheckActivities>({
  startToCloseTimeout: '15 minutes',
  retry: { initialInterval: '10s', maximumInterval: '1 minute', maximumAttempts: 3 },
});

/** Answers with counts. Safe to repeat: an open task is brought up to date, one that no longer holds is closed. */
export function invariantCheckWorkflow(): ReturnType<CheckActivities['checkInvariants']> {
  return checkInvariants();
}
