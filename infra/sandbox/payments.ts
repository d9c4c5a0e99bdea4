import { randomUUID } from 'node:crypto';
import { createAgenda } from './agenda';
import type { Facts } from './faults';
import type { Answer } from './http';
import { kstTime, weekdaysLater } from './korean-time';
import type { Clockwork, Sandbox } from './sandbox';

type Card = { billingKey: string; maskedNumber: string; issuer: string; last4: string };
type Payment = {
  paymentKey: string;
  orderId: string;
  billingKey: string;
  last4: string;
  amount: number;
  declined: { code: string; message: string } | null;
  at: number;
  cancelledTotal: number;
};
type Cancel = {
  key: string;
  paymentKey: string;
  orderId: string;
  amount: number;
  cancelledTotal: number;
  of: number;
  at: number;
};

type ChargeInput = { billingKey: string; amount: number; orderId: string };
type CancelInput = { paymentKey: string; cancelAmount: number; idempotencyKey?: string | undefined };

/** A line of the settlement file; see softpayment.ts for the signs. */
export type SettlementLine = {
  orderId: string;
  paymentKey: string;
  kind: 'payment' | 'cancel';
  amount: number;
  fee: number;
  net: number;
  at: string;
  settleDate: string;
};

const FEE_BPS = 250;
const DECLINES: Readonly<Record<string, { code: string; message: string }>> = {
  '0101': { code: 'INSUFFICIENT_FUNDS', message: '잔액이 부족합니다.' },
  '0102': { code: 'STOLEN_CARD', message: '도난 또는 분실 신고된 카드입니다.' },
};
const LATE_DECLINE = { code: 'PROVIDER_ERROR', message: '카드사 응답이 없어 승인되지 않았습니다.' };
const ISSUERS: Readonly<Record<string, string>> = { 3: '현대카드', 4: '신한카드', 5: '국민카드', 9: 'BC카드' };

/** How the first answer to a charge that did happen gets lost. */
const LOST: Readonly<Record<string, (answer: Answer) => Answer>> = {
  '0103': (answer) => ({ ...answer, manner: 'withheld' }),
  '0105': () => ({ status: 500, body: { code: 'INTERNAL_ERROR', message: '일시적인 오류가 발생했습니다.' } }),
  '0106': (answer) => ({ ...answer, manner: 'garbage' }),
};

const feeOf = (amount: number): number => Math.floor((amount * FEE_BPS) / 10_000);
const error = (status: number, code: string, message: string, more: object = {}): Answer => ({
  status,
  body: { code, message, ...more },
});

export type Payments = Clockwork & {
  registerCard(cardNumber: string): Answer;
  charge(input: ChargeInput, facts: Facts): Answer;
  cancel(input: CancelInput, facts: Facts): Answer;
  /** @param date KST day, YYYY-MM-DD */
  settlementLines(date: string): SettlementLine[];
  last4Of(billingKey: string): string | undefined;
  aboutPayment(paymentKey: string): { orderId: string | undefined; last4: string | undefined };
};

/** The PG's books: cards, payments and cancels, and every magic card of spec §13. */
export function createPayments({ store, journal, webhooks, faults, timings, now }: Sandbox): Payments {
  const cards = store.table<Card>('cards');
  const payments = store.table<Payment>('payments');
  const orders = store.table<string>('orders'); // orderId -> paymentKey of its latest charge
  const cancels = store.table<Cancel>('cancels');
  const unheard = store.table<true>('unheard'); // orderIds whose first request was lost on its way
  const lateSuccesses = createAgenda<null>(store, 'late-successes', now, (paymentKey, _, dueAt) => {
    lateSuccesses.drop(paymentKey);
    const payment = payments.get(paymentKey);
    if (payment) book({ ...payment, declined: null, at: dueAt });
  });

  function book(payment: Payment): void {
    const { paymentKey, orderId, amount, last4, declined } = payment;
    payments.set(paymentKey, payment);
    orders.set(orderId, paymentKey);
    if (!declined) journal.append('effect', { effect: 'charged', orderId, paymentKey, amount });
    const status = declined ? 'FAILED' : 'DONE';
    webhooks.emit(`payment.${status.toLowerCase()}`, { orderId, paymentKey, status, amount }, { orderId, last4 });
  }

  function answerOf({ paymentKey, amount, at, declined }: Payment): Answer {
    const outcome = declined ? { status: 'FAILED', ...declined } : { status: 'DONE', approvedAt: kstTime(at) };
    return { status: 200, body: { paymentKey, ...outcome, amount } };
  }

  function charge({ billingKey, amount, orderId }: ChargeInput, facts: Facts): Answer {
    const earlier = payments.get(orders.get(orderId) ?? '');
    if (earlier && !faults.take('key-expired', facts)) {
      if (earlier.amount === amount && earlier.billingKey === billingKey) return answerOf(earlier);
      return error(409, 'DUPLICATED_ORDER_ID', '다른 내용으로 이미 처리된 주문번호입니다.');
    }
    const card = cards.get(billingKey);
    if (!card) return error(400, 'INVALID_BILLING_KEY', '존재하지 않는 빌링키입니다.');
    if (card.last4 === '0104' && !unheard.get(orderId)) {
      unheard.set(orderId, true);
      return { status: 504, body: {}, manner: 'withheld' };
    }
    const late = faults.take('late-success', facts);
    const declined = late ? LATE_DECLINE : (DECLINES[card.last4] ?? null);
    const paymentKey = `pay_${randomUUID()}`;
    const payment = {
      paymentKey,
      orderId,
      billingKey,
      last4: card.last4,
      amount,
      declined,
      at: now(),
      cancelledTotal: 0,
    };
    book(payment);
    if (late) lateSuccesses.plan(paymentKey, now() + (late.delayMs ?? timings.lateMs), null);
    const answer = answerOf(payment);
    return LOST[card.last4]?.(answer) ?? answer;
  }

  function cancel({ paymentKey, cancelAmount, idempotencyKey }: CancelInput, facts: Facts): Answer {
    const payment = payments.get(paymentKey);
    if (!payment) return error(404, 'NOT_FOUND_PAYMENT', '존재하지 않는 결제입니다.');
    const key = idempotencyKey ?? randomUUID();
    const earlier = cancels.get(key);
    if (earlier && !faults.take('key-expired', facts)) {
      if (earlier.paymentKey === paymentKey && earlier.amount === cancelAmount) return cancelAnswer(earlier);
      return error(409, 'IDEMPOTENCY_KEY_REUSED', '다른 내용으로 이미 처리된 멱등키입니다.');
    }
    if (payment.declined) return error(400, 'NOT_CANCELABLE_PAYMENT', '승인되지 않은 결제입니다.');
    const { cancelledTotal, amount, orderId, last4 } = payment;
    if (cancelledTotal === amount) return error(400, 'ALREADY_CANCELED', '이미 취소된 결제입니다.', { cancelledTotal });
    if (cancelledTotal + cancelAmount > amount) {
      return error(400, 'NOT_CANCELABLE_AMOUNT', '취소 가능 금액을 초과했습니다.', { cancelledTotal });
    }
    const total = cancelledTotal + cancelAmount;
    const done: Cancel = {
      key,
      paymentKey,
      orderId,
      amount: cancelAmount,
      cancelledTotal: total,
      of: amount,
      at: now(),
    };
    payments.set(paymentKey, { ...payment, cancelledTotal: total });
    cancels.set(earlier ? `${key}#${randomUUID()}` : key, done);
    journal.append('effect', { effect: 'cancelled', orderId, paymentKey, amount: cancelAmount });
    const data = { orderId, paymentKey, status: cancelStatus(done), amount: cancelAmount };
    webhooks.emit('payment.canceled', data, { orderId, last4 });
    return cancelAnswer(done);
  }

  function registerCard(cardNumber: string): Answer {
    const last4 = cardNumber.slice(-4);
    const maskedNumber = `${cardNumber.slice(0, 6)}******${last4}`;
    const issuer = ISSUERS[cardNumber.charAt(0)] ?? '삼성카드';
    const billingKey = `bill_${randomUUID()}`;
    cards.set(billingKey, { billingKey, maskedNumber, issuer, last4 });
    return { status: 200, body: { billingKey, maskedNumber, issuer } };
  }

  return {
    registerCard,
    charge,
    cancel,
    settlementLines: (date) =>
      [
        ...payments
          .values()
          .filter(({ declined }) => !declined)
          .map(paymentLine),
        ...cancels.values().map(cancelLine),
      ]
        .filter(({ at }) => at.startsWith(date))
        .sort((a, b) => a.at.localeCompare(b.at)),
    last4Of: (billingKey) => cards.get(billingKey)?.last4,
    aboutPayment(paymentKey) {
      const { orderId, last4 } = payments.get(paymentKey) ?? {};
      return { orderId, last4 };
    },
    start: lateSuccesses.start,
    stop: lateSuccesses.stop,
  };
}

const cancelStatus = ({ cancelledTotal, of }: Cancel) => (cancelledTotal === of ? 'CANCELED' : 'PARTIAL_CANCELED');

const cancelAnswer = (done: Cancel): Answer => ({
  status: 200,
  body: {
    paymentKey: done.paymentKey,
    status: cancelStatus(done),
    canceledAt: kstTime(done.at),
    cancelAmount: done.amount,
    cancelledTotal: done.cancelledTotal,
  },
});

const paymentLine = ({ orderId, paymentKey, amount, at }: Payment): SettlementLine =>
  line({ orderId, paymentKey, kind: 'payment', amount, fee: feeOf(amount) }, at);

const cancelLine = ({ orderId, paymentKey, amount, cancelledTotal, of, at }: Cancel): SettlementLine => {
  const remains = of - cancelledTotal;
  return line(
    { orderId, paymentKey, kind: 'cancel', amount: -amount, fee: feeOf(remains) - feeOf(remains + amount) },
    at,
  );
};

const line = (money: Omit<SettlementLine, 'net' | 'at' | 'settleDate'>, at: number): SettlementLine => ({
  ...money,
  net: money.amount - money.fee,
  at: kstTime(at),
  settleDate: weekdaysLater(at, 2),
});
