/** What the loop of a deal remembers between its steps, and how a resumed run gets it back from the database. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import { type Desk, show } from './deal-desk';
import { type ConfirmRequest, type DealInput, SEARCH_ATTRIBUTES } from './messages';
import { records } from './steps';

/** Who moves the deal and why; kept with the edge. */
export interface By {
  readonly actor: string;
  readonly cause: string;
}

/** What the loop remembers between steps; instants are the workflow's own clock, epoch ms. */
export interface Course {
  /** Sent by an earlier run, its outcome not known. */
  undecidedCharge: ConfirmRequest | null;
  expiresAt: number | null;
  reviewUntil: number | null;
  bankOpensAt: number | null;
  transferAttempt: number;
  /** Attempts made in line in this round. */
  inLine: number;
  /** Who begins the next attempt out of TRANSFER_FAILED. */
  retryBy: By | null;
  failingSince: number | null;
  needsCorrection: boolean;
  returned: boolean;
  lateAttempt: number | null;
  refundDue: boolean;
}

/** A deal that is confirmed for the first time. */
export function newCourse(): Course {
  return {
    undecidedCharge: null,
    expiresAt: null,
    reviewUntil: null,
    bankOpensAt: null,
    transferAttempt: 1,
    inLine: 0,
    retryBy: null,
    failingSince: null,
    needsCorrection: false,
    returned: false,
    lateAttempt: null,
    refundDue: false,
  };
}

/** Puts the deal's standing in the database on the desk and into the course. */
export async function restore(desk: Desk, course: Course, { dealId }: DealInput): Promise<void> {
  const facts = await records.loadDeal(dealId);
  const now = Date.now();
  const at = (ms: number | null) => (ms === null ? null : now + ms);
  Object.assign(course, {
    undecidedCharge: facts.undecidedCharge,
    expiresAt: now + facts.expiresInMs,
    reviewUntil: at(facts.reviewForMs),
    transferAttempt: facts.transferAttempt,
    failingSince: facts.failingForMs === null ? null : now - facts.failingForMs,
    needsCorrection: facts.needsCorrection,
    returned: facts.returned,
    lateAttempt: facts.lateAttempt,
    refundDue: facts.refundDue,
  } satisfies Partial<Course>);
  desk.charging = facts.undecidedCharge?.attempt ?? 0;
  desk.inFlight = facts.undecidedCharge !== null;
  desk.cancelRequested ||= facts.cancelRequested;
  const { payerId, createdDay, amountBand } = SEARCH_ATTRIBUTES;
  upsertSearchAttributes([
    { key: payerId, value: facts.payerId },
    { key: createdDay, value: facts.createdDay },
    { key: amountBand, value: facts.amountBand },
  ]);
  desk.restoring = false;
  if (facts.status === 'TRANSFER_FAILED') {
    // The row may still tell of a wait that ended with the run before.
    const reason = facts.needsCorrection ? 'operator-needed' : 'retry-due';
    await records.recordWaiting({ dealId, reason, nextMoveInMs: null, raise: null });
  } else desk.retryDue = false;
  show(desk, facts.status);
}

/** Takes the order off the desk. */
export function takeOrder(desk: Desk): By {
  const by = desk.order?.by;
  desk.order = null;
  return { actor: by?.actor ?? 'system', cause: by?.reason ?? 'ordered' };
}
