/** What a deal needs done by activities: the port belongs to the workflow that calls it. */
import type { By } from '../domain/causes';
import type { ActionBy, DealAction, ManualTransfer, Ruling, WaitRecord } from '../domain/deal-actions';
import type { DealState, WaitReason } from '../domain/deal-state';
import type { DealId } from '../domain/ids';
import type { Severity } from '../domain/operator-tasks';
import type { RiskDecision } from '../domain/screening';
import type { AccountCorrection, BreakAcceptance, ChargebackNote, ConfirmRequest, FeeRefundOrder } from './messages';

/**
 * What a workflow needs to know to continue a deal from the database alone. Times are durations from now in ms, so that
 * the workflow's clock and the database's need not agree.
 */
export interface DealFacts {
  readonly status: DealState;
  readonly waitingReason: WaitReason | null;
  /** When the wait was said to end; negative: before now. Null: only a person or a provider moves it. */
  readonly nextMoveInMs: number | null;
  readonly expiresInMs: number;
  readonly cancelRequested: boolean;
  /** The attempt whose outcome is undecided, if any. */
  readonly undecidedCharge: ConfirmRequest | null;
  /** The transfer attempt that is under way, or else the next one. */
  readonly transferAttempt: number;
  /** How many charge attempts are decided; a confirm of one of them is answered from its row. */
  readonly decidedCharges: number;
  /** The attempts decided FAILED, found charged, and not yet refunded. */
  readonly lateAttempts: readonly number[];
  /** The attempt decided FAILED that an event says was charged, and that is being proven, if any. */
  readonly claimedAttempt: number | null;
  /** The charge is done but the deal was cancelled meanwhile, or its refund began: only the refund remains. */
  readonly refundDue: boolean;
  /** A part of the fee whose refund is undecided, if any. */
  readonly feeRefund: FeeRefund | null;
  /** When the risk review lapses; null when there is none or the deal was released. */
  readonly reviewForMs: number | null;
  /** At its end the deal goes on by itself; absent: it is given back then. */
  readonly reviewPasses?: true;
  /** Since when the deal is in TRANSFER_FAILED (since it last completed); null otherwise. */
  readonly failingForMs: number | null;
  /** The last transfer failed for a reason that only another account mends. */
  readonly needsCorrection: boolean;
  /** The last transfer was returned by the bank. */
  readonly returned: boolean;
  /** A person pays it by hand, or has; absent: nobody does. */
  readonly payingByHand?: true;
  /** For the search attributes of a resumed run. */
  readonly payerId: string;
  readonly createdDay: string;
  readonly amountBand: string;
  readonly dealNo: string;
}

interface Charged extends Pick<DealFacts, 'reviewForMs' | 'reviewPasses'> {
  readonly kind: 'charged';
  readonly cancelRequested: boolean;
}

export type ChargeOutcome =
  | Charged
  /** `late`: it was charged after all, and is to be given back. */
  | { readonly kind: 'declined'; readonly code: string; readonly late: boolean }
  | { readonly kind: 'blocked'; readonly rules: readonly string[] }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'closed'; readonly cause: 'expired' | 'cancelled' }
  /** Ask again in so many ms; null: asking again is not safe, the settlement files or a person decide. */
  | { readonly kind: 'undecided'; readonly askInMs: number | null };

export type TransferOutcome =
  | { readonly kind: 'completed' }
  /** Not begun: the payer cancelled first. */
  | { readonly kind: 'cancelled' }
  /** Not begun: one of the banks is closed for so long. */
  | { readonly kind: 'bank-closed'; readonly opensInMs: number }
  /** Not begun: the deal has ended, never got so far, or needs another account first; the database knows. */
  | { readonly kind: 'ended' }
  /**
   * Not begun: transfers are stopped, or a person has to look first. `failed`: the deal left its line and waits in
   * TRANSFER_FAILED.
   */
  | { readonly kind: 'stopped'; readonly failed: boolean }
  /** Sent, and the bank says it is still deciding: ask again. */
  | { readonly kind: 'undecided' }
  /** A definite failure; the reference is used up. `returned`: the bank paid and the money came back. */
  | { readonly kind: 'failed'; readonly code: string; readonly retryable: boolean; readonly returned: boolean };

export interface ChargeRequest extends ConfirmRequest {
  readonly dealId: DealId;
  /** Null when the deal is resumed with an attempt already sent. */
  readonly decision: RiskDecision | null;
  readonly holdMs: number;
  /** Absent: of a run that began before there was such a hold. */
  readonly shortHoldMs?: number;
  readonly pgKeyWindowMs: number;
  readonly chargeSettleMs: number;
}

export interface TransferRequest extends By {
  readonly dealId: DealId;
  /** From 1; the next one only after a definite failure. */
  readonly attempt: number;
  /** Move the deal to TRANSFER_FAILED when this attempt fails, even if the failure may be retried. */
  readonly lastInLine: boolean;
  readonly notFoundSettleMs: number;
  /** The whole round (query, send, query) takes no longer. */
  readonly roundMs: number;
}

export interface RefundRequest extends By {
  readonly dealId: DealId;
  /** Refund this late charge only, and leave the deal's state alone; absent: the live charge, and the deal ends. */
  readonly lateAttempt?: number;
}

/** What operators are told of a refund that runs beside the deal's own course. */
export type RefundAlarm = 'late-refund-unknown' | 'fee-refund-unknown';

/** A part of a completed deal's fee that is being given back; `requestId` names it for ever. */
export interface FeeRefund {
  readonly requestId: string;
}

/** An order that was recorded, or refused in words for an operator. */
export type NoteOutcome = { readonly kind: 'noted' } | { readonly kind: 'refused'; readonly why: string };

/**
 * Activities that move money: intent → provider → result, ledger and edge in one transaction. Each is safe to run
 * twice.
 */
export interface MoneyActivities {
  chargeCard(request: ChargeRequest): Promise<ChargeOutcome>;
  transferToRecipient(request: TransferRequest): Promise<TransferOutcome>;
  /**
   * Answers with the state the deal ended in. `rejected`: this refund was not done, and another one may follow;
   * `undecided`: asking again is not safe, the settlement files or a person decide; `disputed`: its chargeback is open,
   * nothing goes back before the verdict; `held`: the recipient has, or may have, the money of a transfer that was
   * called failed, nothing goes back before that is settled.
   */
  refundPayment(request: RefundRequest): Promise<DealState | 'disputed' | 'held' | 'rejected' | 'undecided'>;
  /**
   * Gives back the part of the fee that was recorded under this request; `undecided`: asking the PG again is not safe,
   * the settlement files or a person decide.
   */
  refundFee(
    request: FeeRefund & { dealId: DealId; pgKeyWindowMs: number },
  ): Promise<'refunded' | 'rejected' | 'undecided'>;
  /**
   * Proves whether an attempt decided FAILED was charged after all; `charged` when it is booked, and to be refunded.
   */
  recheckCharge(request: { dealId: DealId; attempt: number }): Promise<'charged' | 'unchanged'>;
  /**
   * Asks the bank about a transfer that was decided; `returned` when the money came back (it is booked, the deal
   * reopened), `completed` when it is the one that paid, be it late.
   */
  recheckTransfer(request: { dealId: DealId; attempt: number }): Promise<'returned' | 'completed' | 'unchanged'>;
}

/** The loop's millisecond steps on PostgreSQL and Redis alone, run as local activities; each may run twice. */
export interface RecordActivities {
  loadDeal(dealId: DealId): Promise<DealFacts>;
  screenDeal(request: ConfirmRequest & { dealId: DealId }): Promise<RiskDecision>;
  /** Answers whether the wait was recorded; not when what it waits for was decided meanwhile, or the deal has ended. */
  recordWaiting(wait: WaitRecord): Promise<boolean>;
  /** PENDING → CANCELLED, with no attempt undecided. Answers with the state found when it was no longer PENDING. */
  closeUnpaid(request: { dealId: DealId } & By): Promise<DealState>;
  /** Keeps in the story that an order was recorded and not carried out; `note` says which, and why. */
  noteOvertaken(order: { dealId: DealId; actor: string; note: string }): Promise<void>;
}

/** What handlers and side legs read and record, in PostgreSQL under the deal's lock; each may run twice. */
export interface RequestActivities extends Pick<RecordActivities, 'loadDeal'> {
  /** Tells operators that the provider gave no answer about news, once. */
  raiseUnanswered(dealId: DealId): Promise<void>;
  /** Tells operators of a refund beside the deal's course, once, if it is undecided. */
  raiseRefund(told: { dealId: DealId; severity: Severity; reason: RefundAlarm }): Promise<void>;
  /** What the PG says of refunds is stored, with the doubt that it raised; there is no call that could settle it. */
  closeRefundNews(dealId: DealId): Promise<void>;
  /** Marks the wish to cancel; `refused` once a transfer intent exists, `closed` when the deal has ended. */
  requestCancel(request: { dealId: DealId } & ActionBy): Promise<'accepted' | 'refused' | 'closed'>;
  /**
   * Keeps an operator's action in deal_events; `release` also ends the risk review. Answers why it is refused, in
   * words; null (an older worker: nothing): it is kept.
   */
  recordAction(request: { dealId: DealId; action: DealAction } & ActionBy): Promise<string | null>;
  /** Points the deal at another verified recipient of the payer; `refused` names why not. */
  recordCorrection(request: { dealId: DealId } & AccountCorrection): Promise<'accepted' | 'refused'>;
  /**
   * Holds the deal for a person who is to pay it by hand: from now on nothing else moves its money. Saying so twice, by
   * the same person, is one.
   */
  reserveByHand(order: { dealId: DealId } & ActionBy): Promise<NoteOutcome>;
  /** Nobody has paid it by hand, and nobody will: it goes on as before it was held. Saying so twice is one. */
  endByHand(order: { dealId: DealId } & ActionBy): Promise<NoteOutcome>;
  /**
   * Books a transfer that a person made by hand, with everything that follows from it: the deal is COMPLETED; `refused`
   * says what it does not fit. Saying the same twice is one.
   */
  recordManualTransfer(order: { dealId: DealId } & ManualTransfer): Promise<NoteOutcome>;
  /** Commits the intent to give back a part of the fee; the same request is one, however often it comes. */
  recordFeeRefund(order: { dealId: DealId } & FeeRefundOrder): Promise<NoteOutcome>;
  /** Takes a ruling about what is undecided; `refused` names what its evidence does not prove. */
  recordRuling(request: { dealId: DealId; notFoundSettleMs: number } & Ruling): Promise<NoteOutcome>;
  /** Books what the PG told of a chargeback; saying the same twice is one. */
  recordChargeback(note: { dealId: DealId } & ChargebackNote): Promise<NoteOutcome>;
  /** Ends a break of the deal and posts what the books lack; the same order twice is one. */
  acceptBreak(order: { dealId: DealId } & BreakAcceptance): Promise<NoteOutcome>;
}
