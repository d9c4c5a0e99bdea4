/** Charges at the PG, and what the magic cards of spec §13 do to them. */
import { randomUUID } from 'node:crypto';
import type { Facts } from './faults';
import type { Answer } from './http';
import { kstTime } from './korean-time';
import { type Books, book, type Card, type Payment, refusal } from './payment-books';

export type ChargeInput = { billingKey: string; amount: number; orderId: string };

const DECLINES: Readonly<Record<string, { code: string; message: string }>> = {
  '0101': { code: 'INSUFFICIENT_FUNDS', message: '잔액이 부족합니다.' },
  '0102': { code: 'STOLEN_CARD', message: '도난 또는 분실 신고된 카드입니다.' },
};
const LATE_DECLINE = { code: 'PROVIDER_ERROR', message: '카드사 응답이 없어 승인되지 않았습니다.' };

/** How the first answer to a charge that did happen gets lost. */
const LOST: Readonly<Record<string, (answer: Answer) => Answer>> = {
  '0103': (answer) => ({ ...answer, manner: 'withheld' }),
  '0105': () => ({ status: 500, body: { code: 'INTERNAL_ERROR', message: '일시적인 오류가 발생했습니다.' } }),
  '0106': (answer) => ({ ...answer, manner: 'garbage' }),
};

/**
 * Charges once for each order; the first answer is replayed.
 * `succeedLate` plans the success of a charge that was answered FAILED.
 */
export function charge(
  books: Books,
  { billingKey, amount, orderId }: ChargeInput,
  { facts, succeedLate }: { readonly facts: Facts; readonly succeedLate: (paymentKey: string, at: number) => void },
): Answer {
  const { cards, payments, orders, unheard, faults, timings, now } = books;
  const earlier = payments.get(orders.get(orderId) ?? '');
  if (earlier && !faults.take('key-expired', facts)) {
    if (earlier.amount === amount && earlier.billingKey === billingKey) return answerOf(earlier);
    return refusal(409, 'DUPLICATED_ORDER_ID', '다른 내용으로 이미 처리된 주문번호입니다.');
  }
  const card = cards.get(billingKey);
  if (!card) return refusal(400, 'INVALID_BILLING_KEY', '존재하지 않는 빌링키입니다.');
  if (card.last4 === '0104' && !unheard.get(orderId)) {
    unheard.set(orderId, true);
    return { status: 504, body: {}, manner: 'withheld' };
  }
  const late = faults.take('late-success', facts);
  const payment = paymentOf(card, { orderId, amount, at: now(), declined: late ? LATE_DECLINE : undefined });
  book(books, payment);
  if (late) succeedLate(payment.paymentKey, now() + (late.delayMs ?? timings.lateMs));
  const answer = answerOf(payment);
  return LOST[card.last4]?.(answer) ?? answer;
}

type Decided = Pick<Payment, 'orderId' | 'amount' | 'at'> & { declined: Payment['declined'] | undefined };

const paymentOf = ({ billingKey, last4 }: Card, { declined, ...order }: Decided): Payment => ({
  paymentKey: `pay_${randomUUID()}`,
  billingKey,
  last4,
  declined: declined ?? DECLINES[last4] ?? null,
  cancelledTotal: 0,
  ...order,
});

function answerOf({ paymentKey, amount, at, declined }: Payment): Answer {
  const outcome = declined ? { status: 'FAILED', ...declined } : { status: 'DONE', approvedAt: kstTime(at) };
  return { status: 200, body: { paymentKey, ...outcome, amount } };
}
