/** The real-name check of one recipient: a short workflow, so that this call to the bank is retried and visible too. */
import { proxyActivities } from '@temporalio/workflow';
import { answerOr, SHORT_ASK } from './short-ask';
import type { AccountActivities, VerifyOutcome } from './verify-account-ports';

const { verifyAccount } = proxyActivities<AccountActivities>({ ...SHORT_ASK, summary: 'real-name check' });

/** The bank's answer about the stored account. Fails with type `BankUnavailable` when there is none within 9 s. */
export function verifyAccountWorkflow(recipientId: string): Promise<VerifyOutcome> {
  return answerOr(verifyAccount(recipientId), 'BankUnavailable');
}
