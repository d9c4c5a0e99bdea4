/**
 * A part of a completed deal's fee, given back on an operator's order (spec §4.6): the intent with its request id is
 * committed when the order is recorded, before the PG is asked; so the same request is one refund however often it
 * comes, and never more goes back than was kept.
 */
import { v7 as uuid } from 'uuid';
import { liveChargeback } from '../../db/chargebacks';
import type { Trx } from '../../db/connection';
import { lockDeal, recordAction } from '../../db/deals';
import { barOf } from '../../db/doubts';
import { enqueueNotice } from '../../db/notices';
import { closeTasks } from '../../db/operator-tasks';
import { paymentsOf } from '../../db/payments';
import { doubtNews } from '../../db/provider-news';
import { addRefund, markContradicted, type Refund, refundsOf, rejectRefund } from '../../db/refunds';
import { lastSendAt } from '../../db/sends';
import type { MoneyActivities, NoteOutcome, RequestActivities } from '../../workflows/deal/ports';
import { type DealId, refundKeyOf } from '../../workflows/domain/ids';
import { won } from '../../workflows/domain/money';
import { whyNoFeeRefund } from '../../workflows/domain/operator-actions';
import type { PgTerms } from '../../workflows/domain/providers';
import { type Intent, type Judged, takeMoneyStep } from '../money-step';
import type { MoneyDeps } from './money-deps';
import { askRefund, bookRefund, type Given, intentOf, type RefundHeard } from './refund';

type FeeRefundOutcome = Awaited<ReturnType<MoneyActivities['refundFee']>>;
type FeeRefundRequest = Parameters<MoneyActivities['refundFee']>[0];
type FeeRefundOrder = Parameters<RequestActivities['recordFeeRefund']>[0];

const NOTED: NoteOutcome = { kind: 'noted' };
const refused = (why: string): NoteOutcome => ({ kind: 'refused', why });

interface FeeGiven extends Given {
  /** Asking the PG again is not safe. */
  readonly isSpent: boolean;
  readonly wasSent: boolean;
}

/** `recordFeeRefund` and `refundFee` over PostgreSQL and the PG. */
export function feeRefundActivities(
  deps: MoneyDeps,
): Pick<MoneyActivities, 'refundFee'> & Pick<RequestActivities, 'recordFeeRefund'> {
  const { db, pg, clock } = deps;
  return {
    recordFeeRefund: (order) => db.transaction((trx) => recordOrder(trx, order)),
    refundFee: (request) =>
      takeMoneyStep<FeeGiven, RefundHeard, FeeRefundOutcome>(deps, {
        ...{ dealId: request.dealId, leg: 'refund', waits: false, settleMs: 0 },
        open: (trx, at) => openFeeRefund(trx, request, at),
        // No file has to show what was never sent.
        ask: async (given, question) =>
          !given.wasSent && question.ruling?.verdict === 'failed'
            ? { told: 'unlisted' }
            : askRefund(deps, given, question),
        contradicted: ({ refund }) => markContradicted(db, refund.id, clock()),
        close: (trx, given, _heard, { verdict }, at) => closeFeeRefund(trx, given, pg.terms, verdict, at),
      }),
  };
}

/** The order as an intent: what it may be, under the deal's lock. Nobody asks the PG before this is committed. */
async function recordOrder(trx: Trx, order: FeeRefundOrder): Promise<NoteOutcome> {
  const { requestId, amount, actor, reason } = order;
  const deal = await lockDeal(trx, order.dealId);
  const refunds = await refundsOf(trx, deal.id);
  const known = refunds.find((refund) => refund.requestId === requestId);
  const payment = (await paymentsOf(trx, deal.id)).find((p) => !p.late && p.paymentKey !== null);
  if (known && known.amount !== amount) return refused(`request ${requestId} was for ${known.amount} won`);
  if (known?.status === 'REJECTED') return refused('this request was not done; ask under another request id');
  if (known) return NOTED;
  const given = refunds.filter((r) => r.paymentId === payment?.id && r.status !== 'REJECTED');
  const standing = {
    ...{ state: deal.status, charge: payment?.status ?? null },
    isRefunding: given.some(({ status }) => status === 'PENDING'),
    isDisputed: payment !== undefined && (await liveChargeback(trx, payment.id)) !== undefined,
  };
  const bar = await barOf(trx, deal.id, 'fee-refund');
  const left = given.reduce((fee, refund) => fee - refund.fee, deal.fee as number);
  const why = whyNoFeeRefund(standing, { bar, left, amount });
  if (why !== null || !payment) return refused(why ?? 'it has no charge');
  const n = refunds.length + 1;
  await addRefund(trx, {
    ...{ id: uuid(), dealId: deal.id, paymentId: payment.id, n, idempotencyKey: refundKeyOf(deal.dealNo, n) },
    ...{ principal: won(0), fee: won(amount), amount: won(amount) },
    ...{ actor, cause: 'fee-refunded', note: reason, requestId },
  });
  await recordAction(trx, deal, 'refund-fee', { actor, reason: `${amount} won: ${reason}` });
  return NOTED;
}

/**
 * A whole cancel asked twice is refused as already cancelled; a part asked twice, once the PG has forgotten the key, is
 * given back twice. So it is asked only while the key surely holds and the PG never contradicted us; after that a
 * person rules.
 */
function isStale({ createdAt, contradicted }: Refund, pgKeyWindowMs: number, at: Date): boolean {
  return contradicted || at.getTime() - createdAt.getTime() > pgKeyWindowMs / 2;
}

async function openFeeRefund(
  trx: Trx,
  { dealId, requestId, pgKeyWindowMs }: FeeRefundRequest,
  at: Date,
): Promise<Intent<FeeGiven, FeeRefundOutcome>> {
  await lockDeal(trx, dealId);
  const refund = (await refundsOf(trx, dealId)).find((known) => known.requestId === requestId);
  const payment = (await paymentsOf(trx, dealId)).find(({ id }) => id === refund?.paymentId);
  if (!refund || !payment) throw new Error(`deal ${dealId}: fee refund ${requestId} was never recorded`);
  if (refund.status !== 'PENDING') {
    await endTask(trx, dealId);
    return { outcome: outcomeOf(refund) };
  }
  const isBarred = (await barOf(trx, dealId, 'fee-refund')) !== null;
  const wasSent = (await lastSendAt(trx, refund.idempotencyKey)) !== null;
  const isSpent = isBarred || (wasSent && isStale(refund, pgKeyWindowMs, at));
  return intentOf({ refund, payment, isSpent, wasSent }, false);
}

const outcomeOf = ({ status }: Refund): FeeRefundOutcome => (status === 'DONE' ? 'refunded' : 'rejected');

/** The result: rows, ledger and notice in one transaction; the deal keeps its state. Another worker's result stands. */
async function closeFeeRefund(
  trx: Trx,
  { refund: { id: refundId, dealId }, wasSent }: FeeGiven,
  terms: PgTerms,
  verdict: Judged['verdict'],
  at: Date,
): Promise<FeeRefundOutcome> {
  const deal = await lockDeal(trx, dealId);
  const refund = (await refundsOf(trx, dealId)).find(({ id }) => id === refundId);
  const payment = (await paymentsOf(trx, dealId)).find(({ id }) => id === refund?.paymentId);
  if (!refund || !payment) throw new Error(`deal ${dealId}: refund ${refundId} vanished`);
  if (refund.status !== 'PENDING') return outcomeOf(refund);
  if (verdict === 'unknown') return 'undecided';
  // Another try may have sent meanwhile what this one calls never sent.
  const isSentNow = verdict === 'failed' && !wasSent && (await lastSendAt(trx, refund.idempotencyKey)) !== null;
  if (isSentNow) return 'undecided';
  await endTask(trx, dealId);
  if (verdict === 'failed') {
    await rejectRefund(trx, refundId, at);
    await doubtNews(trx, { dealNo: deal.dealNo, leg: 'refund' });
    const reason = `refund-fee ${refund.amount} won: the PG never did it; ask under another request id`;
    await recordAction(trx, deal, 'overtaken', { actor: refund.actor, reason });
    return 'rejected';
  }
  const statementBy = await bookRefund(trx, deal, { refund, payment }, terms, at);
  const params = { dealNo: deal.dealNo, amount: refund.amount, statementBy };
  const of = { userId: deal.userId, dealId, event: refund.idempotencyKey };
  await enqueueNotice(trx, { ...of, template: 'fee-refunded', params });
  return 'refunded';
}

/** There is one at a time. */
const endTask = (trx: Trx, dealId: DealId): Promise<number> => closeTasks(trx, dealId, ['fee-refund-unknown']);
