/** PENDING: charge a card, wait for another one, or close the quote (spec §4.2). */

import type { By } from '../domain/causes';
import { allRecorded, show, waitFor } from './inbox';
import type { ConfirmOutcome, ConfirmRequest } from './messages';
import { refund } from './refund';
import { type DealRun, interrupted, lookBeforeWaiting, restore } from './run';
import { money, records } from './steps';
import { untilDecided } from './unknown-outcome';

const QUOTE_EXPIRED: By = { actor: 'system', cause: 'quote-expired' };
export const CANCELLED_BY_PAYER: By = { actor: 'payer', cause: 'cancelled-by-payer' };

/** Charges the card on the desk, or waits for one until the quote expires. */
export async function pay(run: DealRun): Promise<void> {
  const { desk, course } = run;
  if (course.undecidedCharge) return charge(run, course.undecidedCharge, false);
  if (desk.cancelRequested) return closeUnpaid(run, CANCELLED_BY_PAYER);
  if (desk.confirm) return charge(run, desk.confirm, true);
  const facts = await lookBeforeWaiting(run);
  if (!facts) return;
  course.expiresAt ??= Date.now() + facts.expiresInMs;
  const wake = () => interrupted(run, desk.confirm !== null || desk.cancelRequested);
  const woken = await waitFor(desk, 'card-needed', course.expiresAt, wake);
  if (!woken) await closeUnpaid(run, QUOTE_EXPIRED);
}

async function charge(run: DealRun, request: ConfirmRequest, isNew: boolean): Promise<void> {
  const { desk, course, input } = run;
  const { dealId, policy } = input;
  const { holdMs, pgKeyWindowMs } = policy;
  desk.confirm = null;
  desk.charging = request.attempt;
  desk.inFlight = true;
  const decision = isNew ? await records.screenDeal({ dealId, ...request }) : null;
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
  await allRecorded(desk); // a cancel that came before the answer counts
  const { cardId, attempt } = request;
  const decide = (answer: ConfirmOutcome) => desk.decided.set(attempt, answer);
  switch (outcome.kind) {
    case 'charged':
      if (outcome.cancelRequested) {
        decide({ kind: 'closed', cause: 'cancelled', cardId, attempt });
        return refund(run, CANCELLED_BY_PAYER);
      }
      course.reviewUntil = outcome.reviewForMs === null ? null : Date.now() + outcome.reviewForMs;
      decide({ kind: 'charged', cardId, attempt });
      return show(desk, 'PAID');
    case 'closed':
      decide({ kind: 'closed', cause: outcome.cause, cardId, attempt });
      return closeUnpaid(run, outcome.cause === 'cancelled' ? CANCELLED_BY_PAYER : QUOTE_EXPIRED);
    case 'stale':
      throw new Error('a stale charge is not an outcome');
    default:
      // The payer who cancelled meanwhile is told that the deal is closed, not to try another card (spec §4.2).
      decide(
        desk.cancelRequested
          ? { kind: 'closed', cause: 'cancelled', cardId, attempt }
          : { ...outcome, cardId, attempt },
      );
  }
}

async function closeUnpaid(run: DealRun, by: By): Promise<void> {
  const state = await records.closeUnpaid({ dealId: run.input.dealId, ...by });
  if (state !== 'CANCELLED') return restore(run); // the database has gone further
  show(run.desk, state);
}
