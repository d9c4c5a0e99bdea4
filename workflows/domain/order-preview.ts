/**
 * What an operator's order would do, before it is given, and why it would be refused: by the rules that judge it and
 * the functions that book it. Nothing is written. Pure.
 */
import {
  type DealMoney,
  type Foreseen,
  foreseeByHand,
  foreseeChargeback,
  foreseeFeeRefund,
  foreseePayout,
  foreseeRefund,
  foreseeRuling,
  NOTHING_BOOKED,
  type OrderInputs,
} from './foreseen';
import {
  type DealFacts,
  doubtBeyondOperators,
  isRulableCharge,
  isUndecidedTransfer,
  type OperatorAction,
  whyNoChargebackOf,
  whyNoFeeRefundOf,
  whyNotAction,
  whyNotPrincipal,
} from './operator-actions';

export interface OrderPreview extends Foreseen {
  /** Why it would be refused; null: it would be taken, as far as rows tell. */
  readonly because: string | null;
}

interface Deal {
  readonly facts: DealFacts;
  readonly money: DealMoney;
}
type InputOf<A> = A extends keyof OrderInputs ? OrderInputs[A] : object;
interface Row<A> {
  /** Why this very input is refused, while another one may be taken. */
  readonly whyNot?: (deal: Deal, input: InputOf<A>) => string | null;
  readonly foresee: (money: DealMoney, input: InputOf<A>) => Foreseen;
}

const ROWS: { readonly [A in OperatorAction]: Row<A> } = {
  release: { foresee: (money) => foreseePayout(money, 'the risk review ends, and the recipient is paid') },
  retry: { foresee: (money) => foreseePayout(money, 'the same account is paid again') },
  'correct-account': { foresee: (money) => foreseePayout(money, 'the other account is paid') },
  refund: { foresee: foreseeRefund },
  'refund-fee': { whyNot: ({ facts }, { amount }) => whyNoFeeRefundOf(facts, amount), foresee: foreseeFeeRefund },
  chargeback: { whyNot: whyNotNoted, foresee: foreseeChargeback },
  rule: { whyNot: whyNotRuled, foresee: foreseeRuling },
  'manual-transfer': {
    whyNot: ({ money }, { amount }) => whyNotPrincipal(money.quote.principal, amount),
    foresee: foreseeByHand,
  },
  'pay-by-hand': {
    foresee: () => ({
      ...NOTHING_BOOKED,
      next: 'the deal is held: nothing moves its money until it is booked, or let go',
    }),
  },
  'stop-paying-by-hand': {
    foresee: () => ({ ...NOTHING_BOOKED, next: 'the deal goes on where it was, and its money may move again' }),
  },
  'close-task': {
    whyNot: ({ facts }, { task }) => whyNotClosed(facts, task),
    foresee: () => ({ ...NOTHING_BOOKED, next: 'the task is closed, and what it barred goes on' }),
  },
};

/** The order with this input, which its schema has checked, as it would be taken now. */
export function previewOf(action: OperatorAction, deal: Deal, input: unknown): OrderPreview {
  const { whyNot, foresee } = ROWS[action] as Row<OperatorAction>;
  const given = input as InputOf<OperatorAction>;
  const because = whyNotAction(action, deal.facts) ?? whyNot?.(deal, given) ?? null;
  return { because, ...foresee(deal.money, given) };
}

function whyNotNoted({ facts, money }: Deal, { standing, reference }: OrderInputs['chargeback']): string | null {
  const known = money.chargebacks.find((one) => one.reference === reference);
  if (standing === 'open') return known ? null : whyNoChargebackOf(facts);
  if (!known) return `this deal has no chargeback ${reference}`;
  const isOther = known.status !== 'OPEN' && known.status !== standing.toUpperCase();
  return isOther ? `chargeback ${reference} was ${known.status.toLowerCase()} before` : null;
}

function whyNotRuled({ money }: Deal, { leg, attempt, verdict }: OrderInputs['rule']): string | null {
  const isRulable = {
    charge: () => money.payments.some((one) => one.attempt === attempt && isRulableCharge(one, verdict)),
    transfer: () => money.transfers.some((one) => one.attempt === attempt && isUndecidedTransfer(one.status)),
    refund: () => money.refunds.some((one) => one.n === attempt && one.status === 'PENDING'),
  }[leg]();
  return isRulable ? null : `${leg} ${attempt} is not undecided: it was never sent, or its outcome is known`;
}

function whyNotClosed({ openTasks }: DealFacts, task: string): string | null {
  if (!openTasks.includes(task)) return `no open task "${task}"`;
  return doubtBeyondOperators(task) ? 'what it tells of is ended by evidence alone' : null;
}
