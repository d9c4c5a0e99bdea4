/** Money that goes back to the card: the whole charge, a late one, a part of the fee; and the late news that asks for it. */
import { ActivityFailure } from '@temporalio/common';
import type { FeeRefundOutcome, RefundRequest } from '../activities';
import { type By, type DealRun, enterFailed, lookBeforeWaiting, restore } from './deal-course';
import { show } from './deal-desk';
import type { ProviderNews } from './messages';
import { money, questions, records } from './steps';
import { untilDecided } from './unknown-outcome';

/** Gives the whole charge back; asked until it is done, and never beside a transfer (the database refuses the intent). */
export async function refund({ desk, input }: DealRun, by: By, lateAttempt?: number): Promise<void> {
  const { dealId, policy } = input;
  const request: RefundRequest = { dealId, ...by, ...(lateAttempt !== undefined && { lateAttempt }) };
  const state = await untilDecided(desk, dealId, policy, {
    leg: 'refund',
    attempt: 0, // refunds of a deal follow one another
    late: lateAttempt !== undefined,
    ask: (attempts, ruling) => money(policy, attempts, 'refund').refundPayment({ ...request, ruling }),
    read: (answer) => (answer === 'disputed' ? 'person' : answer === 'held' ? 'held' : 'definite'),
  });
  if (state === 'disputed' || state === 'held') throw new Error(`${state} is not an outcome`);
  if (lateAttempt === undefined) show(desk, state);
}

/** Gives back the parts of the fee that operators asked for, one after the other. The deal keeps its state. */
export async function refundFees({ desk, input }: DealRun): Promise<void> {
  const { dealId, policy } = input;
  for (let asked = desk.feeRefunds[0]; asked; asked = desk.feeRefunds[0]) {
    const { requestId, amount, actor, reason } = asked;
    const outcome: FeeRefundOutcome = await untilDecided(desk, dealId, policy, {
      leg: 'refund',
      attempt: 0,
      ask: (attempts, ruling) =>
        money(policy, attempts, 'refund a part of the fee').refundFee({
          ...{ dealId, requestId, amount, actor, cause: reason, pgKeyWindowMs: policy.pgKeyWindowMs, ruling },
        }),
      read: ({ kind }) => (kind === 'stale' ? 'person' : 'definite'),
    });
    desk.feeRefunds.shift();
    desk.feeDecided.set(requestId, outcome);
    show(desk, desk.state);
  }
}

/** Late news: asks the provider, then gives back a charge that should not be, or reopens a deal whose money came back. */
export async function settleNews(run: DealRun): Promise<void> {
  const { desk, course, input } = run;
  let charges = course.lateAttempt !== null;
  for (let news = desk.news.shift(); news; news = desk.news.shift()) {
    charges ||= news.leg === 'charge';
    try {
      await settle(run, news);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      // The answer may have been committed and then got lost: the deal goes on from what the database says. If it says nothing new, the
      // event stays open, and the sweep brings it again.
      const facts = await lookBeforeWaiting(run);
      if (facts && facts.lateAttempt === null)
        await records.raiseAlarm({ dealId: input.dealId, severity: 'task', reason: 'late-news-unanswered' });
    }
  }
  if (charges) await refundLateCharges(run);
}

/** Every charge that the database knows to be late: several may have been told of together, and an answer may have been lost. */
async function refundLateCharges(run: DealRun): Promise<void> {
  const lateAttempt = async () => (await records.loadDeal(run.input.dealId)).lateAttempt;
  for (let attempt = await lateAttempt(); attempt !== null; attempt = await lateAttempt())
    await refund(run, { actor: 'system', cause: 'charged after it was decided' }, attempt);
  run.course.lateAttempt = null;
}

async function settle(run: DealRun, news: ProviderNews): Promise<void> {
  const { desk, course, input } = run;
  const { dealId, policy } = input;
  if (news.leg === 'refund') return records.raiseForeignRefund(dealId);
  const { attempt } = news;
  if (news.leg === 'charge') {
    const { pgKeyWindowMs } = policy;
    await questions(policy).recheckCharge({ dealId, attempt, pgKeyWindowMs });
    return;
  }
  const answer = await questions(policy).recheckTransfer({ dealId, attempt });
  if (answer === 'completed' && desk.state !== 'COMPLETED') return restore(run);
  if (answer !== 'returned' || desk.state !== 'COMPLETED') return;
  course.transferAttempt = attempt + 1;
  enterFailed(run, true, true);
}
