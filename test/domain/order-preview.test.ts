/** What an order would do: journals that balance, and no word of what the rules refuse. */

import { quote } from '../../workflows/domain/fees';
import { type DealMoney, foreseeRuling } from '../../workflows/domain/foreseen';
import { sumOf } from '../../workflows/domain/ledger';
import { won } from '../../workflows/domain/money';
import type { DealFacts } from '../../workflows/domain/operator-actions';
import { previewOf } from '../../workflows/domain/order-preview';

const QUOTE = quote(won(100_000), 300);
const charge: DealMoney['payments'][number] = {
  ...{ id: 'p1', attempt: 1, status: 'PAID', amount: QUOTE.total, refundedAmount: won(0), late: false },
  ...{ hasKey: true, wasSent: true },
};
const refund: DealMoney['refunds'][number] = {
  ...{ n: 1, status: 'PENDING', paymentId: 'p1', part: 'whole', amount: QUOTE.total },
  ...{ principal: QUOTE.principal, fee: QUOTE.fee },
};
const money = (more: Partial<DealMoney> = {}): DealMoney => ({
  ...{ quote: QUOTE, isFailing: false, payments: [charge], transfers: [], refunds: [], chargebacks: [], ...more },
});
const facts = (more: Partial<DealFacts> = {}): DealFacts => ({
  ...{ state: 'COMPLETED', waiting: null, confirmed: true, payments: [charge], transfers: ['COMPLETED'], refunds: [] },
  ...{ chargebacks: [], isCancelRequested: false, isReviewed: false, isGivenBack: false, transferBar: null },
  ...{ feeBar: null, feeLeft: 3_000, openTasks: [], ...more },
});
const kinds = (of: { journals: readonly { kind: string }[] }) => of.journals.map(({ kind }) => kind);

test.each([
  ['charge', 'done', money({ payments: [{ ...charge, status: 'PENDING' }] }), ['charge'], null],
  ['charge', 'done', money({ payments: [{ ...charge, status: 'FAILED' }] }), ['charge', 'refund'], null],
  ['charge', 'failed', money({ payments: [{ ...charge, status: 'PENDING' }] }), [], null],
  ['transfer', 'done', money(), ['transfer'], 'deal-completed'],
  ['transfer', 'failed', money(), ['transfer-failed'], 'deal-failed'],
  ['transfer', 'failed', money({ isFailing: true }), ['transfer-failed'], null],
  ['refund', 'done', money({ refunds: [refund] }), ['refund'], 'deal-refunded'],
  ['refund', 'done', money({ refunds: [{ ...refund, part: 'fee' }] }), ['refund'], 'fee-refunded'],
  ['refund', 'failed', money({ refunds: [refund] }), [], null],
] as const)('a ruling of a %s as %s', (leg, verdict, deal, journals, notice) => {
  const foreseen = foreseeRuling(deal, { leg, attempt: 1, verdict });
  expect([kinds(foreseen), foreseen.notice?.template ?? null]).toEqual([journals, notice]);
});

test('every journal that is foreseen balances, whatever the deal and whatever was given back of it', () => {
  for (const refunded of [0, 1, 777, 3_000])
    for (const status of ['OPEN', 'WON', 'LOST'] as const) {
      const paid = { ...charge, refundedAmount: won(refunded) };
      const deal = money({ payments: [paid], chargebacks: [{ reference: 'c', status, amount: QUOTE.total }] });
      for (const [action, input] of [
        ...[['release', {}] as const, ['refund', {}] as const, ['refund-fee', { amount: 500 }] as const],
        ['chargeback', { standing: 'won', reference: 'c' }] as const,
        ['chargeback', { standing: 'open', reference: 'd' }] as const,
        ['manual-transfer', { amount: 100_000 }] as const,
      ])
        for (const { entries } of previewOf(action, { facts: facts(), money: deal }, input).journals)
          expect(sumOf(entries)).toBe(0);
    }
});

test.each([
  ['refund-fee', { amount: 3_001 }, /only 3000 won of the fee are left/],
  ['refund-fee', { amount: 3_000 }, null],
  ['chargeback', { standing: 'won', reference: 'none' }, /no chargeback none/],
  ['chargeback', { standing: 'open', reference: 'new' }, null],
  ['rule', { leg: 'transfer', attempt: 1, verdict: 'done' }, /nothing of it is undecided/],
  ['close-task', { task: 'charge-denied' }, /no open task/],
  ['release', {}, /must wait for risk-review/],
] as const)('%s %j: why it would be refused, by the rule that refuses it', (action, input, why) => {
  const { because } = previewOf(action, { facts: facts(), money: money() }, input);
  if (why === null) expect(because).toBeNull();
  else expect(because).toMatch(why);
});
