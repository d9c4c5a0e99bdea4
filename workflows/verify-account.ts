/** The real-name check of one recipient: a short workflow, so that this call to the bank is retried and visible too. */
import { ActivityFailure, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { AccountActivities, VerifyOutcome } from './verify-account-ports';

/** All attempts together: the payer waits for the answer (503 `bank-unavailable` after 10 s). */
const DEADLINE = '9 s';

const { verifyAccount } = proxyActivities<AccountActivities>({
  startToCloseTimeout: '5 s',
  scheduleToCloseTimeout: DEADLINE,
  retry: { initialInterval: '200 ms', backoffCoefficient: 2 },
  summary: 'real-name check',
});

/** The bank's answer about the stored account. Fails with type `BankUnavailable` when there is none within 9 s. */
export async function verifyAccountWorkflow(recipientId: string): Promise<VerifyOutcome> {
  try {
    return await verifyAccount(recipientId);
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (!cause || (cause instanceof ApplicationFailure && cause.type === 'NotFound')) throw error;
    throw ApplicationFailure.nonRetryable(`the bank gave no answer within ${DEADLINE}`, 'BankUnavailable');
  }
}
