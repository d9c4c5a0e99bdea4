/** Money that goes back to the card: the whole charge, a late one, a part of the fee (spec §4.6). */
import type { By } from '../domain/causes';
import { nextLookMs } from '../domain/policy';
import type { DealRun, RunProgress } from './run';
import { requests } from './steps';
import { overtakeOrder } from './sync';
import { round, untilDecided } from './unknown-outcome';
import { show } from './wait';

/**
 * Gives the whole charge back; asked until it is done, and never beside a transfer (the database refuses the intent).
 */
export async function refund(run: DealRun, by: By): Promise<void> {
  const { policy, inbox, progress } = run;
  inbox.order = null;
  progress.refundBy = by; // should the run start anew meanwhile
  const state = await giveBack(run, by);
  if (state === 'held') {
    // The recipient may have the money: nothing goes back before that is settled, and meanwhile orders are heard.
    progress.heldUntil = Date.now() + nextLookMs(policy, progress.looks++);
    return;
  }
  Object.assign(progress, { refundBy: null, looks: 0 } satisfies Partial<RunProgress>);
  if (state === 'COMPLETED') await overtakeOrder(run, by);
  show(run, state);
}

/** Gives back a charge that was done after its attempt had been decided; the deal goes on as it was. */
export async function refundLateCharge(run: DealRun, lateAttempt: number): Promise<void> {
  await giveBack(run, { actor: 'system', cause: 'late-charge' }, lateAttempt);
  run.beside.lateCharges.delete(lateAttempt);
}

async function giveBack(run: DealRun, by: By, lateAttempt?: number) {
  const { dealId, policy } = run;
  const isLate = lateAttempt !== undefined;
  for (;;) {
    const outcome = await untilDecided(run, {
      leg: 'refund',
      attempt: 0, // refunds of a payment follow one another
      ...(isLate && { beside: 'late-refund-unknown' }),
      ask: (attempts) =>
        round(policy, attempts, 'refund').refundPayment({ dealId, ...by, ...(isLate && { lateAttempt }) }),
      read: (answer) => (answer === 'disputed' ? 'person' : answer === 'undecided' ? 'files' : 'definite'),
    });
    if (outcome === 'disputed' || outcome === 'undecided') throw new Error(`${outcome} is not an outcome`);
    if (outcome !== 'rejected') return outcome;
  }
}

/** Gives back the part of the fee that an operator ordered. The deal keeps its state. */
export async function refundFee(run: DealRun): Promise<void> {
  const { dealId, policy, inbox } = run;
  const { feeRefund } = inbox;
  if (!feeRefund) return;
  const { requestId } = feeRefund;
  await untilDecided(run, {
    leg: 'refund',
    attempt: 0,
    beside: 'fee-refund-unknown',
    ask: (attempts) =>
      round(policy, attempts, 'refund a part of the fee').refundFee({
        ...{ dealId, requestId, pgKeyWindowMs: policy.pgKeyWindowMs },
      }),
    read: (answer) => (answer === 'undecided' ? 'files' : 'definite'),
  });
  inbox.feeRefund = null; // before the look: what is ordered while it is under way is not overwritten
  const { feeRefund: next } = await requests.loadDeal(dealId);
  inbox.feeRefund ??= next;
}
