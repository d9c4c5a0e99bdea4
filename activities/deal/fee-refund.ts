/**
 * A part of a completed deal's fee, given back on an operator's order (spec §4.6): the intent with its request id is
 * committed before the PG is asked, so the same request is one refund however often it comes, and never more goes back
 * than was kept.
 */
import { v7 as uuid } from 'uuid';
import { liveChargeback } from '../../db/chargebacks';
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, recordAction, setWaiting } from '../../db/deals';
import { barOf } from '../../db/doubts';
import { enqueueNotice } from '../../db/notices';
import { paymentsOf } from '../../db/payments';
import { doubtNews } from '../../db/provider-news';
import { addRefund, markContradicted, type NewRefund, type Refund, refundsOf, rejectRefund } from '../../db/refunds';
import type { FeeRefundOutcome, FeeRefundRequest, MoneyActivities } from '../../workflows/deal/ports';
import { businessDayAfter } from '../../workflows/domain/business-calendar';
import { isTerminal } from '../../workflows/domain/deal-state';
import { refundKeyOf } from '../../workflows/domain/ids';
import { won } from '../../workflows/domain/money';
import type { PgTerms } from '../../workflows/domain/providers';
import { type Intent, type Judged, takeMoneyStep } from '../money-step';
import type { MoneyDeps } from './money-deps';
import { askRefund, bookRefund, type Given, intentOf, type RefundHeard } from './refund';

const REFUNDED: FeeRefundOutcome = { kind: 'refunded' };
const refused = (why: string): FeeRefundOutcome => ({ kind: 'refused', why });

interface FeeGiven extends Given {
  /** Asking the PG again is not safe. */
  readonly isSpent: boolean;
}

/** `refundFee` over PostgreSQL and the PG. */
export function feeRefundActivities(deps: MoneyDeps): Pick<MoneyActivities, 'refundFee'> {
  const { db, pg, clock } = deps;
  return {
    refundFee: (request) =>
      takeMoneyStep<FeeGiven, RefundHeard, FeeRefundOutcome>(deps, {
        ...{ dealId: request.dealId, leg: 'refund', waits: true, settleMs: 0 },
        open: (trx, at) => openFeeRefund(trx, request, at),
        ask: (given, question) => askRefund(deps, given, question),
        contradicted: ({ refund }) => markContradicted(db, refund.id, clock()),
        close: (trx, { refund }, _heard, { verdict }, at) => closeFeeRefund(trx, refund, pg.terms, verdict, at),
      }),
  };
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
  request: FeeRefundRequest,
  at: Date,
): Promise<Intent<FeeGiven, FeeRefundOutcome>> {
  const deal = await lockDeal(trx, request.dealId);
  const refunds = await refundsOf(trx, deal.id);
  const known = refunds.find(({ requestId }) => requestId === request.requestId);
  const payment = (await paymentsOf(trx, deal.id)).find((p) => !p.late && p.paymentKey !== null);
  if (known && known.amount !== request.amount)
    return { outcome: refused(`request ${request.requestId} was for ${known.amount} won`) };
  if (known && known.status !== 'PENDING') {
    await endWait(trx, deal, at);
    return { outcome: storedOutcome(known) };
  }
  if (known && payment) {
    const isBarred = (await barOf(trx, deal.id, 'fee-refund')) !== null;
    return intentOf({ refund: known, payment, isSpent: isBarred || isStale(known, request.pgKeyWindowMs, at) }, false);
  }
  if (deal.status !== 'COMPLETED' || !payment) return { outcome: refused('the deal is not completed') };
  if (await liveChargeback(trx, payment.id)) return { outcome: refused('its charge is disputed') };
  const bar = await barOf(trx, deal.id, 'fee-refund');
  if (bar !== null) return { outcome: refused(`its money is in doubt: ${bar}`) };
  const given = refunds.filter((r) => r.paymentId === payment.id && r.status !== 'REJECTED');
  const left = given.reduce((fee, refund) => fee - refund.fee, deal.fee as number);
  if (request.amount > left) return { outcome: refused(`only ${left} won of the fee are left`) };
  const n = refunds.length + 1;
  const refund: NewRefund = {
    ...{ id: uuid(), dealId: deal.id, paymentId: payment.id, n, idempotencyKey: refundKeyOf(deal.dealNo, n) },
    ...{ principal: won(0), fee: won(request.amount), amount: won(request.amount) },
    ...{
      actor: request.actor,
      cause: request.cause,
      note: request.note ?? null,
      requestId: request.requestId,
    },
  };
  await addRefund(trx, refund);
  const reason = `${request.amount} won: ${request.note ?? request.cause}`;
  await recordAction(trx, deal, 'refund-fee', { actor: request.actor, reason });
  return intentOf({ refund, payment, isSpent: false }, true);
}

function storedOutcome({ status }: Refund): FeeRefundOutcome {
  return status === 'DONE' ? REFUNDED : refused('this request was not done; ask under another request id');
}

/** The result: rows, ledger and notice in one transaction; the deal keeps its state. Another worker's result stands. */
async function closeFeeRefund(
  trx: Trx,
  { id: refundId, dealId }: NewRefund,
  terms: PgTerms,
  verdict: Judged['verdict'],
  at: Date,
): Promise<FeeRefundOutcome> {
  const deal = await lockDeal(trx, dealId);
  const refund = (await refundsOf(trx, dealId)).find(({ id }) => id === refundId);
  const payment = (await paymentsOf(trx, dealId)).find(({ id }) => id === refund?.paymentId);
  if (!refund || !payment) throw new Error(`deal ${dealId}: refund ${refundId} vanished`);
  if (refund.status !== 'PENDING') return storedOutcome(refund);
  if (verdict === 'unknown') return { kind: 'stale' };
  await endWait(trx, deal, at);
  if (verdict === 'failed') {
    await rejectRefund(trx, refundId, at);
    await doubtNews(trx, { dealNo: deal.dealNo, leg: 'refund' });
    return refused('it was not done: ask under another request id');
  }
  await bookRefund(trx, deal, payment, refund, at);
  const statementBy = businessDayAfter(at, terms.statementDays);
  const params = { dealNo: deal.dealNo, amount: refund.amount, statementBy };
  await enqueueNotice(trx, { userId: deal.userId, dealId, template: 'fee-refunded', params });
  return REFUNDED;
}

/**
 * An ended deal waits for its fee refund alone, by whatever reason; one that a return has reopened may wait for a
 * person's word.
 */
async function endWait(trx: Trx, deal: Deal, at: Date): Promise<void> {
  if (deal.waitingReason === null) return;
  if (isTerminal(deal.status) || deal.waitingReason === 'refund-unknown') await setWaiting(trx, deal, null, at);
}
