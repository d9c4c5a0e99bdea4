/**
 * One deal, from its first confirm to its end (spec §4). Read it beside the edges in domain/deal-state.ts. The loop takes one step
 * at a time; whatever interrupts a step (news, a cancel, an order) is on the desk when the next one begins. A resumed run trusts
 * only what the database says.
 */
import { ActivityFailure } from '@temporalio/common';
import { allHandlersFinished, CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { RefundRequest, TransferOutcome } from '../activities';
import { type By, type Course, newCourse, restore, takeOrder } from './deal-course';
import { type Desk, openDesk, requestCancel, show, waitFor } from './deal-desk';
import { type DealState, isTerminal } from './domain/deal-state';
import type { ConfirmOutcome, ConfirmRequest, DealInput, ProviderNews } from './messages';
import { money, questions, records, screening } from './steps';
import { untilDecided } from './unknown-outcome';

const QUOTE_EXPIRED: By = { actor: 'system', cause: 'quote expired' };
const CANCELLED_BY_PAYER: By = { actor: 'payer', cause: 'cancelled by the payer' };

/** The workflow of a deal; answers with the state it ended in. A cancel from Temporal Web is the payer's cancel. */
export async function dealWorkflow(input: DealInput): Promise<DealState> {
  const desk = openDesk(input);
  const by = { actor: 'operator:temporal', reason: 'cancelled in Temporal' };
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => requestCancel(desk, input.dealId, by)).catch(() => undefined),
  );
  return CancellationScope.nonCancellable(() => runDeal(desk, input));
}

async function runDeal(desk: Desk, input: DealInput): Promise<DealState> {
  const course = newCourse();
  if (input.mode === 'resume') await restore(desk, course, input);
  const deal = new DealSteps(desk, course, input);
  for (;;) {
    await deal.settleNews();
    if (!isTerminal(desk.state)) await deal.step();
    else {
      await condition(allHandlersFinished);
      if (desk.news.length === 0) return desk.state;
    }
  }
}

/** The steps of a deal; each acts once and leaves the rest to the next turn of the loop. */
class DealSteps {
  constructor(
    private readonly desk: Desk,
    private readonly course: Course,
    private readonly input: DealInput,
  ) {}

  /** Idle waits end for news as well: the loop settles it, then begins the step again. */
  private interrupted(asked: boolean): boolean {
    return asked || this.desk.news.length > 0;
  }

  /** A run that was reset goes through a course that the database has left behind: before it waits, it looks. */
  private async isBehind(): Promise<boolean> {
    const { status } = await records.loadDeal(this.input.dealId);
    if (status === this.desk.state) return false;
    await restore(this.desk, this.course, this.input);
    return true;
  }

  step(): Promise<void> {
    if (this.course.refundDue) return this.refund({ actor: 'system', cause: 'refund resumed' });
    switch (this.desk.state) {
      case 'PENDING':
        return this.pay();
      case 'PAID':
        return this.holdOrTransfer();
      case 'TRANSFERRING':
        return this.transfer({ actor: 'system', cause: 'retry in line' });
      default:
        return this.waitFailed();
    }
  }

  /** PENDING: charge the card on the desk, or wait for one until the quote expires. */
  private async pay(): Promise<void> {
    const { desk, course, input } = this;
    if (course.undecidedCharge) return this.charge(course.undecidedCharge, false);
    if (desk.cancelRequested) return this.closeUnpaid(CANCELLED_BY_PAYER);
    if (desk.confirm) return this.charge(desk.confirm, true);
    if (await this.isBehind()) return;
    course.expiresAt ??= Date.now() + (await records.loadDeal(input.dealId)).expiresInMs;
    const wake = () => this.interrupted(desk.confirm !== null || desk.cancelRequested);
    const woken = await waitFor(desk, 'card-needed', course.expiresAt, wake);
    if (!woken) await this.closeUnpaid(QUOTE_EXPIRED);
  }

  private async charge(request: ConfirmRequest, isNew: boolean): Promise<void> {
    const { desk, course, input } = this;
    const { dealId, policy } = input;
    const { holdMs, pgKeyWindowMs } = policy;
    desk.confirm = null;
    desk.charging = request.attempt;
    desk.inFlight = true;
    const decision = isNew ? await screening.screenDeal({ dealId, ...request }) : null;
    const known = { dealId, ...request, decision, holdMs, pgKeyWindowMs };
    const outcome = await untilDecided(desk, dealId, policy, {
      leg: 'charge',
      attempt: request.attempt,
      ask: (attempts, ruling) =>
        money(policy, attempts, `charge attempt ${request.attempt}`).chargeCard({ ...known, ruling }),
      read: ({ kind }) => (kind === 'stale' ? 'person' : 'definite'),
    });
    course.undecidedCharge = null;
    desk.inFlight = false;
    const { cardId, attempt } = request;
    const decide = (answer: ConfirmOutcome) => desk.decided.set(attempt, answer);
    switch (outcome.kind) {
      case 'charged':
        if (outcome.cancelRequested) {
          decide({ kind: 'closed', cause: 'cancelled', cardId, attempt });
          return this.refund(CANCELLED_BY_PAYER);
        }
        course.reviewUntil = outcome.reviewForMs === null ? null : Date.now() + outcome.reviewForMs;
        decide({ kind: 'charged', cardId, attempt });
        return show(desk, 'PAID');
      case 'closed':
        decide({ kind: 'closed', cause: outcome.cause, cardId, attempt });
        return this.closeUnpaid(outcome.cause === 'cancelled' ? CANCELLED_BY_PAYER : QUOTE_EXPIRED);
      case 'stale':
        throw new Error('a stale charge is not an outcome');
      default:
        decide({ ...outcome, cardId, attempt });
    }
  }

  private async closeUnpaid(by: By): Promise<void> {
    const state = await records.closeUnpaid({ dealId: this.input.dealId, ...by });
    if (state !== 'CANCELLED') return restore(this.desk, this.course, this.input); // the database has gone further
    show(this.desk, state);
  }

  /** PAID: held for review, then transferred as soon as the banks are open; until the transfer begins the payer may cancel. */
  private async holdOrTransfer(): Promise<void> {
    const { desk, course, input } = this;
    if (desk.cancelRequested) return this.refund(CANCELLED_BY_PAYER);
    if (desk.order) return this.refund(takeOrder(desk));
    const stop = () => this.interrupted(desk.cancelRequested || desk.order !== null);
    if (course.reviewUntil !== null && !desk.released) {
      if (await this.isBehind()) return;
      const woken = await waitFor(desk, 'risk-review', course.reviewUntil, () => desk.released || stop());
      return woken ? undefined : this.refund({ actor: 'system', cause: 'hold-expired' });
    }
    if (course.bankOpensAt !== null) {
      const opensAt = course.bankOpensAt;
      await records.recordWaiting({
        dealId: input.dealId,
        reason: 'bank-closed',
        nextMoveInMs: opensAt - Date.now(),
        raise: null,
      });
      if (!(await waitFor(desk, 'bank-closed', opensAt, stop))) course.bankOpensAt = null;
      return;
    }
    return this.transfer({ actor: 'system', cause: desk.released ? 'released' : 'transfer begins' });
  }

  /** One attempt. A retryable failure is tried again in line, then left to the batch; a batch or an operator buys one attempt. */
  private async transfer(by: By): Promise<void> {
    const { desk, course, input } = this;
    const { dealId, policy } = input;
    const before = desk.state;
    const attempt = course.transferAttempt;
    const lastInLine = before === 'TRANSFER_FAILED' || course.inLine + 1 >= policy.transferAttempts;
    const outcome = await untilDecided(desk, dealId, policy, {
      leg: 'transfer',
      attempt,
      ask: (attempts, ruling) =>
        money(policy, attempts, `transfer attempt ${attempt}`).transferToRecipient({
          ...{ dealId, attempt, ...by, lastInLine, notFoundSettleMs: policy.notFoundSettleMs, ruling },
        }),
      read: ({ kind }) => (kind === 'undecided' ? 'again' : 'definite'),
    });
    if (outcome.kind === 'cancelled' || outcome.kind === 'bank-closed') desk.state = before; // nothing was begun
    return this.afterTransfer(outcome, lastInLine);
  }

  private async afterTransfer(outcome: TransferOutcome, lastInLine: boolean): Promise<void> {
    const { desk, course, input } = this;
    switch (outcome.kind) {
      case 'completed':
        course.failingSince = null;
        return show(desk, 'COMPLETED');
      case 'cancelled':
        return this.refund(CANCELLED_BY_PAYER);
      case 'bank-closed':
        course.bankOpensAt = Date.now() + outcome.opensInMs;
        if (desk.state === 'PAID') return;
        await records.recordWaiting({
          dealId: input.dealId,
          reason: 'bank-closed',
          nextMoveInMs: outcome.opensInMs,
          raise: null,
        });
        await waitFor(
          desk,
          'bank-closed',
          course.bankOpensAt,
          () => desk.state === 'TRANSFER_FAILED' && desk.order?.action === 'refund',
        );
        course.bankOpensAt = null;
        return;
      case 'undecided':
        throw new Error('an undecided transfer is not an outcome');
      case 'failed':
        course.transferAttempt += 1;
        course.inLine += 1;
        if (outcome.retryable && !lastInLine) {
          desk.state = 'TRANSFERRING';
          await sleep(input.policy.transferRetryMs * 2 ** (course.inLine - 1));
          return;
        }
        return this.enterFailed(!outcome.retryable, outcome.returned);
    }
  }

  private enterFailed(needsCorrection: boolean, returned: boolean): void {
    Object.assign(this.course, {
      retryBy: null,
      needsCorrection,
      returned,
      failingSince: this.course.failingSince ?? Date.now(),
    });
    this.desk.retryDue = false;
    show(this.desk, 'TRANSFER_FAILED');
  }

  /** TRANSFER_FAILED: the batch, an operator or another account moves it on; given up in the end. Never during an attempt. */
  private async waitFailed(): Promise<void> {
    const { desk, course, input } = this;
    if (desk.order?.action === 'refund') return this.refund(takeOrder(desk));
    if (desk.order) {
      course.retryBy = takeOrder(desk);
      course.needsCorrection = false;
    }
    if (desk.retryDue && !course.needsCorrection) course.retryBy = { actor: 'system', cause: 'retry batch' };
    desk.retryDue = false;
    if (course.retryBy) return this.transfer(course.retryBy);
    if (await this.isBehind()) return;
    const { giveUpAfterMs, correctionGraceMs } = input.policy;
    const patience = course.needsCorrection && !course.returned ? correctionGraceMs : giveUpAfterMs;
    const reason = course.needsCorrection ? 'operator-needed' : 'retry-due';
    const giveUpAt = (course.failingSince ?? Date.now()) + patience;
    const woken = await waitFor(desk, reason, giveUpAt, () => this.interrupted(desk.order !== null || desk.retryDue));
    if (!woken)
      return this.refund({ actor: 'system', cause: course.needsCorrection ? 'account cannot be paid' : 'gave up' });
  }

  /** Gives the whole charge back; asked until it is done, and never beside a transfer (the database refuses the intent). */
  private async refund(by: By, lateAttempt?: number): Promise<void> {
    const { desk, input } = this;
    const { dealId, policy } = input;
    const request: RefundRequest = { dealId, ...by, ...(lateAttempt !== undefined && { lateAttempt }) };
    const state = await untilDecided(desk, dealId, policy, {
      leg: 'refund',
      attempt: 0, // refunds of a deal follow one another
      late: lateAttempt !== undefined,
      ask: (attempts, ruling) => money(policy, attempts, 'refund').refundPayment({ ...request, ruling }),
      read: () => 'definite',
    });
    if (lateAttempt === undefined) show(desk, state);
  }

  /** Late news: asks the provider, then gives back a charge that should not be, or reopens a deal whose money came back. */
  async settleNews(): Promise<void> {
    const { desk, course, input } = this;
    for (let news = desk.news.shift(); news; news = desk.news.shift()) {
      try {
        await this.settle(news);
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        // The event stays open, and the sweep brings it again; the deal goes on.
        await records.raiseAlarm({ dealId: input.dealId, severity: 'task', reason: 'late-news-unanswered' });
      }
    }
    if (course.lateAttempt === null) return;
    await this.refund({ actor: 'system', cause: 'charged after it was decided' }, course.lateAttempt);
    course.lateAttempt = null;
  }

  private async settle(news: ProviderNews): Promise<void> {
    const { desk, course, input } = this;
    const { dealId, policy } = input;
    if (news.leg === 'refund') return records.raiseForeignRefund(dealId);
    const { attempt } = news;
    if (news.leg === 'charge') {
      const { pgKeyWindowMs } = policy;
      const answer = await questions(policy).recheckCharge({ dealId, attempt, pgKeyWindowMs });
      if (answer === 'charged') course.lateAttempt = attempt;
      return;
    }
    const answer = await questions(policy).recheckTransfer({ dealId, attempt });
    if (answer !== 'returned' || desk.state !== 'COMPLETED') return;
    course.transferAttempt = attempt + 1;
    this.enterFailed(true, true);
  }
}
