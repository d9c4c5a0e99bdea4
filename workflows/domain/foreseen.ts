/**
 * What an order moves, before it is given: the journals if the provider does as it is asked, what the payer is told,
 * what the deal does next. By the functions that book it. Pure.
 */
import type { PaymentState, TransferState } from './deal-state';
import type { Quote } from './fees';
import {
  chargebackLostPostings,
  chargebackOffsetPostings,
  chargebackPostings,
  chargebackWonPostings,
  chargePostings,
  directPayoutPostings,
  type JournalKind,
  type Posting,
  refundPostings,
  transferFailedPostings,
  transferIntentPostings,
  transferPostings,
} from './ledger';
import { subtractWon, type Won, won } from './money';
import type { NoticeTemplate } from './notices';
import type { Leg } from './provider-news';

/** A journal that would be posted. */
interface ForeseenJournal {
  readonly kind: JournalKind;
  readonly entries: readonly Posting[];
}

/** What the payer would be told. */
interface ForeseenNotice {
  readonly template: Extract<NoticeTemplate, 'deal-completed' | 'deal-failed' | 'deal-refunded' | 'fee-refunded'>;
  readonly amount: Won;
}

export interface Foreseen {
  /** In their order. */
  readonly journals: readonly ForeseenJournal[];
  readonly notice: ForeseenNotice | null;
  readonly next: string;
}

/** A deal's money, as far as orders move it. */
export interface DealMoney {
  readonly quote: Quote;
  /** The payer was told of a failure before. */
  readonly isFailing: boolean;
  readonly payments: readonly {
    readonly id: string;
    readonly attempt: number;
    readonly status: PaymentState;
    readonly amount: Won;
    readonly refundedAmount: Won;
    readonly late: boolean;
    readonly hasKey: boolean;
    readonly wasSent: boolean;
  }[];
  readonly transfers: readonly { readonly attempt: number; readonly status: TransferState }[];
  readonly refunds: readonly {
    readonly n: number;
    readonly status: 'PENDING' | 'DONE' | 'REJECTED';
    readonly paymentId: string;
    readonly principal: Won;
    readonly fee: Won;
    readonly amount: Won;
    readonly part: 'whole' | 'fee';
  }[];
  readonly chargebacks: readonly {
    readonly reference: string;
    readonly status: 'OPEN' | 'WON' | 'LOST';
    readonly amount: Won;
  }[];
}

/** What the order says beside its reason, as far as it matters here. */
export interface OrderInputs {
  readonly 'refund-fee': { readonly amount: number };
  readonly chargeback: { readonly standing: 'open' | 'won' | 'lost'; readonly reference: string };
  readonly rule: { readonly leg: Leg; readonly attempt: number; readonly verdict: 'done' | 'failed' };
  readonly 'manual-transfer': { readonly amount: number };
  readonly 'close-task': { readonly task: string };
}
/** No journal and no message. */
export const NOTHING_BOOKED = { journals: [], notice: null } as const;

const standing = ({ payments }: DealMoney) => payments.find(({ late, hasKey }) => !late && hasKey);

/** The transfer is sent, and the bank pays it. */
const payout = ({ quote: { principal } }: DealMoney): Omit<Foreseen, 'next'> => ({
  journals: [
    { kind: 'transfer-intent', entries: transferIntentPostings(principal) },
    { kind: 'transfer', entries: transferPostings(principal) },
  ],
  notice: { template: 'deal-completed', amount: principal },
});

/** `how`: what is done first. */
export const foreseePayout = (money: DealMoney, how: string): Foreseen => ({
  ...payout(money),
  next: `${how}; while the banks are closed or transfers are stopped it waits, and what the bank refuses fails again`,
});

/** A person has paid it, and nothing is sent. */
export const foreseeByHand = ({ quote: { principal } }: DealMoney): Foreseen => ({
  journals: [{ kind: 'transfer', entries: directPayoutPostings(principal) }],
  notice: { template: 'deal-completed', amount: principal },
  next: 'nothing is sent: the deal ends COMPLETED',
});

/** All that is left of the charge goes back. */
export function foreseeRefund(money: DealMoney): Foreseen {
  const { quote, chargebacks } = money;
  if (chargebacks.some(({ status }) => status === 'OPEN'))
    return { ...NOTHING_BOOKED, next: 'its charge is disputed: it waits until the dispute is decided' };
  if (chargebacks.some(({ status }) => status === 'LOST')) {
    const journal = { kind: 'chargeback-offset', entries: chargebackOffsetPostings(quote.principal) } as const;
    return { journals: [journal], notice: null, next: 'the dispute gave the charge back: the deal ends REFUNDED' };
  }
  const charge = standing(money);
  if (!charge || charge.status === 'REFUNDED') return { ...NOTHING_BOOKED, next: 'nothing of its charge is left' };
  const amount = subtractWon(charge.amount, charge.refundedAmount);
  const parts = { principal: quote.principal, fee: subtractWon(amount, quote.principal) };
  return {
    journals: [{ kind: 'refund', entries: refundPostings({ ...parts, remaining: amount }) }],
    notice: { template: 'deal-refunded', amount },
    next: 'the PG is asked to cancel the charge; once it has, the deal ends REFUNDED',
  };
}

export function foreseeFeeRefund(money: DealMoney, { amount }: OrderInputs['refund-fee']): Foreseen {
  const charge = standing(money);
  const remaining = charge ? subtractWon(charge.amount, charge.refundedAmount) : won(0);
  const next = 'the PG is asked to give this part back; the deal stays COMPLETED';
  if (amount > remaining) return { ...NOTHING_BOOKED, next };
  const entries = refundPostings({ principal: won(0), fee: won(amount), remaining });
  return { journals: [{ kind: 'refund', entries }], notice: { template: 'fee-refunded', amount: won(amount) }, next };
}

export function foreseeChargeback(
  money: DealMoney,
  { standing: says, reference }: OrderInputs['chargeback'],
): Foreseen {
  const known = money.chargebacks.find((one) => one.reference === reference);
  if (says === 'open') {
    const charge = standing(money);
    const next = 'nothing of its money moves until the dispute is decided; a task stays open';
    if (known || !charge) return { ...NOTHING_BOOKED, next };
    const entries = chargebackPostings(subtractWon(charge.amount, charge.refundedAmount));
    return { journals: [{ kind: 'chargeback', entries }], notice: null, next };
  }
  const next = says === 'won' ? 'the deal goes on' : 'the charge is not given back a second time';
  if (known?.status !== 'OPEN') return { ...NOTHING_BOOKED, next };
  const [kind, postings] =
    says === 'won'
      ? (['chargeback-won', chargebackWonPostings] as const)
      : (['chargeback-lost', chargebackLostPostings] as const);
  return { journals: [{ kind, entries: postings(known.amount) }], notice: null, next };
}

export function foreseeRuling(money: DealMoney, ruling: OrderInputs['rule']): Foreseen {
  switch (ruling.leg) {
    case 'charge':
      return foreseeChargeRuling(money, ruling);
    case 'transfer':
      return foreseeTransferRuling(money, ruling);
    case 'refund':
      return foreseeRefundRuling(money, ruling);
  }
}

function foreseeChargeRuling(money: DealMoney, { attempt, verdict }: OrderInputs['rule']): Foreseen {
  const { quote, payments } = money;
  if (verdict === 'failed') return { ...NOTHING_BOOKED, next: 'it waits for another card, until its quote runs out' };
  const charge = { kind: 'charge', entries: chargePostings(quote) } as const;
  if (payments.find((one) => one.attempt === attempt)?.status !== 'FAILED')
    return { journals: [charge], notice: null, next: 'the deal is PAID, and goes on to its payout' };
  const back = refundPostings({ principal: quote.principal, fee: quote.fee, remaining: quote.total });
  return {
    journals: [charge, { kind: 'refund', entries: back }],
    notice: null,
    next: 'the declined charge is booked late, and given back beside the deal, which goes on as it is',
  };
}

function foreseeTransferRuling({ quote, isFailing }: DealMoney, { verdict }: OrderInputs['rule']): Foreseen {
  const amount = quote.principal;
  if (verdict === 'done')
    return {
      journals: [{ kind: 'transfer', entries: transferPostings(amount) }],
      notice: { template: 'deal-completed', amount },
      next: 'the deal ends COMPLETED',
    };
  return {
    journals: [{ kind: 'transfer-failed', entries: transferFailedPostings(amount) }],
    notice: isFailing ? null : { template: 'deal-failed', amount },
    next: 'the transfer has failed: the deal waits to be tried again, corrected or refunded',
  };
}

function foreseeRefundRuling({ refunds, payments }: DealMoney, { attempt, verdict }: OrderInputs['rule']): Foreseen {
  if (verdict === 'failed')
    return { ...NOTHING_BOOKED, next: 'the PG is not asked again: its settlement files decide' };
  const refund = refunds.find(({ n }) => n === attempt);
  const payment = payments.find(({ id }) => id === refund?.paymentId);
  if (!refund || !payment) return { ...NOTHING_BOOKED, next: 'there is no such refund' };
  const { principal, fee, amount, part } = refund;
  const remaining = subtractWon(payment.amount, payment.refundedAmount);
  const template = part === 'fee' ? 'fee-refunded' : 'deal-refunded';
  return {
    journals: [{ kind: 'refund', entries: refundPostings({ principal, fee, remaining }) }],
    notice: payment.late ? null : { template, amount },
    next: part === 'fee' || payment.late ? 'the deal goes on as it is' : 'the deal ends REFUNDED',
  };
}
