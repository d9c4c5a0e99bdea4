/** What the operators of a run will order: pure. Which deal an order meets is found when it is given: the plan says only how to choose. */
import type { Random } from './random';

/**
 * `refund-fee`: a part of a completed deal's fee. `chargeback`: the card issuer takes a charge back, and decides a little later.
 * The others are for deals that wait: `release`, `refund`, `retry`, `correct-account`.
 */
export type OrderKind = 'release' | 'refund' | 'retry' | 'correct-account' | 'refund-fee' | 'chargeback';

/** `once`; `twice`: the same order by two operators at once; `rivals`: two orders at once of which only one can be carried out. */
export type OrderManner = 'once' | 'twice' | 'rivals';

export interface OrderPlan {
  readonly atMs: number;
  readonly kind: OrderKind;
  readonly manner: OrderManner;
  /** 0 to 1: which of the deals that could take it. */
  readonly which: number;
  /** Of the fee, bps; or, of a chargeback, whether it is won (under 5,000) or lost. */
  readonly shareBps: number;
}

const KINDS: Readonly<Record<OrderKind, number>> = {
  'refund-fee': 46,
  chargeback: 12,
  release: 14,
  refund: 12,
  retry: 8,
  'correct-account': 8,
};
const MANNERS: Readonly<Record<OrderManner, number>> = { once: 5, twice: 3, rivals: 2 };
/** More than half: of two rivals one finds too little of the fee left. */
const RIVAL_BPS = 6_000;
const DEALS_PER_ORDER = 10;

/** The orders for so many deals, in the order of time. */
export function ordersOf(random: Random, deals: number, windowMs: number): OrderPlan[] {
  const orders = Array.from({ length: Math.ceil(deals / DEALS_PER_ORDER) }, () => orderOf(random, windowMs));
  return orders.sort((a, b) => a.atMs - b.atMs);
}

/** Parts of fees alone, all within so many ms: they come with the payers of a wave. */
export function feeOrdersOf(random: Random, count: number, withinMs: number): OrderPlan[] {
  return Array.from({ length: count }, () => ({
    ...orderOf(random, withinMs),
    kind: 'refund-fee' as const,
    manner: 'once' as const,
    shareBps: random.between(1, 3_000),
  }));
}

function orderOf(random: Random, windowMs: number): OrderPlan {
  const manner = random.weighted(MANNERS);
  return {
    atMs: random.between(0, windowMs - 1),
    kind: random.weighted(KINDS),
    manner,
    which: random.next(),
    shareBps: manner === 'rivals' ? RIVAL_BPS : random.between(1, 10_000),
  };
}
