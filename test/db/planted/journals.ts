/** Stories that the providers' journals could tell and our rows do not: what is added to, taken from or changed in the truth. */
import type { BankEffect, Journals, PgEffect } from '../../../db/invariants/journals';
import type { EveryDeal } from '../../fixtures/every-deal';

export interface OtherStory {
  readonly story: string;
  /** The deal that is blamed; undefined: a stranger. */
  readonly of?: keyof EveryDeal;
  readonly breaks: readonly string[];
  /** `dealNo` is that of the deal, or of the stranger. */
  readonly tell: (truth: Journals, dealNo: string) => Journals;
}

type Change<T> = (effect: T) => T | null;
const changed = <T>(effects: readonly T[], isIt: (effect: T) => boolean, change: Change<T>): T[] =>
  effects.map((effect) => (isIt(effect) ? change(effect) : effect)).filter((effect) => effect !== null);

const pg =
  (orderId: string, effect: PgEffect['effect'], change: Change<PgEffect>) => (truth: Journals, dealNo: string) => ({
    ...truth,
    pg: changed(truth.pg, (e) => e.orderId === `${dealNo}-${orderId}` && e.effect === effect, change),
  });
const bank =
  (reference: string, effect: BankEffect['effect'], change: Change<BankEffect>) =>
  (truth: Journals, dealNo: string) => ({
    ...truth,
    bank: changed(truth.bank, (e) => e.reference === `${dealNo}-${reference}` && e.effect === effect, change),
  });
const pgToo = (effect: Omit<PgEffect, 'orderId'>, order: string) => (truth: Journals, dealNo: string) => ({
  ...truth,
  pg: [...truth.pg, { ...effect, orderId: `${dealNo}-${order}` }],
});
const bankToo =
  (effect: Omit<BankEffect, 'reference' | 'tradingDate'>, reference: string) => (truth: Journals, dealNo: string) => ({
    ...truth,
    bank: [
      ...truth.bank,
      { ...effect, reference: `${dealNo}-${reference}`, tradingDate: truth.bank[0]?.tradingDate ?? '2026-01-01' },
    ],
  });
const never = () => null;

export const OTHER_STORIES: readonly OtherStory[] = [
  {
    story: 'the PG charged an order that we do not know',
    breaks: ['charges-at-the-pg'],
    tell: pgToo({ effect: 'charged', paymentKey: 'pay_x', amount: 10_300 }, '1'),
  },
  {
    story: 'the PG charged an order twice',
    of: 'completed',
    breaks: ['charges-at-the-pg', 'ledger-is-what-happened'],
    tell: pgToo({ effect: 'charged', paymentKey: 'pay_x', amount: 103_000 }, '1'),
  },
  {
    story: 'the PG never charged what we say is paid',
    of: 'held',
    breaks: ['charges-at-the-pg', 'ledger-is-what-happened'],
    tell: pg('1', 'charged', never),
  },
  {
    story: 'the PG charged under another key',
    of: 'completed',
    breaks: ['charges-at-the-pg'],
    tell: pg('1', 'charged', (effect) => ({ ...effect, paymentKey: 'pay_x' })),
  },
  {
    story: 'the PG charged a won more',
    of: 'completed',
    breaks: ['charges-at-the-pg', 'ledger-is-what-happened'],
    tell: pg('1', 'charged', (effect) => ({ ...effect, amount: effect.amount + 1 })),
  },
  {
    story: 'the PG charged what we say failed',
    of: 'declined',
    breaks: ['charges-at-the-pg', 'ledger-is-what-happened'],
    tell: pgToo({ effect: 'charged', paymentKey: 'pay_x', amount: 103_000 }, '1'),
  },
  {
    story: 'the PG did not give the late charge back',
    of: 'late',
    breaks: ['one-live-charge-at-the-pg', 'refunds-at-the-pg', 'ledger-is-what-happened'],
    tell: pg('1', 'cancelled', never),
  },
  {
    story: 'the PG gave back what was paid out',
    of: 'completed',
    breaks: ['refunds-at-the-pg', 'paid-out-of-the-charge', 'ledger-is-what-happened'],
    tell: pgToo({ effect: 'cancelled', paymentKey: 'pay_x', amount: 103_000 }, '1'),
  },
  {
    story: 'the PG gave a part of the fee back in two cancels',
    of: 'partRefunded',
    breaks: ['refunds-at-the-pg'],
    tell: (truth, dealNo) =>
      pgToo({ effect: 'cancelled', paymentKey: 'pay_x', amount: 400 }, '1')(
        pg('1', 'cancelled', (effect) => ({ ...effect, amount: 600 }))(truth, dealNo),
        dealNo,
      ),
  },
  {
    story: 'the bank made a transfer that we do not know',
    breaks: ['transfers-at-the-bank', 'paid-out-of-the-charge'],
    tell: bankToo({ effect: 'transferred', amount: 10_000 }, 'T1'),
  },
  {
    story: 'the bank paid a deal twice',
    of: 'completed',
    breaks: ['transfers-at-the-bank', 'one-payout-at-the-bank', 'paid-out-of-the-charge', 'ledger-is-what-happened'],
    tell: bankToo({ effect: 'transferred', amount: 100_000 }, 'T2'),
  },
  {
    story: 'the bank never made the transfer',
    of: 'completed',
    breaks: ['transfers-at-the-bank', 'ledger-is-what-happened'],
    tell: bank('T1', 'transferred', never),
  },
  {
    story: 'the bank returned a transfer, and nobody noticed',
    of: 'completed',
    breaks: ['transfers-at-the-bank', 'ledger-is-what-happened'],
    tell: bankToo({ effect: 'returned', amount: 100_000 }, 'T1'),
  },
  {
    story: 'the bank never returned what we say came back',
    of: 'returned',
    breaks: ['transfers-at-the-bank', 'ledger-is-what-happened'],
    tell: bank('T1', 'returned', never),
  },
  {
    story: 'the bank paid a transfer that failed, and the charge was given back',
    of: 'refunded',
    breaks: ['transfers-at-the-bank', 'paid-out-of-the-charge', 'ledger-is-what-happened'],
    tell: bankToo({ effect: 'transferred', amount: 100_000 }, 'T1'),
  },
  {
    story: 'the bank paid a won less',
    of: 'completed',
    breaks: ['transfers-at-the-bank', 'ledger-is-what-happened'],
    tell: bank('T1', 'transferred', (effect) => ({ ...effect, amount: effect.amount - 1 })),
  },
];
