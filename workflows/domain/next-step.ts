/**
 * The one place that decides what a deal does next (spec §4). Pure: the loop of a deal (workflows/deal/deal.ts) asks,
 * does what is answered, and asks again; a wait goes on for as long as the answer is that wait.
 * test/domain/next-step.test.ts is its table.
 */
import type { By } from './causes';
import { type DealState, isTerminal, type WaitReason } from './deal-state';
import type { DealPolicy } from './policy';

/** What an operator ordered of a deal that waits. */
export interface Order {
  readonly action: 'refund' | 'retry';
  readonly by: By;
}

/** What was asked of the deal and is not done yet. */
export interface Asked {
  /** Something happened beside the deal's own course: the database has to be looked at again. */
  readonly knocked: boolean;
  /** A part of the fee is being given back. */
  readonly feeRefund: object | null;
  /** The next card to charge. */
  readonly confirm: object | null;
  readonly cancelRequested: boolean;
  /** An operator ended the risk review. */
  readonly released: boolean;
  readonly order: Order | null;
  /** The retry batch came by. */
  readonly retryDue: boolean;
}

/** How far the deal has come; instants are the workflow's own clock, epoch ms. */
export interface Progress {
  /** Sent by an earlier run, its outcome not known. */
  readonly undecidedCharge: object | null;
  /** Null until the database was read. */
  readonly expiresAt: number | null;
  readonly reviewUntil: number | null;
  /** At the end of its review the deal goes on; else it is given back. */
  readonly reviewPasses: boolean;
  /** No transfer before this: the banks are closed, or operators stopped transfers. */
  readonly notBefore: { readonly reason: WaitReason; readonly at: number } | null;
  /** The next attempt in line. */
  readonly pauseUntil: number | null;
  /** Who begins the next attempt out of TRANSFER_FAILED. */
  readonly retryBy: By | null;
  readonly failingSince: number | null;
  /** The last transfer failed for a reason that only another account mends. */
  readonly needsCorrection: boolean;
  /** The bank gave the money of the last transfer back. */
  readonly returned: boolean;
  /** A person pays it by hand just now, or has: nothing else moves its money until they say what became of it. */
  readonly payingByHand: boolean;
  /** Who began the refund that has to be finished. */
  readonly refundBy: By | null;
  /** That refund is held back until it is tried again. */
  readonly heldUntil: number | null;
}

/** What the next step depends on, and nothing else. */
export interface Situation {
  readonly view: { readonly state: DealState };
  readonly inbox: Asked;
  readonly progress: Progress;
  readonly policy: Pick<DealPolicy, 'giveUpAfterMs' | 'correctionGraceMs'>;
}

/**
 * A refund with `look`: only when the database still says so. `wait`: for `until` at the longest (epoch ms; null: only
 * something that happens ends it).
 */
export type Step =
  | { readonly kind: 'look' | 'charge' | 'end' }
  | { readonly kind: 'close' | 'transfer'; readonly by: By }
  | { readonly kind: 'refund'; readonly by: By; readonly look?: true }
  | { readonly kind: 'pause'; readonly until: number }
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly until: number | null };

export const CANCELLED_BY_PAYER: By = { actor: 'payer', cause: 'cancelled-by-payer' };
export const QUOTE_EXPIRED = bySystem('quote-expired');

function bySystem(cause: By['cause']): By {
  return { actor: 'system', cause };
}

/**
 * What the deal's own course does next, at `now` (epoch ms). The first rule that applies decides. Other legs run
 * beside it (spec §5.9): it waits for them only where two cancels of one payment would meet.
 */
export function nextStep(deal: Situation, now: number): Step {
  const { view, inbox } = deal;
  if (isTerminal(view.state)) return { kind: inbox.knocked ? 'look' : 'end' };
  const step = ownStep(deal, now);
  return step.kind === 'refund' && inbox.feeRefund ? { kind: 'wait', reason: 'refund-unknown', until: null } : step;
}

function ownStep(deal: Situation, now: number): Step {
  const { view, inbox, progress } = deal;
  if (progress.payingByHand) return { kind: 'wait', reason: 'paying-by-hand', until: null };
  // An order to pay another account is given only while the refund is held back, and then takes its place.
  if (progress.refundBy && inbox.order?.action !== 'retry') return finishRefund(deal, progress.refundBy, now);
  switch (view.state) {
    case 'PENDING':
      return chargeOrClose(deal, now);
    case 'PAID':
      return holdOrTransfer(deal, now);
    case 'TRANSFERRING':
      if (progress.pauseUntil !== null && now < progress.pauseUntil)
        return { kind: 'pause', until: progress.pauseUntil };
      return notBefore(deal, now) ?? { kind: 'transfer', by: bySystem('retry-in-line') };
    default:
      return retryOrGiveUp(deal, now);
  }
}

/** Whether the wait goes on: nothing else is to be done, and not another wait either. */
export function goesOn(deal: Situation, wait: Extract<Step, { kind: 'wait' }>, now: number): boolean {
  const next = nextStep(deal, now);
  return next.kind === 'wait' && next.reason === wait.reason && next.until === wait.until;
}

/** The database's clock and the workflow's may lie so far apart, ms. */
const CLOCKS_MS = 1_000;

/** A wait as the database shows it; `nextMoveInMs`: from now, negative when that is over. */
interface ShownWait {
  readonly waitingReason: WaitReason | null;
  readonly nextMoveInMs: number | null;
}

/**
 * Whether the database shows this wait, with the time at which it ends by itself; `inMs`: from now. The retry batch
 * comes before giving up, but a batch may have bought no attempt (a stop, a dispute): then the next one is waited for.
 */
export function isShown({ waitingReason, nextMoveInMs }: ShownWait, reason: WaitReason, inMs: number | null): boolean {
  if (waitingReason !== reason) return false;
  if (inMs === null || nextMoveInMs === null) return inMs === nextMoveInMs;
  if (nextMoveInMs <= 0) return false;
  if (nextMoveInMs > inMs + CLOCKS_MS) return false;
  return reason === 'retry-due' || nextMoveInMs >= inMs - CLOCKS_MS;
}

function finishRefund({ inbox, progress: { heldUntil } }: Situation, by: By, now: number): Step {
  if (inbox.order) return { kind: 'refund', by: inbox.order.by };
  if (heldUntil !== null && now < heldUntil) return { kind: 'wait', reason: 'operator-needed', until: heldUntil };
  return { kind: 'refund', by, look: true };
}

function chargeOrClose({ inbox, progress }: Situation, now: number): Step {
  if (progress.undecidedCharge) return { kind: 'charge' };
  if (inbox.cancelRequested) return { kind: 'close', by: CANCELLED_BY_PAYER };
  if (inbox.confirm) return { kind: 'charge' };
  const { expiresAt } = progress;
  if (expiresAt !== null && now >= expiresAt) return { kind: 'close', by: QUOTE_EXPIRED };
  return { kind: 'wait', reason: 'card-needed', until: expiresAt };
}

function holdOrTransfer(deal: Situation, now: number): Step {
  const { inbox, progress } = deal;
  if (inbox.cancelRequested) return { kind: 'refund', by: CANCELLED_BY_PAYER };
  if (inbox.order) return { kind: 'refund', by: inbox.order.by };
  const { reviewUntil, reviewPasses } = progress;
  if (reviewUntil !== null && !inbox.released) {
    if (now < reviewUntil) return { kind: 'wait', reason: 'risk-review', until: reviewUntil };
    if (!reviewPasses) return { kind: 'refund', by: bySystem('hold-expired') };
  }
  return notBefore(deal, now) ?? { kind: 'transfer', by: bySystem(inbox.released ? 'released' : 'transfer-begins') };
}

function retryOrGiveUp(deal: Situation, now: number): Step {
  const { inbox, progress, policy } = deal;
  const { needsCorrection, returned, failingSince } = progress;
  if (inbox.order) return { kind: inbox.order.action === 'refund' ? 'refund' : 'transfer', by: inbox.order.by };
  if (inbox.retryDue && !needsCorrection) return { kind: 'transfer', by: bySystem('retry-batch') };
  if (progress.retryBy) return notBefore(deal, now) ?? { kind: 'transfer', by: progress.retryBy };
  const patienceMs = needsCorrection && !returned ? policy.correctionGraceMs : policy.giveUpAfterMs;
  const giveUpAt = (failingSince ?? now) + patienceMs;
  // Money may have arrived after all while the deal waited.
  if (now >= giveUpAt)
    return { kind: 'refund', by: bySystem(needsCorrection ? 'account-not-payable' : 'gave-up'), look: true };
  return { kind: 'wait', reason: needsCorrection ? 'operator-needed' : 'retry-due', until: giveUpAt };
}

function notBefore({ progress }: Situation, now: number): Step | null {
  const { notBefore: hold } = progress;
  return hold && now < hold.at ? { kind: 'wait', reason: hold.reason, until: hold.at } : null;
}
