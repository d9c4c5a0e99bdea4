/** PENDING: the card is charged, or the deal is closed unpaid (spec §4.2). */
import type { By } from '../domain/causes';
import { CANCELLED_BY_PAYER, QUOTE_EXPIRED } from '../domain/next-step';
import type { ConfirmOutcome } from './messages';
import { refund } from './refund';
import type { DealRun } from './run';
import { records } from './steps';
import { restore } from './sync';
import { round, untilDecided } from './unknown-outcome';
import { allRecorded, show } from './wait';

/** Charges the card of the next confirm, or goes on asking about one that an earlier run sent. */
export async function charge(run: DealRun): Promise<void> {
  const { dealId, policy, inbox, progress, answers } = run;
  const request = progress.undecidedCharge ?? inbox.confirm;
  if (!request) throw new Error('nobody confirmed');
  const { attempt, cardId } = request;
  const isNew = progress.undecidedCharge === null;
  inbox.confirm = null;
  progress.charging = attempt;
  progress.confirmed = request;
  const decision = isNew ? await records.screenDeal({ dealId, ...request }) : null;
  const { holdMs, shortHoldMs, pgKeyWindowMs, chargeSettleMs } = policy;
  const outcome = await untilDecided(run, {
    leg: 'charge',
    attempt,
    ask: (attempts) =>
      round(policy, attempts, `charge attempt ${attempt}`).chargeCard({
        ...{ dealId, ...request, decision, holdMs, shortHoldMs, pgKeyWindowMs, chargeSettleMs },
      }),
    read: (answer) => (answer.kind === 'undecided' ? (answer.askInMs ?? 'person') : 'definite'),
  });
  progress.undecidedCharge = null;
  progress.confirmed = null;
  await allRecorded(inbox); // a cancel that came before the answer counts
  const decide = (answer: ConfirmOutcome) => answers.set(attempt, answer);
  const cancelled = { kind: 'closed', cause: 'cancelled', cardId, attempt } as const;
  switch (outcome.kind) {
    case 'charged':
      decide(outcome.cancelRequested ? cancelled : { kind: 'charged', cardId, attempt });
      // At once (spec §5.4), whatever else is in the inbox.
      if (outcome.cancelRequested) return refund(run, CANCELLED_BY_PAYER);
      progress.reviewUntil = outcome.reviewForMs === null ? null : Date.now() + outcome.reviewForMs;
      progress.reviewPasses = outcome.reviewPasses ?? false;
      return show(run, 'PAID');
    case 'closed':
      decide({ ...outcome, cardId, attempt });
      return closeUnpaid(run, outcome.cause === 'cancelled' ? CANCELLED_BY_PAYER : QUOTE_EXPIRED);
    case 'undecided':
      throw new Error('an undecided charge is not an outcome');
    default:
      if (outcome.kind === 'declined' && outcome.late) run.beside.lateCharges.add(attempt);
      // The payer who cancelled meanwhile is told that the deal is closed, not to try another card (spec §4.2).
      decide(inbox.cancelRequested ? cancelled : { ...outcome, cardId, attempt });
  }
}

/** Ends a deal of which nothing was charged. */
export async function closeUnpaid(run: DealRun, by: By): Promise<void> {
  const state = await records.closeUnpaid({ dealId: run.dealId, ...by });
  if (state === 'CANCELLED') show(run, state);
  else await restore(run); // the database has gone further
}
