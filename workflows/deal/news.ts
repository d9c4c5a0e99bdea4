/**
 * Late news: what a provider tells of money that was decided, or that another attempt stands for. The provider is
 * asked, then acted on.
 */
import { ActivityFailure } from '@temporalio/common';
import type { ProviderNews } from '../domain/provider-news';
import { refundLateCharge } from './refund';
import type { DealRun } from './run';
import { records } from './steps';
import { restore, syncWithDatabase } from './sync';
import { enterFailed } from './transfer';
import { askAboutNews } from './unknown-outcome';

/**
 * Asks the provider about each, then gives back a charge that should not be, or reopens a deal whose money came back.
 */
export async function hearNews(run: DealRun): Promise<void> {
  const { dealId, inbox, progress } = run;
  let charges = progress.lateAttempt !== null;
  for (let news = inbox.news.shift(); news; news = inbox.news.shift()) {
    charges ||= news.leg === 'charge';
    try {
      await hear(run, news);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      // The answer may have been committed and then got lost: the deal goes on from what the database says. If it says
      // nothing new, the event stays open, and the sweep brings it again.
      const facts = await syncWithDatabase(run);
      if (facts && facts.lateAttempt === null)
        await records.raiseAlarm({ dealId, severity: 'task', reason: 'late-news-unanswered' });
    }
  }
  if (charges) await refundLateCharges(run);
  progress.heldUntil = null; // it may have been what held a refund back
}

async function hear(run: DealRun, news: ProviderNews): Promise<void> {
  const { dealId, policy, view, progress } = run;
  if (news.leg === 'refund') return records.closeRefundNews(dealId);
  const { attempt } = news;
  if (news.leg === 'charge') {
    await askAboutNews(policy).recheckCharge({ dealId, attempt });
    return;
  }
  const answer = await askAboutNews(policy).recheckTransfer({ dealId, attempt });
  if (answer === 'completed' && view.state !== 'COMPLETED') return restore(run);
  if (answer !== 'returned' || view.state !== 'COMPLETED') return;
  progress.transferAttempt = attempt + 1;
  enterFailed(run, true, true);
}

/**
 * Every charge that the database knows to be late: several may have been told of together, and an answer may have been
 * lost.
 */
async function refundLateCharges(run: DealRun): Promise<void> {
  const lateAttempt = async () => (await records.loadDeal(run.dealId)).lateAttempt;
  for (let attempt = await lateAttempt(); attempt !== null; attempt = await lateAttempt())
    await refundLateCharge(run, attempt);
  run.progress.lateAttempt = null;
}
