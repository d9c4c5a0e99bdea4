/** Charges at the PG, and what the magic cards of spec §13 do to them. */
import { randomUUID } from 'node:crypto';
import type { Facts } from './faults';
import type { Answer } from './http';
import { kstTime } from './korean-time';
import { type Books, book, type Card, latestOf, type Payment, refusal } from './payment-books';

/** `installmentMonths`: 0 or absent: charged at once. */
export type ChargeInput = { billingKey: string; amount: number; orderId: string; installmentMonths?: number };

const DECLINES: Readonly<Record<string, { code: string; message: string }>> = {
  '0101': { code: 'INSUFFICIENT_FUNDS', message: '잔액이 부족합니다.' },
  '0102': { code: 'STOLEN_CARD', message: '도난 또는 분실 신고된 카드입니다.' },
};
/** Of faults: what a sound card is declined with. */
const NO_CONSENT = { code: 'PROVIDER_ERROR', message: '카드사 응답이 없어 승인되지 않았습니다.' };

/** How the first answer to a charge that did happen gets lost. */
const LOST: Readonly<Record<string, (answer: Answer) => Answer>> = {
  '0103': (answer) => ({ ...answer, manner: 'withheld' }),
  '0105': () => ({ status: 500, body: { code: 'INTERNAL_ERROR', message: '일시적인 오류가 발생했습니다.' } }),
  '0106': (answer) => ({ ...answer, manner: 'garbage' }),
};

/** What a charge leaves for later. */
export type Later = {
  /** Plans the success of a charge that was answered FAILED. */
  succeedLate(paymentKey: string, at: number): void;
  /** Plans the arrival of a call that is on its way. */
  landLate(input: ChargeInput, at: number): void;
  /** A call of this order is on its way. */
  isUnderWay(orderId: string): boolean;
};

/** Charges once for each order; the first answer is replayed, a decline too unless declines are judged anew. */
export function charge(books: Books, input: ChargeInput, facts: Facts, later: Later): Answer {
  const { billingKey, orderId } = input;
  const { cards, faults } = books;
  const earlier = latestOf(books, orderId);
  if (earlier && !faults.take('key-expired', facts)) {
    if (!isRepeatOf(earlier, input)) {
      return refusal(409, 'DUPLICATED_ORDER_ID', '다른 내용으로 이미 처리된 주문번호입니다.');
    }
    if (!earlier.declined || !isJudgedAnew(books, facts)) return answerOf(earlier);
  }
  const card = cards.get(billingKey);
  if (!card || faults.take('unknown-card', facts))
    return refusal(400, 'INVALID_BILLING_KEY', '존재하지 않는 빌링키입니다.');
  if (isLost(books, card, { input, facts, later })) return { status: 504, body: {}, manner: 'withheld' };
  return decide(books, card, { input, facts, later });
}

const isRepeatOf = (earlier: Payment, { billingKey, amount, installmentMonths = 0 }: ChargeInput): boolean =>
  earlier.amount === amount &&
  earlier.billingKey === billingKey &&
  (earlier.installmentMonths ?? 0) === installmentMonths;

/**
 * A call that was on its way arrives and is judged as if it had come first, whatever was said of its order meanwhile;
 * but an order that has been charged meanwhile is not charged again.
 */
export function land(books: Books, input: ChargeInput, at: number): void {
  const card = books.cards.get(input.billingKey);
  const earlier = latestOf(books, input.orderId);
  if (!card || (earlier && !earlier.declined)) return;
  const payment = paymentOf(card, input, at);
  if (!earlier || !payment.declined) book(books, payment);
}

type Call = { readonly input: ChargeInput; readonly facts: Facts; readonly later: Later };

const isJudgedAnew = ({ readings, faults }: Books, facts: Facts): boolean =>
  readings.get().declines === 'judged-anew' || faults.take('judged-anew', facts) !== undefined;

/** Whether the call gets no further than the line: with `lands-late` for now, at a card …0104 for good. */
function isLost(books: Books, { last4 }: Card, { input, facts, later }: Call): boolean {
  const { faults, unheard, timings, now } = books;
  const { orderId } = input;
  const late = later.isUnderWay(orderId) ? undefined : faults.take('lands-late', facts);
  if (late) later.landLate(input, now() + (late.delayMs ?? timings.lateMs));
  if (late || last4 !== '0104' || unheard.get(orderId)) return late !== undefined;
  unheard.set(orderId, true);
  return true;
}

function decide(books: Books, card: Card, { input, facts, later }: Call): Answer {
  const { faults, timings, now } = books;
  const late = faults.take('late-success', facts);
  const declined = late || faults.take('decline', facts) ? NO_CONSENT : null;
  const payment = paymentOf(card, input, now(), declined);
  book(books, payment);
  if (late) later.succeedLate(payment.paymentKey, now() + (late.delayMs ?? timings.lateMs));
  const answer = answerOf(payment);
  return LOST[card.last4]?.(answer) ?? answer;
}

const paymentOf = (
  { billingKey, last4 }: Card,
  { orderId, amount, installmentMonths = 0 }: ChargeInput,
  at: number,
  declined: Payment['declined'] = null,
): Payment => ({
  paymentKey: `pay_${randomUUID()}`,
  billingKey,
  last4,
  declined: declined ?? DECLINES[last4] ?? null,
  cancelledTotal: 0,
  ...{ orderId, amount, at },
  ...(installmentMonths > 0 && { installmentMonths }),
});

function answerOf({ paymentKey, amount, at, declined }: Payment): Answer {
  const outcome = declined ? { status: 'FAILED', ...declined } : { status: 'DONE', approvedAt: kstTime(at) };
  return { status: 200, body: { paymentKey, ...outcome, amount } };
}
