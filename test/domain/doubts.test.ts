/** Which doubt a signed event raises about what is stored (spec/verdicts.md, "Doubts"), cell by cell. */
import type { DoubtKind } from '../../workflows/domain/doubts';
import type { DealId } from '../../workflows/domain/ids';
import { type Claim, doubtOf, type LegFacts } from '../../workflows/domain/provider-news';

const TRADING_DATE = '2026-03-02';
const CLAIM: Claim = {
  ...{ dealNo: 'PL2603020000000000', leg: 'charge', attempt: 1, says: 'done', amount: 103_000 },
  ...{ paymentKey: 'ours', tradingDate: TRADING_DATE },
};
type Payment = NonNullable<LegFacts['payment']>;
const PAYMENT: Payment = {
  ...{ status: 'PAID' as const, amount: 103_000, paymentKey: 'ours' },
  ...{ isSent: true, isLate: false, mayHaveBeenDeclined: false },
};
const FACTS: LegFacts = {
  ...{ dealId: 'deal' as DealId, waitingReason: null, payment: PAYMENT, isKeyOfAnother: false },
  ...{ refunds: [], transfer: null },
};
const payment = (more: Partial<Payment>): Partial<LegFacts> => ({ payment: { ...PAYMENT, ...more } });
const DECLINED: Partial<Payment> = { status: 'FAILED', paymentKey: null };
const transfer = (status: 'PENDING' | 'COMPLETED' | 'FAILED' | 'RETURNED'): Partial<LegFacts> => ({
  transfer: { status, amount: 103_000, tradingDate: TRADING_DATE },
});
const REFUND = { leg: 'refund' } as const;
const OF = { leg: 'transfer' } as const;

const CASES: readonly (readonly [string, Partial<Claim>, Partial<LegFacts>, DoubtKind | null])[] = [
  ['the charge that stands, said again', {}, {}, null],
  ['an undecided charge', {}, payment({ status: 'PENDING', paymentKey: null }), null],
  ['another charge of the same order', { paymentKey: 'other' }, {}, 'second-charge'],
  ['another amount of the charge that stands', { amount: 1 }, {}, 'second-charge'],
  ['a failure of the charge that stands', { says: 'failed' }, {}, 'charge-denied'],
  ['a failure that one of its calls was answered', { says: 'failed' }, payment({ mayHaveBeenDeclined: true }), null],
  ['a declined attempt that was charged', {}, payment(DECLINED), 'charge-claimed'],
  ['a declined attempt, by the key of another charge', {}, { ...payment(DECLINED), isKeyOfAnother: true }, null],
  ['an attempt that was never sent', {}, payment({ ...DECLINED, isSent: false }), 'second-charge'],
  ['the failure of a declined attempt', { says: 'failed', amount: 1 }, payment(DECLINED), null],
  ['a refund that nobody asked for', REFUND, {}, 'foreign-refund'],
  ['a refund of another key', { ...REFUND, paymentKey: 'other' }, {}, 'second-charge'],
  ['a refund of a declined attempt', REFUND, payment(DECLINED), 'charge-claimed'],
  ['a refund of a late charge that nobody asked for', REFUND, payment({ isLate: true }), 'second-charge'],
  ['our own refund, done', REFUND, { refunds: [{ status: 'DONE', amount: 103_000 }] }, null],
  ['our own refund, undecided', REFUND, { refunds: [{ status: 'PENDING', amount: 103_000 }] }, null],
  [
    'a refund that was called rejected',
    REFUND,
    { refunds: [{ status: 'REJECTED', amount: 103_000 }] },
    'foreign-refund',
  ],
  ['a transfer that is done', OF, transfer('COMPLETED'), null],
  ['an undecided transfer', OF, transfer('PENDING'), null],
  ['a failed transfer that was paid', OF, transfer('FAILED'), 'transfer-claimed'],
  ['a failed transfer that came back', { ...OF, says: 'returned' }, transfer('FAILED'), 'transfer-claimed'],
  ['the failure of a failed transfer', { ...OF, says: 'failed', amount: 1 }, transfer('FAILED'), null],
  ['a failure of a transfer that is done', { ...OF, says: 'failed' }, transfer('COMPLETED'), 'transfer-claimed'],
  ['the return of a transfer that is done', { ...OF, says: 'returned' }, transfer('COMPLETED'), null],
  ['another amount of a transfer that is done', { ...OF, amount: 1 }, transfer('COMPLETED'), 'transfer-claimed'],
  ['whatever is told of a transfer that came back', { ...OF, says: 'failed' }, transfer('RETURNED'), null],
  ['an order that is not ours', {}, { payment: null }, null],
];

test.each(CASES)('an event of %s', (_, claim, facts, doubt) => {
  expect(doubtOf({ ...CLAIM, ...claim }, { ...FACTS, ...facts })).toBe(doubt);
});
