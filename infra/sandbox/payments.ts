/** The PG: cards, charges, cancels and its settlement file, in tables of its own. */
import { randomUUID } from 'node:crypto';
import { createAgenda } from './agenda';
import { type CancelInput, cancel } from './cancels';
import { type ChargeInput, charge } from './charges';
import type { Facts } from './faults';
import type { Answer } from './http';
import { type Books, book, openBooks } from './payment-books';
import type { Clockwork, Sandbox } from './sandbox';
import { cancelLine, paymentLine, type SettlementLine } from './settlement-lines';

type Payments = Clockwork & {
  registerCard(cardNumber: string): Answer;
  charge(input: ChargeInput, facts: Facts): Answer;
  cancel(input: CancelInput, facts: Facts): Answer;
  /** @param date KST day, YYYY-MM-DD */
  settlementLines(date: string): SettlementLine[];
  last4Of(billingKey: string): string | undefined;
  aboutPayment(paymentKey: string): { orderId: string | undefined; last4: string | undefined };
};

/** The PG's books, and every magic card of spec §13. */
export function createPayments(sandbox: Sandbox): Payments {
  const books = openBooks(sandbox);
  const { cards, payments } = books;
  const lateSuccesses = createAgenda<null>(books.store, 'late-successes', books.now, (paymentKey, _, dueAt) => {
    lateSuccesses.drop(paymentKey);
    const payment = payments.get(paymentKey);
    if (payment) book(books, { ...payment, declined: null, at: dueAt });
  });
  const succeedLate = (paymentKey: string, at: number) => lateSuccesses.plan(paymentKey, at, null);
  return {
    registerCard: (cardNumber) => registerCard(books, cardNumber),
    charge: (input, facts) => charge(books, input, { facts, succeedLate }),
    cancel: (input, facts) => cancel(books, input, facts),
    settlementLines: (date) => settlementLines(books, date),
    last4Of: (billingKey) => cards.get(billingKey)?.last4,
    aboutPayment(paymentKey) {
      const { orderId, last4 } = payments.get(paymentKey) ?? {};
      return { orderId, last4 };
    },
    hurry: (about) => lateSuccesses.hurry((paymentKey) => payments.get(paymentKey)?.orderId === about),
    start: lateSuccesses.start,
    stop: lateSuccesses.stop,
  };
}

const ISSUERS: Readonly<Record<string, string>> = { 3: '현대카드', 4: '신한카드', 5: '국민카드', 9: 'BC카드' };

function registerCard({ cards }: Books, cardNumber: string): Answer {
  const last4 = cardNumber.slice(-4);
  const maskedNumber = `${cardNumber.slice(0, 6)}******${last4}`;
  const issuer = ISSUERS[cardNumber.charAt(0)] ?? '삼성카드';
  const billingKey = `bill_${randomUUID()}`;
  cards.set(billingKey, { billingKey, maskedNumber, issuer, last4 });
  return { status: 200, body: { billingKey, maskedNumber, issuer } };
}

function settlementLines({ payments, cancels }: Books, date: string): SettlementLine[] {
  const charged = payments.values().filter(({ declined }) => !declined);
  return [...charged.map(paymentLine), ...cancels.values().map(cancelLine)]
    .filter(({ at }) => at.startsWith(date))
    .sort((a, b) => a.at.localeCompare(b.at));
}
