/** The 09:00 and 14:00 KST batch: every deal that waits for it gets one attempt (spec §8). */
import { scheduledAt } from './scheduled';
import { batches } from './steps';

/** Answers with how many deals were woken. Safe to repeat: a deal that no longer waits ignores the knock. */
export function transferRetryWorkflow(): Promise<{ signalled: number }> {
  return batches.signalRetryDue({ batch: scheduledAt() });
}
