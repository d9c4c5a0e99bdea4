/** What the payers of a run will do: pure. A realistic crowd, with the magic cards and accounts among it, and people in a hurry. */
import { FAULTY_ACCOUNTS, FAULTY_CARDS, LATE_ACCOUNT, LATE_CARD } from './provider-faults';
import type { Random } from './random';

/**
 * `plain`: confirm once. `double-click`: the same request twice at once, by both APIs. `repeat`: the answered request again later.
 * `two-cards`: two cards at the same moment. `cancel-first`: cancel a quote. `cancel-during`: confirm and cancel at once.
 * `cancel-late`: cancel after the charge. `abandon`: leave the quote alone.
 */
export type Manner =
  | 'plain'
  | 'double-click'
  | 'repeat'
  | 'two-cards'
  | 'cancel-first'
  | 'cancel-during'
  | 'cancel-late'
  | 'abandon';

export interface DealPlan {
  /** When the payer makes the deal. */
  readonly atMs: number;
  readonly manner: Manner;
  /** Last four digits of the card and of the recipient's account. */
  readonly card: string;
  readonly account: string;
  /** Won. */
  readonly principal: number;
  /** Which API the payer reaches first. */
  readonly api: 0 | 1;
}

export interface PayerPlan {
  /** A member of less than a day: high amounts are held for review. */
  readonly isNew: boolean;
  /** The same card for all deals, and more of them than the rules allow. */
  readonly isEager: boolean;
  readonly deals: readonly DealPlan[];
}

const MANNERS: Readonly<Record<Manner, number>> = {
  plain: 48,
  'double-click': 14,
  repeat: 9,
  'two-cards': 7,
  'cancel-first': 4,
  'cancel-during': 9,
  'cancel-late': 6,
  abandon: 3,
};
export const ORDINARY = '1234';
const MAGIC_CARDS = ['0101', '0102', '0103', '0104', '0105', '0106'];
const MAGIC_ACCOUNTS = ['0201', '0202', '0203', '0204', '0205', '0206', '0207', '0208', '0209'];

const ending = (random: Random, magic: readonly string[], faulty: readonly string[]): string => {
  const kind = random.weighted({ ordinary: 60, magic: 15, faulty: 25 });
  return kind === 'ordinary' ? ORDINARY : random.pick(kind === 'magic' ? magic : faulty);
};

/** Exactly `count` deals, spread over the window. */
export function payersOf(random: Random, count: number, windowMs: number): PayerPlan[] {
  const payers: PayerPlan[] = [];
  for (let left = count; left > 0; ) {
    const isEager = random.next() < 0.05;
    const isNew = !isEager && random.next() < 0.06;
    const size = Math.min(left, isEager ? 7 : random.between(1, 3));
    const fromMs = random.between(0, windowMs - 1);
    const deals = Array.from({ length: size }, () => {
      // The eager ones come all at once, the others when they need to.
      const atMs = isEager ? fromMs : random.between(0, windowMs - 1);
      return dealOf(random, atMs, isNew);
    });
    payers.push({ isNew, isEager, deals: deals.sort((a, b) => a.atMs - b.atMs) });
    left -= size;
  }
  return payers;
}

function dealOf(random: Random, atMs: number, isNew: boolean): DealPlan {
  return {
    atMs,
    manner: random.weighted(MANNERS),
    card: ending(random, MAGIC_CARDS, FAULTY_CARDS),
    account: ending(random, MAGIC_ACCOUNTS, FAULTY_ACCOUNTS),
    principal: isNew ? random.between(900_000, 1_200_000) : random.between(1_000, 900_000),
    api: random.pick([0, 1] as const),
  };
}

/** Deals that come by what is rare: a late charge, a refund at once, a return; and ordinary ones. */
const RARE: readonly Pick<DealPlan, 'card' | 'account'>[] = [
  { card: LATE_CARD, account: ORDINARY },
  { card: ORDINARY, account: '0202' },
  { card: ORDINARY, account: LATE_ACCOUNT },
  { card: ORDINARY, account: ORDINARY },
];
const WAVE_PAYERS = 4;

/** Payers who come when the window is over and some failpoint has not been hit: one wave, within so many ms. */
export function waveOf(random: Random, withinMs: number): PayerPlan[] {
  return Array.from({ length: WAVE_PAYERS }, () => ({
    isNew: false,
    isEager: false,
    deals: RARE.map((ends) => ({
      ...dealOf(random, random.between(0, withinMs - 1), false),
      ...ends,
      manner: 'plain' as const,
    })),
  }));
}
