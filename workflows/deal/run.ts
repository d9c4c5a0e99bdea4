/** What the loop of a deal remembers between its steps, and how a run gets it back from the database. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { By } from '../domain/causes';
import type { WaitReason } from '../domain/deal-state';
import { type Desk, type Order, show } from './inbox';
import { type ConfirmRequest, type DealInput, SEARCH_ATTRIBUTES } from './messages';
import type { DealFacts } from './ports';
import { records } from './steps';

/** What the loop remembers between steps; instants are the workflow's own clock, epoch ms. */
export interface Course {
  /** Sent by an earlier run, its outcome not known. */
  undecidedCharge: ConfirmRequest | null;
  expiresAt: number | null;
  reviewUntil: number | null;
  /** No transfer before this: the banks are closed, or operators stopped transfers. */
  notBefore: { readonly reason: WaitReason; readonly at: number } | null;
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
  /** Who begins the refund that is held back for now. */
  refundBy: By | null;
}

/** One run of a deal's workflow: what was asked of it, what it remembers, what it was started with. */
export interface DealRun {
  readonly desk: Desk;
  readonly course: Course;
  readonly input: DealInput;
}

/** A deal that is confirmed for the first time. */
export function newCourse(): Course {
  return {
    undecidedCharge: null,
    expiresAt: null,
    reviewUntil: null,
    notBefore: null,
    transferAttempt: 1,
    inLine: 0,
    retryBy: null,
    failingSince: null,
    needsCorrection: false,
    returned: false,
    lateAttempt: null,
    refundDue: false,
    refundBy: null,
  };
}

/** Puts the deal's standing in the database on the desk and into the course; `facts`: as just read. */
export async function restore({ desk, course, input }: DealRun, read?: DealFacts): Promise<void> {
  const { dealId } = input;
  const facts = read ?? (await records.loadDeal(dealId));
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
    refundBy: null,
  } satisfies Partial<Course>);
  desk.charging = facts.undecidedCharge?.attempt ?? 0;
  desk.inFlight = facts.undecidedCharge !== null;
  desk.cancelRequested ||= facts.cancelRequested;
  const { feeRefund } = facts;
  if (feeRefund && !desk.feeRefunds.some(({ requestId }) => requestId === feeRefund.requestId))
    desk.feeRefunds.push(feeRefund);
  const { payerId, createdDay, amountBand } = SEARCH_ATTRIBUTES;
  upsertSearchAttributes([
    { key: payerId, value: facts.payerId },
    { key: createdDay, value: facts.createdDay },
    { key: amountBand, value: facts.amountBand },
  ]);
  desk.restoring = false;
  if (facts.status !== 'TRANSFER_FAILED') desk.retryDue = false;
  show(desk, facts.status);
}

/**
 * A run that was reset goes through a course that the database has left behind, and a cancel may be known to the database alone (its
 * update died with the server): before it waits, a run looks. Answers with what it saw, or null when it has caught up instead.
 */
export async function lookBeforeWaiting(run: DealRun): Promise<DealFacts | null> {
  const facts = await records.loadDeal(run.input.dealId);
  const { desk } = run;
  desk.knocked = false;
  if (facts.status === desk.state && facts.cancelRequested === desk.cancelRequested) return facts;
  await restore(run, facts);
  return null;
}

/** Idle waits end for news and knocks as well: the loop settles the news, then begins the step again. */
export function interrupted({ desk }: DealRun, asked: boolean): boolean {
  return asked || desk.knocked || desk.news.length > 0;
}

/** Takes the order off the desk. */
export function takeOrder({ desk }: DealRun, order: Order): By {
  desk.order = null;
  return { actor: order.by.actor, cause: order.cause, note: order.by.reason };
}

/** The deal is in TRANSFER_FAILED; from its first moment there the patience runs. */
export function enterFailed({ desk, course }: DealRun, needsCorrection: boolean, returned: boolean): void {
  Object.assign(course, {
    retryBy: null,
    needsCorrection,
    returned,
    failingSince: course.failingSince ?? Date.now(),
  } satisfies Partial<Course>);
  desk.retryDue = false;
  show(desk, 'TRANSFER_FAILED');
}
