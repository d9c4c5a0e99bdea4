/** From PAID to the recipient's account: one attempt, and what its outcome means (spec §4.4). */
import { ActivityFailure } from '@temporalio/common';
import type { By } from '../domain/causes';
import type { ProviderNews } from '../domain/provider-news';
import type { TransferOutcome } from './ports';
import { type DealRun, type RunProgress, takeNews } from './run';
import { restore } from './sync';
import { askAboutNews, round, untilDecided } from './unknown-outcome';
import { show } from './wait';

/**
 * One attempt. A retryable failure is tried again in line, then left to the batch; a batch or an operator buys one
 * attempt.
 */
export async function transfer(run: DealRun, by: By): Promise<void> {
  const { dealId, policy, view, inbox, progress } = run;
  const before = view.state;
  const attempt = progress.transferAttempt;
  const lastInLine = before === 'TRANSFER_FAILED' || progress.inLine + 1 >= policy.transferAttempts;
  inbox.order = null;
  inbox.retryDue = false;
  if (before === 'TRANSFER_FAILED') Object.assign(progress, { retryBy: by, needsCorrection: false });
  Object.assign(progress, { notBefore: null, refundBy: null });
  const outcome = await untilDecided(run, {
    leg: 'transfer',
    attempt,
    async ask(attempts) {
      await hearOfOtherTransfers(run, attempt);
      return round(policy, attempts, `transfer attempt ${attempt}`).transferToRecipient({
        ...{ dealId, attempt, ...by, lastInLine, notFoundSettleMs: policy.notFoundSettleMs },
        roundMs: policy.providerTimeoutMs,
      });
    },
    read: ({ kind }) => (kind === 'undecided' ? 'again' : 'definite'),
  });
  const begun = outcome.kind === 'completed' || outcome.kind === 'failed';
  if (!begun) view.state = before;
  await conclude(run, outcome, lastInLine);
}

/**
 * News of earlier transfers while another one is asked about: whether the recipient was paid before decides what may
 * still be sent. What gets no answer stays open, and the sweep brings it again.
 */
async function hearOfOtherTransfers({ dealId, policy, inbox }: DealRun, current: number): Promise<void> {
  const isOther = (news: ProviderNews) => news.leg === 'transfer' && news.attempt !== current;
  for (const news of takeNews(inbox, isOther)) {
    if (news.leg !== 'transfer') continue;
    const asked = askAboutNews(policy).recheckTransfer({ dealId, attempt: news.attempt });
    await asked.catch((error: unknown) => {
      if (!(error instanceof ActivityFailure)) throw error;
    });
  }
}

async function conclude(run: DealRun, outcome: TransferOutcome, lastInLine: boolean): Promise<void> {
  const { policy, view, inbox, progress } = run;
  switch (outcome.kind) {
    case 'completed':
      progress.failingSince = null;
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
        progress.notBefore = { reason: 'operator-needed', at: Date.now() + policy.stopRecheckMs };
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
export function enterFailed(run: DealRun, needsCorrection: boolean, returned: boolean): void {
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
