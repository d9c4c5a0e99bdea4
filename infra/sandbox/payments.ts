/** The PG: cards, charges, cancels and its settlement file, in tables of its own. */
import { createHmac, randomUUID } from 'node:crypto';
import { createAgenda } from './agenda';
import { type CancelInput, cancel } from './cancels';
import { type ChargeInput, charge, type Later, land } from './charges';
import type { Facts } from './faults';
import type { Answer } from './http';
import { tellLines } from './listings';
import { type Books, book, latestOf, openBooks } from './payment-books';
import { createPayouts } from './payouts';
import type { Readings, SoftpaymentReadings } from './readings';
import type { Clockwork, Sandbox } from './sandbox';
import { cancelLine, paymentLine, type SettlementLine, settleDateOf } from './settlement-lines';

type Payments = Clockwork & {
  registerCard(cardNumber: string, expiry: string): Answer;
  charge(input: ChargeInput, facts: Facts): Answer;
  cancel(input: CancelInput, facts: Facts): Answer;
  /** @param date KST day, YYYY-MM-DD */
  settlementLines(date: string, facts: Facts): SettlementLine[];
  last4Of(billingKey: string): string | undefined;
  aboutPayment(paymentKey: string): About;
};

type About = { orderId: string | undefined; last4: string | undefined };

/** The PG's books, and every magic card of spec §13. `bankUrl`: where it pays what it settles. */
export function createPayments(
  sandbox: Sandbox,
  readings: Readings<SoftpaymentReadings>,
  bankUrl: string | undefined,
): Payments {
  const payouts = createPayouts(sandbox, bankUrl, (settleDate) => {
    const due = allLines(books).filter((line) => line.settleDate === settleDate);
    return due.reduce((won, { net }) => won + net, 0);
  });
  const books = openBooks(sandbox, { readings, settle: (at) => payouts.plan(settleDateOf(at)) });
  const { cards, payments } = books;
  const lateSuccesses = createAgenda<null>(books.store, 'late-successes', books.now, (paymentKey, _, dueAt) => {
    lateSuccesses.drop(paymentKey);
    succeed(books, paymentKey, dueAt);
  });
  const landings = createAgenda<ChargeInput>(books.store, 'landings', books.now, (orderId, input, dueAt) => {
    landings.drop(orderId);
    land(books, input, dueAt);
  });
  const later: Later = {
    succeedLate: (paymentKey, at) => lateSuccesses.plan(paymentKey, at, null),
    landLate: (input, at) => landings.plan(input.orderId, at, input),
    isUnderWay: landings.has,
  };
  return {
    registerCard: (cardNumber, expiry) => registerCard(books, cardNumber, expiry),
    charge: (input, facts) => charge(books, input, facts, later),
    cancel: (input, facts) => cancel(books, input, facts),
    settlementLines: (date, facts) => settlementLines(books, date, facts),
    last4Of: (billingKey) => cards.get(billingKey)?.last4,
    aboutPayment: (paymentKey) => aboutPayment(books, paymentKey),
    hurry(about) {
      lateSuccesses.hurry((paymentKey) => payments.get(paymentKey)?.orderId === about);
      landings.hurry((orderId) => orderId === about);
      payouts.hurry?.(about);
    },
    start() {
      lateSuccesses.start();
      landings.start();
      payouts.start();
    },
    stop() {
      lateSuccesses.stop();
      landings.stop();
      payouts.stop();
    },
  };
}

function aboutPayment({ payments }: Books, paymentKey: string): About {
  const { orderId, last4 } = payments.get(paymentKey) ?? {};
  return { orderId, last4 };
}

/** What was declined is charged after all, unless its order has been charged by a call that was judged anew. */
function succeed(books: Books, paymentKey: string, at: number): void {
  const payment = books.payments.get(paymentKey);
  if (payment && latestOf(books, payment.orderId)?.declined) book(books, { ...payment, declined: null, at });
}

const FINGERPRINTS = 'a key of the sandbox alone';
const ISSUERS: Readonly<Record<string, string>> = { 3: '현대카드', 4: '신한카드', 5: '국민카드', 9: 'BC카드' };

/** `expiry`: as it stands on a card, `MM/YY`, `MMYY` or with the whole year; told as `YYYY-MM`. */
function registerCard({ cards }: Books, cardNumber: string, expiry: string): Answer {
  const last4 = cardNumber.slice(-4);
  const maskedNumber = `${cardNumber.slice(0, 6)}******${last4}`;
  const issuer = ISSUERS[cardNumber.charAt(0)] ?? '삼성카드';
  const billingKey = `bill_${randomUUID()}`;
  cards.set(billingKey, { billingKey, maskedNumber, issuer, last4 });
  const endsIn = `20${expiry.slice(-2)}-${expiry.slice(0, 2)}`;
  // The same of every registration of the card, and of no other; its number cannot be told from it.
  const fingerprint = createHmac('sha256', FINGERPRINTS).update(cardNumber).digest('base64url');
  return { status: 200, body: { billingKey, maskedNumber, issuer, fingerprint, expiry: endsIn } };
}

function allLines({ payments, cancels }: Books): SettlementLine[] {
  const charged = payments.values().filter(({ declined }) => !declined);
  return [...charged.map(paymentLine), ...cancels.values().map(cancelLine)];
}

function settlementLines(books: Books, date: string, call: Facts): SettlementLine[] {
  const lines = allLines(books)
    .filter(({ at }) => at.startsWith(date))
    .sort((a, b) => a.at.localeCompare(b.at));
  const aboutLine = ({ paymentKey, kind, at, amount }: SettlementLine) => ({
    ...aboutPayment(books, paymentKey),
    key: `${paymentKey}/${kind}/${at}/${amount}`,
  });
  return tellLines(books, lines, aboutLine, call);
}
