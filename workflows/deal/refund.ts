/** Money that goes back to the card: the whole charge, a late one, a part of the fee (spec §4.6). */
import type { By } from '../domain/causes';
import type { FeeRefundOutcome } from './ports';
import type { DealRun } from './run';
import { round, untilDecided } from './unknown-outcome';
import { show } from './wait';

/**
 * Gives the whole charge back; asked until it is done, and never beside a transfer (the database refuses the intent).
 */
export async function refund(run: DealRun, by: By): Promise<void> {
  const { policy, inbox, progress } = run;
  inbox.order = null;
  const state = await giveBack(run, by);
  if (state === 'held') {
    // The recipient may have the money: nothing goes back before that is settled, and meanwhile news and orders are
    // heard.
    progress.refundBy = by;
    progress.heldUntil = Date.now() + policy.stopRecheckMs;
    return;
  }
  progress.refundBy = null;
  show(run, state);
}

/** Gives back a charge that was done after its attempt had been decided; the deal goes on as it was. */
export async function refundLateCharge(run: DealRun, lateAttempt: number): Promise<void> {
  await giveBack(run, { actor: 'system', cause: 'late-charge' }, lateAttempt);
}

async function giveBack(run: DealRun, by: By, lateAttempt?: number) {
  const { dealId, policy } = run;
  const late = lateAttempt !== undefined;
  for (;;) {
    const outcome = await untilDecided(run, {
      leg: 'refund',
      attempt: 0, // refunds of a deal follow one another
      late,
      ask: (attempts) =>
        round(policy, attempts, 'refund').refundPayment({ dealId, ...by, ...(late && { lateAttempt }) }),
      read: (answer) => (answer === 'disputed' ? 'person' : answer === 'undecided' ? 'files' : 'definite'),
    });
    if (outcome === 'disputed' || outcome === 'undecided') throw new Error(`${outcome} is not an outcome`);
    if (outcome !== 'rejected') return outcome;
  }
}

/** Gives back the part of the fee that was asked for first. The deal keeps its state. */
export async function refundFee(run: DealRun): Promise<void> {
  const { dealId, policy, inbox, view, answers } = run;
  const [asked] = inbox.feeRefunds;
  if (!asked) throw new Error('nobody asked for a part of the fee');
  const { requestId, amount, actor, reason } = asked;
  const outcome: FeeRefundOutcome = await untilDecided(run, {
    leg: 'refund',
    attempt: 0,
    ask: (attempts) =>
      round(policy, attempts, 'refund a part of the fee').refundFee({
        ...{ dealId, requestId, amount, actor, cause: 'fee-refunded', note: reason },
        pgKeyWindowMs: policy.pgKeyWindowMs,
      }),
    read: ({ kind }) => (kind === 'stale' ? 'files' : 'definite'),
  });
  inbox.feeRefunds.shift();
  answers.feeRefunds.set(requestId, outcome);
  show(run, view.state);
}
