/** Money that goes back to the card: the whole charge, a late one, a part of the fee; and the late news that asks for it. */
import { ActivityFailure } from '@temporalio/common';
import type { By } from '../domain/causes';
import { show, waitFor } from './inbox';
import type { ProviderNews } from './messages';
import type { FeeRefundOutcome, RefundRequest } from './ports';
import { type DealRun, enterFailed, interrupted, lookBeforeWaiting, restore } from './run';
import { money, questions, records } from './steps';
import { untilDecided } from './unknown-outcome';

/** Gives the whole charge back; asked until it is done, and never beside a transfer (the database refuses the intent). */
export async function refund(run: DealRun, by: By, lateAttempt?: number): Promise<void> {
  const { desk, course, input } = run;
  const { dealId, policy } = input;
  const request: RefundRequest = { dealId, ...by, ...(lateAttempt !== undefined && { lateAttempt }) };
  const state = await untilDecided(desk, dealId, policy, {
    leg: 'refund',
    attempt: 0, // refunds of a deal follow one another
    late: lateAttempt !== undefined,
    ask: (attempts, ruling) => money(policy, attempts, 'refund').refundPayment({ ...request, ruling }),
    read: (answer) => (answer === 'disputed' ? 'person' : 'definite'),
  });
  if (state === 'disputed') throw new Error('a dispute is not an outcome');
  if (state === 'held') return waitHeld(run, by);
  if (lateAttempt !== undefined) return;
  course.refundBy = null;
  show(desk, state);
}

/** The recipient may have the money: the refund waits until that is settled, in steps of the loop, where news and orders are heard. */
async function waitHeld(run: DealRun, by: By): Promise<void> {
  const { desk, course, input } = run;
  const { stopRecheckMs: nextMoveInMs } = input.policy;
  course.refundBy = by;
  desk.knocked = false;
  await records.recordWaiting({ dealId: input.dealId, reason: 'operator-needed', nextMoveInMs, raise: null });
  const heard = () => interrupted(run, desk.order !== null);
  await waitFor(desk, 'operator-needed', Date.now() + nextMoveInMs, heard);
  if (desk.order) course.refundBy = null;
}

/**
 * News of earlier transfers while another one is asked about: whether the recipient was paid before decides what may still be sent. What
 * gets no answer stays open, and the sweep brings it again.
 */
export async function hearOfOtherTransfers({ desk, input }: DealRun, current: number): Promise<void> {
  const isOther = (news: ProviderNews) => news.leg === 'transfer' && news.attempt !== current;
  const others = desk.news.filter(isOther);
  desk.news.splice(0, desk.news.length, ...desk.news.filter((news) => !isOther(news)));
  for (const { attempt } of others as Extract<ProviderNews, { leg: 'transfer' }>[]) {
    const ask = questions(input.policy).recheckTransfer({ dealId: input.dealId, attempt });
    await ask.catch((error: unknown) => {
      if (!(error instanceof ActivityFailure)) throw error;
    });
  }
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
          ...{
            dealId,
            requestId,
            amount,
            actor,
            cause: 'fee-refunded',
            note: reason,
            pgKeyWindowMs: policy.pgKeyWindowMs,
            ruling,
          },
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
    await refund(run, { actor: 'system', cause: 'late-charge' }, attempt);
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
