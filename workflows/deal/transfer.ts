/** From PAID to the recipient's account: one attempt, and what its outcome means (spec §4.4). */
import type { By } from '../domain/causes';
import { nextLookMs } from '../domain/policy';
import type { TransferOutcome } from './ports';
import type { DealRun, RunProgress } from './run';
import { overtakeOrder, restore } from './sync';
import { round, untilDecided } from './unknown-outcome';
import { show } from './wait';

/**
 * One attempt. A retryable failure is tried again in line, then left to the batch; a batch or an operator buys one
 * attempt.
 */
export async function transfer(run: DealRun, by: By): Promise<void> {
  const { dealId, policy, view, inbox, progress } = run;
  const before = view.state;
  const attempt = progress.transferAttempt;
  if (before === 'TRANSFER_FAILED') progress.inLine = policy.transferAttempts - 1; // one attempt, and no line
  const lastInLine = progress.inLine + 1 >= policy.transferAttempts;
  inbox.order = null;
  inbox.retryDue = false;
  if (before === 'TRANSFER_FAILED') Object.assign(progress, { retryBy: by, needsCorrection: false });
  Object.assign(progress, { notBefore: null, refundBy: null });
  const outcome = await untilDecided(run, {
    leg: 'transfer',
    attempt,
    ask: (attempts) =>
      round(policy, attempts, `transfer attempt ${attempt}`).transferToRecipient({
        ...{ dealId, attempt, ...by, lastInLine, notFoundSettleMs: policy.notFoundSettleMs },
        roundMs: policy.providerTimeoutMs,
      }),
    read: ({ kind }) => (kind === 'undecided' ? 'again' : 'definite'),
  });
  const begun = outcome.kind === 'completed' || outcome.kind === 'failed';
  if (begun) progress.looks = 0;
  else view.state = before;
  if (outcome.kind === 'stopped') await overtakeOrder(run, by, 'it is held back');
  else if (outcome.kind === 'cancelled' || outcome.kind === 'ended') await overtakeOrder(run, by);
  await conclude(run, outcome, lastInLine);
}

async function conclude(run: DealRun, outcome: TransferOutcome, lastInLine: boolean): Promise<void> {
  const { policy, view, inbox, progress } = run;
  switch (outcome.kind) {
    case 'completed':
      Object.assign(progress, { failingSince: null, retryBy: null } satisfies Partial<RunProgress>);
      return show(run, 'COMPLETED');
    case 'cancelled':
      inbox.cancelRequested = true;
      return;
    case 'ended':
      return restore(run);
    case 'bank-closed':
      progress.notBefore = { reason: 'bank-closed', at: Date.now() + outcome.opensInMs };
      return;
    case 'stopped':
      // The first one to tell so may have died: the deal left its line all the same.
      if (outcome.failed || view.state === 'TRANSFERRING') return enterFailed(run, false, false);
      progress.retryBy = null; // out of TRANSFER_FAILED the next batch, or an operator, buys another one
      if (view.state === 'PAID')
        progress.notBefore = { reason: 'operator-needed', at: Date.now() + nextLookMs(policy, progress.looks++) };
      return;
    case 'undecided':
      throw new Error('an undecided transfer is not an outcome');
    case 'failed':
      progress.transferAttempt += 1;
      progress.inLine += 1;
      if (!outcome.retryable || lastInLine) return enterFailed(run, !outcome.retryable, outcome.returned);
      view.state = 'TRANSFERRING';
      progress.pauseUntil = Date.now() + policy.transferRetryMs * 2 ** (progress.inLine - 1);
  }
}

/** The deal is in TRANSFER_FAILED; from its first moment there the patience runs. */
function enterFailed(run: DealRun, needsCorrection: boolean, returned: boolean): void {
  const { inbox, progress } = run;
  Object.assign(progress, {
    retryBy: null,
    needsCorrection,
    returned,
    failingSince: progress.failingSince ?? Date.now(),
  } satisfies Partial<RunProgress>);
  inbox.retryDue = false;
  show(run, 'TRANSFER_FAILED');
}
