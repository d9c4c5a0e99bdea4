/** What the PG has written down: cards, payments and cancels. */
import type { Answer } from './http';
import type { Readings, SoftpaymentReadings } from './readings';
import type { Sandbox } from './sandbox';

export type Card = { billingKey: string; maskedNumber: string; issuer: string; last4: string };
export type Payment = {
  paymentKey: string;
  orderId: string;
  billingKey: string;
  last4: string;
  amount: number;
  /** Absent: charged at once. */
  installmentMonths?: number;
  declined: { code: string; message: string } | null;
  at: number;
  cancelledTotal: number;
};
export type Cancel = {
  key: string;
  paymentKey: string;
  orderId: string;
  amount: number;
  cancelledTotal: number;
  of: number;
  at: number;
};

/** The PG's tables beside the parts of its sandbox. */
export type Books = Sandbox &
  ReturnType<typeof tablesOf> & {
    readonly readings: Readings<SoftpaymentReadings>;
    /** Something happened that is settled, ms since the epoch: its settle date has a payout. */
    settle(at: number): void;
  };

/** The tables of a sandbox, empty or as its store kept them. */
export const openBooks = (sandbox: Sandbox, own: Pick<Books, 'readings' | 'settle'>): Books => ({
  ...sandbox,
  ...tablesOf(sandbox),
  ...own,
});

const tablesOf = ({ store }: Sandbox) => ({
  cards: store.table<Card>('cards'),
  payments: store.table<Payment>('payments'),
  /** The paymentKey of an order's latest charge. */
  orders: store.table<string>('orders'),
  /** By their Idempotency-Key. */
  cancels: store.table<Cancel>('cancels'),
  /** The orders whose first request was lost on its way. */
  unheard: store.table<true>('unheard'),
});

/** The latest payment under the order; once it is charged, the order is. */
export const latestOf = ({ payments, orders }: Books, orderId: string): Payment | undefined =>
  payments.get(orders.get(orderId) ?? '');

/** Enters a payment that has been decided, and tells of it. */
export function book({ payments, orders, providerLog, webhooks, settle }: Books, payment: Payment): void {
  const { paymentKey, orderId, amount, last4, declined, at } = payment;
  payments.set(paymentKey, payment);
  orders.set(orderId, paymentKey);
  if (!declined) {
    const instalments = payment.installmentMonths && { installmentMonths: payment.installmentMonths };
    providerLog.append('effect', { effect: 'charged', orderId, paymentKey, amount, ...instalments });
    settle(at);
  }
  const status = declined ? 'FAILED' : 'DONE';
  webhooks.emit(`payment.${status.toLowerCase()}`, { orderId, paymentKey, status, amount }, { orderId, last4 });
}

/** A refusal in the PG's words. */
export const refusal = (status: number, code: string, message: string, more: object = {}): Answer => ({
  status,
  body: { code, message, ...more },
});
