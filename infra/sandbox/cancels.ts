/** Cancels at the PG, whole and partial. */
import { randomUUID } from 'node:crypto';
import type { Facts } from './faults';
import type { Answer } from './http';
import { kstTime } from './korean-time';
import { type Books, type Cancel, type Payment, refusal } from './payment-books';

export type CancelInput = { paymentKey: string; cancelAmount: number; idempotencyKey?: string | undefined };

/** Cancels once for each Idempotency-Key, and never more than was charged. */
export function cancel(books: Books, { paymentKey, cancelAmount, idempotencyKey }: CancelInput, facts: Facts): Answer {
  const { payments, cancels, faults, now } = books;
  const payment = payments.get(paymentKey);
  if (!payment) return refusal(404, 'NOT_FOUND_PAYMENT', '존재하지 않는 결제입니다.');
  const key = idempotencyKey ?? randomUUID();
  const earlier = cancels.get(key);
  if (earlier && !faults.take('key-expired', facts)) {
    if (earlier.paymentKey === paymentKey && earlier.amount === cancelAmount) return answerOf(earlier);
    return refusal(409, 'IDEMPOTENCY_KEY_REUSED', '다른 내용으로 이미 처리된 멱등키입니다.');
  }
  if (payment.declined) return refusal(400, 'NOT_CANCELABLE_PAYMENT', '승인되지 않은 결제입니다.');
  const { cancelledTotal, amount, orderId } = payment;
  if (cancelledTotal === amount) return refusal(400, 'ALREADY_CANCELED', '이미 취소된 결제입니다.', { cancelledTotal });
  if (cancelledTotal + cancelAmount > amount) {
    return refusal(400, 'NOT_CANCELABLE_AMOUNT', '취소 가능 금액을 초과했습니다.', { cancelledTotal });
  }
  const total = cancelledTotal + cancelAmount;
  const done = { key, paymentKey, orderId, amount: cancelAmount, cancelledTotal: total, of: amount, at: now() };
  enter(books, payment, done, earlier ? `${key}#${randomUUID()}` : key);
  return answerOf(done);
}

/** Writes the cancel down under `rowKey`, and tells of it. */
function enter(
  { payments, cancels, providerLog, webhooks, settle }: Books,
  payment: Payment,
  done: Cancel,
  rowKey: string,
): void {
  const { orderId, paymentKey, amount, cancelledTotal } = done;
  payments.set(paymentKey, { ...payment, cancelledTotal });
  cancels.set(rowKey, done);
  providerLog.append('effect', { effect: 'cancelled', orderId, paymentKey, amount });
  settle(done.at);
  const data = { orderId, paymentKey, status: statusOf(done), amount };
  webhooks.emit('payment.canceled', data, { orderId, last4: payment.last4 });
}

const statusOf = ({ cancelledTotal, of }: Cancel) => (cancelledTotal === of ? 'CANCELED' : 'PARTIAL_CANCELED');

const answerOf = (done: Cancel): Answer => ({
  status: 200,
  body: {
    paymentKey: done.paymentKey,
    status: statusOf(done),
    canceledAt: kstTime(done.at),
    cancelAmount: done.amount,
    cancelledTotal: done.cancelledTotal,
  },
});
