/** The identity check of one member (PASS): two short workflows, so that its calls are retried and visible too. */
import { proxyActivities } from '@temporalio/workflow';
import { answerOr, SHORT_ASK } from './short-ask';
import type { IdentityActivities, IdentityStanding } from './verify-identity-ports';

const { openIdentity, readIdentity } = proxyActivities<IdentityActivities>({ ...SHORT_ASK, summary: 'identity check' });

const UNAVAILABLE = 'IdentityUnavailable';

/** Opens the stored verification. Fails with type `IdentityUnavailable` when the provider gave no answer within 9 s. */
export function openIdentityWorkflow(verificationId: string): Promise<void> {
  return answerOr(openIdentity(verificationId), UNAVAILABLE);
}

/** How the verification stands, its result kept. Fails likewise. */
export function readIdentityWorkflow(verificationId: string): Promise<IdentityStanding> {
  return answerOr(readIdentity(verificationId), UNAVAILABLE);
}
