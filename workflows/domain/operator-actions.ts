/**
 * What operators may order of a deal, by its rows. The same rules judge an order when it comes: those of deals that
 * stand still in the workflow (order-rules.ts), the others under the deal's lock. Pure.
 */
import type { DealAction } from './deal-actions';
import type { DealState, PaymentState, TransferState, WaitReason } from './deal-state';
import { type DoubtKind, doubtRow, doubtsTold } from './doubts';
import { ORDER_WAITS, type WaitingOrder, whyNotOrder } from './order-rules';
import type { Leg } from './provider-news';

/** A charge attempt, as far as the rules look at it. */
interface ChargeFacts {
  readonly status: PaymentState;
  /** The PG was asked. */
  readonly wasSent: boolean;
  /** Decided FAILED, then found charged. */
  readonly late: boolean;
}

interface RefundFacts {
  readonly status: 'PENDING' | 'DONE' | 'REJECTED';
  /** Of the charge that the deal stands on, not of a late one. */
  readonly ofStanding: boolean;
  /** A part of the fee. */
  readonly ofFee: boolean;
}

/** The charge that a deal stands on, and what stands against giving parts of it back. */
interface StandingCharge {
  readonly state: DealState;
  /** Null: nothing was charged. */
  readonly charge: PaymentState | null;
  /** A refund of it is not decided. */
  readonly isRefunding: boolean;
  /** A case of it is open, or lost. */
  readonly isDisputed: boolean;
}

/** Why no part of the fee is given back now, in words; null: it may be. `bar`: what bars it, `left`: won of the fee. */
export function whyNoFeeRefund(
  { state, charge, isRefunding, isDisputed }: StandingCharge,
  { bar, left, amount }: { readonly bar: string | null; readonly left: number; readonly amount: number },
): string | null {
  if (state !== 'COMPLETED' || charge === null) return 'a part of the fee is given back only of a completed deal';
  if (isDisputed) return 'its charge is disputed';
  if (bar !== null) return `its money is in doubt: ${bar}`;
  if (isRefunding) return 'another refund of it is not decided yet';
  return amount > left ? `only ${left} won of the fee are left` : null;
}

/** Why no chargeback can be opened, in words; null: one can. */
export function whyNoChargeback({ state, charge, isRefunding, isDisputed }: StandingCharge): string | null {
  if (charge === null || charge === 'REFUNDED' || state === 'PENDING')
    return 'nothing of its charge is left to dispute: answer the PG with the refund';
  if (isRefunding) return 'a refund of its charge is not decided yet';
  return isDisputed ? 'another case of this charge is open or lost' : null;
}

/** Whether a charge attempt can be ruled: an undecided one, and a declined one done, unless it is booked already. */
export const isRulableCharge = ({ status, wasSent, late }: ChargeFacts, verdict: 'done' | 'failed'): boolean =>
  status === 'PENDING' || (verdict === 'done' && status === 'FAILED' && wasSent && !late);

/** Whether nobody has decided the transfer. */
export const isUndecidedTransfer = (status: TransferState): boolean => status === 'PENDING' || status === 'PROCESSING';

/** What an order about the payout is judged by under the deal's lock, beside its wait. */
export interface PayoutStanding {
  readonly state: DealState;
  /** Its last transfer attempt is not decided. */
  readonly isUndecided: boolean;
  readonly isCancelRequested: boolean;
  /** In a risk review that nobody has ended. */
  readonly isReviewed: boolean;
  /** A refund of its principal was begun and not rejected. */
  readonly isGivenBack: boolean;
  /** What bars a transfer of it; null: nothing. */
  readonly bar: string | null;
}

/**
 * Why nobody begins to pay it by hand, in words; null: somebody may. A transfer or a refund that may have happened, or
 * may yet, would be another one. A stop bars only what is sent.
 */
function whyNotByHand(standing: PayoutStanding): string | null {
  const { state, bar } = standing;
  if (standing.isUndecided) return 'its last transfer is undecided: rule it first';
  if (state !== 'PAID' && state !== 'TRANSFER_FAILED') return `the deal is ${state}`;
  if (state === 'PAID' && standing.isCancelRequested) return 'its payer has cancelled: the charge is given back';
  if (standing.isReviewed) return 'its risk review has not ended: release it first';
  if (standing.isGivenBack) return 'its charge is being given back, or was';
  return bar === null || bar === 'stopped' ? null : `its money is in doubt: ${bar}`;
}

/** Why an order would come to nothing, in words, although it is its time by the deal's wait; null: it would not. */
export function whyNotNow(order: DealAction, standing: PayoutStanding): string | null {
  const { state, isGivenBack, bar } = standing;
  switch (order) {
    case 'pay-by-hand':
      return whyNotByHand(standing);
    case 'correct-account':
      if (state !== 'TRANSFER_FAILED') return 'no transfer of it has failed';
      return isGivenBack ? 'its charge is being given back, or was' : null;
    case 'retry':
      if (bar === null) return null;
      return bar === 'stopped' ? 'transfers are stopped: lift that first' : `its money is in doubt: ${bar}`;
    default:
      return null;
  }
}

/** A doubt that the task tells of and that no operator ends; undefined: closing the task ends all of them. */
export const doubtBeyondOperators = (task: string): DoubtKind | undefined =>
  doubtsTold(task).find((kind) => !doubtRow(kind).endedBy.includes('operator'));

/** A deal's rows, as far as the rules look at them. */
export interface DealFacts {
  readonly state: DealState;
  readonly waiting: WaitReason | null;
  readonly confirmed: boolean;
  readonly payments: readonly (ChargeFacts & { readonly hasKey: boolean })[];
  readonly transfers: readonly TransferState[];
  readonly refunds: readonly RefundFacts[];
  readonly chargebacks: readonly ('OPEN' | 'WON' | 'LOST')[];
  /** The payer asked for it. */
  readonly isCancelRequested: boolean;
  /** In a risk review that nobody has ended. */
  readonly isReviewed: boolean;
  /** A refund of the principal was begun and not rejected. */
  readonly isGivenBack: boolean;
  /** What bars a transfer; null: nothing. */
  readonly transferBar: string | null;
  /** What bars a refund of a part of the fee; null: nothing. */
  readonly feeBar: string | null;
  /** Won of the fee that were not given back. */
  readonly feeLeft: number;
  readonly openTasks: readonly string[];
}

const OTHER_ORDERS = ['refund-fee', 'chargeback', 'rule', 'close-task'] as const;
/** Every order of operators about a deal. */
export const OPERATOR_ACTIONS = [...(Object.keys(ORDER_WAITS) as WaitingOrder[]), ...OTHER_ORDERS];
export type OperatorAction = (typeof OPERATOR_ACTIONS)[number];

/** Why the order would be refused now, in words; null: it would be taken, as far as rows tell. */
export function whyNotAction(action: OperatorAction, facts: DealFacts): string | null {
  if (!facts.confirmed) return 'the payer never confirmed it: there is nothing to order';
  switch (action) {
    case 'refund-fee':
      return whyNoFeeRefundOf(facts, 1);
    case 'chargeback':
      return facts.chargebacks.includes('OPEN') ? null : whyNoChargebackOf(facts);
    case 'rule':
      return isAnyRulable(facts) ? null : 'nothing of it is undecided';
    case 'close-task':
      return whyNoTaskToClose(facts.openTasks);
    default:
      return whyNotWaiting(action, facts) ?? whyNotNow(action, payoutOf(facts));
  }
}

/** Why so many won of the fee are not given back now; null: they may be. */
export const whyNoFeeRefundOf = (facts: DealFacts, amount: number): string | null =>
  whyNoFeeRefund(standingOf(facts), { bar: facts.feeBar, left: facts.feeLeft, amount });

/** Why no other chargeback can be opened now; null: one can. */
export const whyNoChargebackOf = (facts: DealFacts): string | null => whyNoChargeback(standingOf(facts));

/** Why so much, won, does not end the deal as its payout; null: it does. */
export const whyNotPrincipal = (principal: number, paid: number): string | null =>
  paid === principal ? null : `the principal is ${principal} won, and ${paid} were paid`;

const whyNotWaiting = (order: WaitingOrder, facts: DealFacts): string | null =>
  whyNotOrder(order, {
    ...{ state: facts.state, waiting: facts.waiting },
    ...{ undecided: undecidedLegOf(facts), ordering: false },
  });

const payoutOf = ({ transfers, transferBar: bar, ...facts }: DealFacts): PayoutStanding => {
  const last = transfers.at(-1);
  return { ...facts, bar, isUndecided: last !== undefined && isUndecidedTransfer(last) };
};

function standingOf({ state, payments, refunds, chargebacks }: DealFacts): StandingCharge {
  return {
    state,
    charge: payments.find(({ late, hasKey }) => !late && hasKey)?.status ?? null,
    isRefunding: refunds.some(({ status, ofStanding }) => status === 'PENDING' && ofStanding),
    isDisputed: chargebacks.some((status) => status !== 'WON'),
  };
}

const isAnyRulable = ({ payments, transfers, refunds }: DealFacts): boolean =>
  payments.some((payment) => isRulableCharge(payment, 'done')) ||
  transfers.some(isUndecidedTransfer) ||
  refunds.some(({ status }) => status === 'PENDING');

function undecidedLegOf({ payments, transfers, refunds }: DealFacts): Leg | null {
  if (payments.some(({ status, late }) => status === 'PENDING' && !late)) return 'charge';
  if (transfers.some(isUndecidedTransfer)) return 'transfer';
  return refunds.some(({ status, ofStanding, ofFee }) => status === 'PENDING' && ofStanding && !ofFee)
    ? 'refund'
    : null;
}

function whyNoTaskToClose(openTasks: readonly string[]): string | null {
  if (openTasks.length === 0) return 'it has no open task';
  const isLasting = openTasks.every((task) => doubtBeyondOperators(task) !== undefined);
  return isLasting ? 'what its tasks tell of is ended by evidence alone' : null;
}
