/**
 * What the outside says to a deal's workflow, and what it answers. Shared by the API, the worker and the operator
 * command.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { By } from '../domain/causes';
import type { ActionBy, ManualTransfer, Ruling } from '../domain/deal-actions';
import type { DealState, WaitReason } from '../domain/deal-state';
import type { DealId } from '../domain/ids';
import type { DealPolicy } from '../domain/policy';
import type { ProviderNews } from '../domain/provider-news';

/** Search attributes of every deal (all Keyword). Never personal data: Temporal stores them in the clear. */
export const SEARCH_ATTRIBUTES = {
  dealStatus: defineSearchAttributeKey('DealStatus', SearchAttributeType.KEYWORD),
  waitReason: defineSearchAttributeKey('WaitReason', SearchAttributeType.KEYWORD),
  payerId: defineSearchAttributeKey('PayerId', SearchAttributeType.KEYWORD),
  createdDay: defineSearchAttributeKey('CreatedDay', SearchAttributeType.KEYWORD),
  amountBand: defineSearchAttributeKey('AmountBand', SearchAttributeType.KEYWORD),
  dealNo: defineSearchAttributeKey('DealNo', SearchAttributeType.KEYWORD),
} as const;

/** One confirm: charge this card as this attempt. Row ids and a hash only. */
export interface ConfirmRequest {
  readonly attempt: number;
  readonly cardId: string;
  /** The device as the server knows it (a UUID that it gave); in a confirm of before hashes: text of the client. */
  readonly deviceId: string;
  /** The keyed hash of what the client calls the device; absent: a confirm of before hashes. */
  readonly deviceTextHash?: string;
  /** 2–12; absent: the card is charged at once. */
  readonly installmentMonths?: number;
}

/**
 * Start of a deal's workflow. `confirm`, `cancel`: the message that began it travels in the input, since an update that
 * is only admitted dies with the server. `cancel` begins the run of a quote that was never confirmed. `resume`: trust
 * only PostgreSQL and continue from there.
 */
export interface DealInput {
  readonly mode: 'confirm' | 'cancel' | 'resume';
  readonly dealId: DealId;
  readonly policy: DealPolicy;
  readonly confirm?: ConfirmRequest;
  readonly cancel?: ActionBy;
  readonly carriedOver?: CarriedOver;
}

/** What a run that starts anew knows, and the database does not. */
export interface CarriedOver {
  /** The retry batch that has bought the last attempt. */
  readonly batch: string | null;
  /** Who began the next attempt out of TRANSFER_FAILED, which waits for the banks. */
  readonly retryBy: By | null;
  /** Who began the refund that is held back. */
  readonly refundBy: By | null;
  /** How often in a row what holds it back was looked at. */
  readonly looks: number;
  /** Transfers made in line in this round. */
  readonly inLine: number;
  /** The confirm whose charge is undecided; its intent may not have been written. */
  readonly confirm: ConfirmRequest | null;
}

/** How a confirm ended; it names the card that was used, which may not be the asker's. */
export type ConfirmOutcome = { readonly cardId: string; readonly attempt: number } & (
  | { readonly kind: 'charged' }
  | { readonly kind: 'declined'; readonly code: string }
  | { readonly kind: 'blocked'; readonly rules: readonly string[] }
  /** The risk store was down: nothing was charged, the attempt is used up, confirm again. */
  | { readonly kind: 'unavailable' }
  /** The quote had expired, or the deal was cancelled meanwhile. */
  | { readonly kind: 'closed'; readonly cause: 'expired' | 'cancelled' }
);

/** `closed`: the deal has ended. `requested`: it ends as soon as the money in flight is decided. */
export type CancelOutcome = { readonly kind: 'closed' | 'requested' };

export interface AccountCorrection extends ActionBy {
  /** A verified recipient row of the same payer. */
  readonly recipientId: string;
}

/** A part of the fee to give back, won; the same request id is one refund, however often it is asked. */
export interface FeeRefundOrder extends ActionBy {
  readonly requestId: string;
  readonly amount: number;
}

/** What the PG told of a chargeback: opened, then won or lost. `reference` is the PG's number of the case. */
export interface ChargebackNote extends ActionBy {
  readonly standing: 'open' | 'won' | 'lost';
  readonly reference: string;
  readonly evidence: string;
}

/** A break of this deal that reconciliation found, and that an operator ends. */
export interface BreakAcceptance extends ActionBy {
  readonly breakId: number;
  /** The PG's number of the dispute that a strange line of the settlement file is of; `none`: of no dispute. */
  readonly chargeback: string | null;
}

/** Whether both tell of the same attempt of the same leg. */
export function isSameNews(a: ProviderNews, b: ProviderNews): boolean {
  return a.leg === b.leg && (a.leg === 'refund' || b.leg === 'refund' || a.attempt === b.attempt);
}

/** What the workflow itself knows; the truth is in PostgreSQL. */
export interface DealView {
  readonly state: DealState;
  readonly waiting: { readonly reason: WaitReason; readonly nextMoveAt: string | null } | null;
  readonly cancelRequested: boolean;
}

/** Confirms the deal; its id is `confirm-<attempt>`. Answers when the attempt is decided. */
export const confirmDeal = defineUpdate<ConfirmOutcome, [ConfirmRequest]>('confirmDeal');
/** The payer cancels. Refused with type `NotCancellable` once the transfer intent exists. */
export const cancelDeal = defineUpdate<CancelOutcome, [ActionBy]>('cancelDeal');
/** Operator: release a deal held for risk review. */
export const releaseDeal = defineUpdate<void, [ActionBy]>('releaseDeal');
/** Operator: refund a deal that is held or whose transfer failed. */
export const refundDeal = defineUpdate<void, [ActionBy]>('refundDeal');
/** Operator: try the transfer again now. */
export const retryTransfer = defineUpdate<void, [ActionBy]>('retryTransfer');
/** Operator: pay another account of the recipient, then try again. */
export const correctAccount = defineUpdate<void, [AccountCorrection]>('correctAccount');
/** Operator: hold the deal, since a person is about to pay the principal out by hand; answers when that may begin. */
export const payByHand = defineUpdate<void, [ActionBy]>('payByHand');
/** Operator: it was not paid by hand, and will not be. */
export const stopPayingByHand = defineUpdate<void, [ActionBy]>('stopPayingByHand');
/** Operator: the principal has been paid out by hand, at the bank's own console; answers when it is booked. */
export const manualTransfer = defineUpdate<void, [ManualTransfer]>('manualTransfer');
/** Operator: decide an unknown outcome, or book a declined charge that was done. Also reopens a closed run. */
export const ruleOutcome = defineUpdate<void, [Ruling]>('ruleOutcome');

/** Operator: give back a part of a completed deal's fee; answers when that is recorded. Also reopens a closed run. */
export const refundFee = defineUpdate<void, [FeeRefundOrder]>('refundFee');
/** Operator: a completed deal's charge was disputed, or the dispute was decided. Also reopens a closed run. */
export const noteChargeback = defineUpdate<void, [ChargebackNote]>('noteChargeback');
/** Operator: end a break; what the books lack is posted. Also reopens a closed run. */
export const acceptBreak = defineUpdate<void, [BreakAcceptance]>('acceptBreak');

/**
 * The retry batch: one attempt, if the deal waits `retry-due`; anything else ignores it. `batch` names its run: said
 * again by the same one it buys no second attempt.
 */
export const retryDue = defineSignal<[batch: string]>('retryDue');
/** Look at the database again before you wait on. */
export const knock = defineSignal('knock');
/** The clock was put forward: what a wait goes by is read anew. Of systems on one machine (`--fast-clock`). */
export const clockMoved = defineSignal('clockMoved');
/** A provider has news. */
export const providerNews = defineSignal<[ProviderNews]>('providerNews');

export const dealView = defineQuery<DealView>('dealView');

/** Workflow type names, as the server knows them. */
export const DEAL_WORKFLOW = 'dealWorkflow';
export const VERIFY_ACCOUNT_WORKFLOW = 'verifyAccountWorkflow';
export const OPEN_IDENTITY_WORKFLOW = 'openIdentityWorkflow';
export const READ_IDENTITY_WORKFLOW = 'readIdentityWorkflow';
