/**
 * Compensation (spec §4.6, §5): gives back what is not yet refunded of a charge, once. The intent row and its key are committed
 * before the PG is asked; the database refuses the row beside a transfer that may have happened.
 */
import { ApplicationFailure } from '@temporalio/common';
import { v7 as uuid } from 'uuid';
import type { Trx } from '../db/connection';
import { type Deal, lockDeal, moveDeal, noteUnknown } from '../db/deals';
import { postEntries } from '../db/ledger';
import { enqueueNotice } from '../db/notices';
import { closeTasks } from '../db/operator-tasks';
import { type Payment, paymentsOf } from '../db/payments';
import { closeNews } from '../db/provider-news';
import { type Refund, refundsOf } from '../db/refunds';
import { releaseDecision } from '../db/risk';
import { businessDayAfter } from '../workflows/domain/business-calendar';
import type { DealState } from '../workflows/domain/deal-state';
import { refundKeyOf } from '../workflows/domain/ids';
import { refundPostings } from '../workflows/domain/ledger';
import { addWon, subtractWon } from '../workflows/domain/money';
import { ProviderError } from './failures';
import type { MoneyActivities, RefundRequest } from './index';
import type { MoneyDeps } from './money-deps';
import { releaseReservation } from './screening';

/** Business days until a refund is on the card statement, at the latest (assumed: docs/external-interfaces.md). */
const STATEMENT_DAYS = 7;

type Intent =
  | { readonly ended: DealState; readonly attempt: number }
  | { readonly refund: Refund; readonly payment: Payment; readonly fresh: boolean };

/** `refundPayment` over PostgreSQL and Softpayment. */
export function refundActivities({ db, redis, pg, clock, log }: MoneyDeps): Pick<MoneyActivities, 'refundPayment'> {
  async function cancelAtPg(refund: Refund, payment: Payment): Promise<void> {
    if (payment.paymentKey === null) throw new Error(`payment ${payment.orderId} has no paymentKey`);
    await pg.cancel({
      paymentKey: payment.paymentKey,
      amount: refund.amount,
      reason: refund.cause,
      idempotencyKey: refund.idempotencyKey,
      cancelledBefore: payment.refundedAmount,
    });
  }

  return {
    async refundPayment(request) {
      const intent = await db.transaction((trx) => openRefund(trx, request));
      if ('ended' in intent) {
        await releaseReservation(redis, { dealId: request.dealId, attempt: intent.attempt }, clock(), log);
        return intent.ended;
      }
      const { refund, payment } = intent;
      // A ruling decides what was sent before, never an intent that has only now been made.
      const ruling = intent.fresh ? undefined : request.ruling;
      if (ruling?.verdict === 'failed') return rejectRefund(refund);
      if (!ruling) {
        await cancelAtPg(refund, payment).catch(async (error: unknown) => {
          const note = error instanceof ProviderError && request.lateAttempt === undefined;
          if (note) await noteUnknown(db, request.dealId, 'refund', clock());
          throw error;
        });
      }
      const state = await db.transaction((trx) => closeRefund(trx, request, refund, clock()));
      await releaseReservation(redis, { dealId: request.dealId, attempt: payment.attempt }, clock(), log);
      return state;
    },
  };

  /** Ruled not done: this key is spent, and the next round begins a refund of its own. */
  async function rejectRefund({ id, idempotencyKey }: Refund): Promise<never> {
    await db('refunds').where({ id, status: 'PENDING' }).update({ status: 'REJECTED', decided_at: clock() });
    throw ApplicationFailure.nonRetryable(
      `refund ${idempotencyKey} was ruled failed; another one follows`,
      'RuledFailed',
    );
  }
}

/** The payment to give back: the named late one, or the deal's own charge. */
function toRefund(payments: readonly Payment[], lateAttempt?: number): Payment | undefined {
  if (lateAttempt !== undefined) return payments.find((p) => p.late && p.attempt === lateAttempt);
  return payments.find((p) => !p.late && p.paymentKey !== null);
}

async function openRefund(trx: Trx, request: RefundRequest): Promise<Intent> {
  const deal = await lockDeal(trx, request.dealId);
  const payment = toRefund(await paymentsOf(trx, deal.id), request.lateAttempt);
  if (!payment) throw new Error(`deal ${deal.id}: nothing was charged, nothing to refund`);
  if (payment.status === 'REFUNDED') return { ended: deal.status, attempt: payment.attempt };
  const refunds = await refundsOf(trx, deal.id);
  const undecided = refunds.find((r) => r.paymentId === payment.id && r.status === 'PENDING');
  if (undecided) return { refund: undecided, payment, fresh: false };
  const n = refunds.length + 1;
  const amount = subtractWon(payment.amount, payment.refundedAmount);
  const refund: Refund = {
    id: uuid(),
    dealId: deal.id,
    paymentId: payment.id,
    n,
    idempotencyKey: refundKeyOf(deal.dealNo, n),
    principal: deal.principal,
    fee: subtractWon(amount, deal.principal), // parts of the fee may have been refunded before
    amount,
    status: 'PENDING',
    actor: request.actor,
    cause: request.cause,
  };
  await trx('refunds').insert({
    id: refund.id,
    deal_id: deal.id,
    payment_id: payment.id,
    n,
    idempotency_key: refund.idempotencyKey,
    principal: refund.principal,
    fee: refund.fee,
    amount,
    cause: request.cause,
    actor: request.actor,
  });
  return { refund, payment, fresh: true };
}

/** The result: rows, ledger, edge and notice in one transaction. The refund of a late charge leaves the deal's state alone. */
async function closeRefund(trx: Trx, request: RefundRequest, { id }: Refund, at: Date): Promise<DealState> {
  const deal = await lockDeal(trx, request.dealId);
  const refund = (await refundsOf(trx, deal.id)).find((r) => r.id === id);
  const payment = (await paymentsOf(trx, deal.id)).find((p) => p.id === refund?.paymentId);
  if (!refund || !payment) throw new Error(`deal ${deal.id}: refund ${id} vanished`);
  if (refund.status === 'DONE') return deal.status;
  await trx('refunds').where({ id }).update({ status: 'DONE', decided_at: at });
  await trx('payments')
    .where({ id: payment.id })
    .update({ status: 'REFUNDED', refunded_amount: addWon(payment.refundedAmount, refund.amount) });
  const remaining = subtractWon(payment.amount, payment.refundedAmount);
  const postings = refundPostings({ principal: refund.principal, fee: refund.fee, remaining });
  await postEntries(trx, { dealId: deal.id, kind: 'refund', key: `refund:${refund.idempotencyKey}`, postings });
  await releaseDecision(trx, deal.id, payment.attempt);
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'refund', types: ['payment.canceled'] });
  if (request.lateAttempt !== undefined) {
    await closeTasks(trx, deal.id, ['late-refund-unknown']);
    return deal.status;
  }
  return endDeal(trx, deal, refund, at);
}

async function endDeal(trx: Trx, deal: Deal, { amount, actor, cause }: Refund, at: Date): Promise<DealState> {
  const to = deal.status === 'PENDING' ? 'CANCELLED' : 'REFUNDED';
  await moveDeal(trx, deal, { to, actor, cause }, at);
  const { id: dealId, userId, dealNo } = deal;
  const statementBy = businessDayAfter(at, STATEMENT_DAYS);
  await enqueueNotice(trx, { userId, dealId, template: 'deal-refunded', params: { dealNo, amount, statementBy } });
  return to;
}
