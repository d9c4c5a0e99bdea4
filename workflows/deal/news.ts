/**
 * Late news: what a provider tells of money that was decided. The provider is asked, then acted on. What it tells of
 * money that is being asked about anyway belongs to that question.
 */
import { ActivityFailure } from '@temporalio/common';
import type { ProviderNews } from '../domain/provider-news';
import { isSameNews } from './messages';
import { type DealRun, takeNews } from './run';
import { requests } from './steps';
import { askAboutNews } from './unknown-outcome';

/** Whether nobody is asking about it yet. */
export const isDue = ({ questions }: DealRun, news: ProviderNews): boolean =>
  ![...questions].some((question) => isSameNews(news, question));

/** Asks the provider about each in turn; the deal's own course then looks at what that changed. */
export async function hearNews(run: DealRun): Promise<void> {
  const { dealId, inbox, beside } = run;
  for (const news of takeNews(inbox, (news) => isDue(run, news))) {
    if (news.leg === 'refund') {
      await requests.closeRefundNews(dealId);
      continue;
    }
    const answer = await hear(run, news);
    if (answer === 'charged') beside.lateCharges.add(news.attempt);
    else if (answer === null) await lookAfterSilence(run);
    inbox.knocked = true; // what holds the deal back may have been this
  }
}

/** What the provider's answer changed; null: there was none. */
async function hear({ dealId, policy }: DealRun, { leg, attempt }: Exclude<ProviderNews, { leg: 'refund' }>) {
  const { recheckCharge, recheckTransfer } = askAboutNews(policy);
  try {
    return await (leg === 'charge' ? recheckCharge : recheckTransfer)({ dealId, attempt });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return null;
  }
}

/**
 * The answer may have been committed and then got lost: the database tells. If it says nothing new, the event stays
 * open, and the sweep brings it again.
 */
async function lookAfterSilence({ dealId, view, beside }: DealRun): Promise<void> {
  const { status, lateAttempts } = await requests.loadDeal(dealId);
  const fresh = lateAttempts.filter((attempt) => !beside.lateCharges.has(attempt));
  for (const attempt of fresh) beside.lateCharges.add(attempt);
  if (status === view.state && fresh.length === 0) await requests.raiseUnanswered(dealId);
}
