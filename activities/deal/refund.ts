/**
 * Compensation (spec §4.6, §5): gives back what is not yet refunded of a charge, once. The intent row and its key are
 * committed before the PG is asked; the database refuses the row beside a transfer that may have happened.
 */
import { v7 as uuid } from 'uuid';
import { type Chargeback, liveChargeback } from '../../db/chargebacks';
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, moveDeal } from '../../db/deals';
import { barOf } from '../../db/doubts';
import { postEntries } from '../../db/ledger';
import { enqueueNotice } from '../../db/notices';
import { closeTasks } from '../../db/operator-tasks';
import { markGivenBack, type Payment, paymentsOf } from '../../db/payments';
import { closeNews, doubtNews } from '../../db/provider-news';
import { refundInFiles } from '../../db/reconciliation/proof';
import { addRefund, markRefundDone, type NewRefund, type Refund, refundsOf, rejectRefund } from '../../db/refunds';
import { releaseDecision } from '../../db/risk';
import { pendingRuling } from '../../db/rulings';
import type { MoneyActivities, RefundRequest } from '../../workflows/deal/ports';
import { businessDayAfter } from '../../workflows/domain/business-calendar';
import { type DealState, isDealState, isTerminal } from '../../workflows/domain/deal-state';
import { refundKeyOf } from '../../workflows/domain/ids';
import { chargebackOffsetPostings, refundPostings } from '../../workflows/domain/ledger';
import { addWon, subtractWon } from '../../workflows/domain/money';
import { type PgTerms, ProviderError } from '../../workflows/domain/providers';
import { type Heard, type Intent, type Question, takeMoneyStep } from '../money-step';
import { releaseReservation } from '../risk/counters';
import type { MoneyDeps } from './money-deps';

/** What is given back, of which charge. */
export interface Given {
  readonly refund: NewRefund;
  readonly payment: Payment;
}
/** The charge's attempt, and how the deal stands, or why it did not end (ports.ts). */
interface Refunded {
  readonly state: Awaited<ReturnType<MoneyActivities['refundPayment']>>;
  readonly attempt: number;
}

/** `refundPayment` over PostgreSQL and the PG. */
export function refundActivities(deps: MoneyDeps): Pick<MoneyActivities, 'refundPayment'> {
  const { redis, pg, log } = deps;
  return {
    async refundPayment(request) {
      const { dealId } = request;
      const { state, attempt } = await takeMoneyStep<Given, RefundHeard, Refunded>(deps, {
        // The refund of a late charge goes beside the deal, which waits for its own.
        ...{ dealId, leg: 'refund', waits: request.lateAttempt === undefined, settleMs: 0 },
        open: (trx, at) => openRefund(trx, request, at),
        ask: (given, question) => askRefund(deps, given, question),
        async close(trx, { refund, payment }, _heard, { verdict }, at) {
          const { attempt } = payment;
          if (verdict === 'unknown') return { state: 'undecided', attempt };
          if (verdict === 'done') return { state: await closeRefund(trx, request, refund, pg.terms, at), attempt };
          await rejectRefund(trx, refund.id, at);
          await doubtNews(trx, { dealNo: (await lockDeal(trx, dealId)).dealNo, leg: 'refund' });
          return { state: 'rejected', attempt };
        },
      });
      const keepsCharge = state === 'COMPLETED' && request.lateAttempt === undefined;
      if (isDealState(state) && !keepsCharge) await releaseReservation(redis, { dealId, attempt }, log);
      return state;
    },
  };
}

/** What was told about a refund. */
export type RefundHeard = Heard & { readonly told: 'sent-done' | 'listed' | 'unlisted' | 'ruled-done' | 'nothing' };

/**
 * Asks the PG to give the refund's amount back, under the refund's own key. A ruling that it was not done ends that:
 * the settlement files decide, as they do once asking is no longer safe (`isSpent`).
 */
export async function askRefund(
  { db, pg }: Pick<MoneyDeps, 'db' | 'pg'>,
  { refund, payment, isSpent = false }: Given & { readonly isSpent?: boolean },
  { ruling, post }: Question,
): Promise<RefundHeard> {
  const { paymentKey, orderId, refundedAmount } = payment;
  if (paymentKey === null) throw new Error(`payment ${orderId} has no paymentKey`);
  if (ruling?.verdict === 'done') return { told: 'ruled-done' };
  if (ruling || isSpent) {
    const filed = await refundInFiles(db, refund);
    if (filed.kind === 'listed') return { told: 'listed' };
    if (filed.kind === 'absent') return { told: 'unlisted' };
    return { told: 'nothing', ...(ruling && { ruling: { standing: 'pending', why: filed.why } }) };
  }
  const order = { paymentKey, amount: refund.amount, idempotencyKey: refund.idempotencyKey };
  const answer = await post(
    () => pg.refund({ ...order, refundedBefore: refundedAmount }),
    ({ kind }) => ({ answer: kind, unknown: false }),
  );
  // What we know to be charged is there to be given back.
  if (answer.kind === 'refused') throw new ProviderError('ContractBroken', 'refund', answer.code);
  return { told: 'sent-done' };
}

/** The payment to give back: the named late one, or the deal's own charge. */
function toRefund(payments: readonly Payment[], lateAttempt?: number): Payment | undefined {
  if (lateAttempt !== undefined)
    return payments.find((p) => p.late && p.status !== 'FAILED' && p.attempt === lateAttempt);
  return payments.find((p) => !p.late && p.paymentKey !== null);
}

async function openRefund(trx: Trx, request: RefundRequest, at: Date): Promise<Intent<Given, Refunded>> {
  const deal = await lockDeal(trx, request.dealId);
  const payment = toRefund(await paymentsOf(trx, deal.id), request.lateAttempt);
  if (!payment) throw new Error(`deal ${deal.id}: nothing was charged, nothing to refund`);
  if (payment.status === 'REFUNDED') {
    await closeTasks(trx, deal.id, ['late-refund-unknown']); // the one that told the workflow so may have died before
    return { outcome: { state: deal.status, attempt: payment.attempt } };
  }
  const { attempt } = payment;
  // A deal that completed after all keeps its charge.
  if (!payment.late && isTerminal(deal.status)) return { outcome: { state: deal.status, attempt } };
  const dispute = await liveChargeback(trx, payment.id);
  if (dispute?.status === 'OPEN')
    return { outcome: { state: isTerminal(deal.status) ? deal.status : 'disputed', attempt } };
  const refunds = await refundsOf(trx, deal.id);
  const undecided = refunds.find((r) => r.paymentId === payment.id && r.status === 'PENDING');
  const isBarred = !payment.late && (await barOf(trx, deal.id, 'refund')) !== null;
  if (isBarred && !(await isRuledDone(trx, undecided))) return { outcome: { state: 'held', attempt } };
  if (dispute) return { outcome: { state: await endLost(trx, deal, payment, dispute, at), attempt } };
  if (undecided && undecided.principal === 0) throw new Error(`deal ${deal.id}: a part of the fee is being given back`);
  if (undecided) return intentOf({ refund: undecided, payment }, false);
  const n = refunds.length + 1;
  const amount = subtractWon(payment.amount, payment.refundedAmount);
  const refund: NewRefund = {
    id: uuid(),
    dealId: deal.id,
    paymentId: payment.id,
    n,
    idempotencyKey: refundKeyOf(deal.dealNo, n),
    principal: deal.principal,
    fee: subtractWon(amount, deal.principal), // parts of the fee may have been refunded before
    amount,
    actor: request.actor,
    cause: request.cause,
    note: request.note ?? null,
    requestId: null,
  };
  await addRefund(trx, refund);
  return intentOf({ refund, payment }, true);
}

/** An operator says that it was done: that is booked whatever bars its POST. */
async function isRuledDone(trx: Trx, refund: Refund | undefined): Promise<boolean> {
  if (!refund) return false;
  const { dealId, n: attempt } = refund;
  return (await pendingRuling(trx, { dealId, leg: 'refund', attempt }))?.verdict === 'done';
}

/** A refund as what the PG is asked about. */
export const intentOf = <G extends Given>(row: G, fresh: boolean) => ({
  ...{ row, key: row.refund.idempotencyKey, attempt: row.refund.n, fresh },
});

/**
 * A charge that the card issuer took back for good is not given back a second time: the principal that the bank
 * returned, or that was never paid out, makes good the loss.
 */
async function endLost(
  trx: Trx,
  deal: Deal,
  payment: Payment,
  { reference }: Chargeback,
  at: Date,
): Promise<DealState> {
  if (isTerminal(deal.status)) return deal.status;
  const postings = chargebackOffsetPostings(deal.principal);
  await postEntries(trx, {
    dealId: deal.id,
    kind: 'chargeback-offset',
    key: `chargeback-offset:${reference}`,
    postings,
  });
  await releaseDecision(trx, deal.id, payment.attempt);
  await moveDeal(trx, deal, { to: 'REFUNDED', actor: 'system', cause: 'charged-back' }, at);
  return 'REFUNDED';
}

/**
 * The result: rows, ledger, edge and notice in one transaction. The refund of a late charge leaves the deal's state
 * alone.
 */
async function closeRefund(
  trx: Trx,
  request: RefundRequest,
  { id }: NewRefund,
  terms: PgTerms,
  at: Date,
): Promise<DealState> {
  const deal = await lockDeal(trx, request.dealId);
  const refund = (await refundsOf(trx, deal.id)).find((r) => r.id === id);
  const payment = (await paymentsOf(trx, deal.id)).find((p) => p.id === refund?.paymentId);
  if (!refund || !payment) throw new Error(`deal ${deal.id}: refund ${id} vanished`);
  if (refund.status === 'DONE') return deal.status;
  const statementBy = await bookRefund(trx, deal, { refund, payment }, terms, at);
  await releaseDecision(trx, deal.id, payment.attempt);
  if (request.lateAttempt !== undefined) {
    await closeTasks(trx, deal.id, ['late-refund-unknown']);
    return deal.status;
  }
  return endDeal(trx, deal, refund, statementBy, at);
}

/**
 * The money went back to the card: both rows and the ledger, and the news that agrees. Answers with the day
 * (`YYYY-MM-DD`) by which the card's statement shows it.
 */
export async function bookRefund(
  trx: Trx,
  deal: Deal,
  { refund, payment }: Given,
  { statementDays }: PgTerms,
  at: Date,
): Promise<string> {
  const statementBy = businessDayAfter(at, statementDays);
  await markRefundDone(trx, refund.id, at, statementBy);
  await markGivenBack(trx, payment, addWon(payment.refundedAmount, refund.amount));
  const remaining = subtractWon(payment.amount, payment.refundedAmount);
  const postings = refundPostings({ principal: refund.principal, fee: refund.fee, remaining });
  await postEntries(trx, { dealId: deal.id, kind: 'refund', key: `refund:${refund.idempotencyKey}`, postings });
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'refund', says: 'done' });
  return statementBy;
}

async function endDeal(
  trx: Trx,
  deal: Deal,
  { amount, actor, cause, note, idempotencyKey: event }: NewRefund,
  statementBy: string,
  at: Date,
): Promise<DealState> {
  const to = deal.status === 'PENDING' ? 'CANCELLED' : 'REFUNDED';
  await moveDeal(trx, deal, { to, actor, cause, ...(note !== null && { note }) }, at);
  const { id: dealId, userId, dealNo } = deal;
  const params = { dealNo, amount, statementBy };
  await enqueueNotice(trx, { userId, dealId, template: 'deal-refunded', event, params });
  return to;
}
