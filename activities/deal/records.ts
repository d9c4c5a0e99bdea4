/** The millisecond steps of a deal on PostgreSQL: what is known, what it waits for (local activities). */
import type { Db, Trx } from '../../db/connection';
import { type Deal, lockDeal, moveDeal, readDeal, recordAction, recordWaiting } from '../../db/deals';
import { raise } from '../../db/operator-tasks';
import { type Payment, paymentsOf } from '../../db/payments';
import { settleAsDoubt } from '../../db/provider-news';
import { isUndecidedBeside, refundsOf } from '../../db/refunds';
import { findDecision } from '../../db/risk';
import { isUndecided, lastTransfer, needsAnotherAccount } from '../../db/transfers';
import type { Log } from '../../infra/log';
import type { ConfirmRequest } from '../../workflows/deal/messages';
import type { DealFacts, RecordActivities, RequestActivities } from '../../workflows/deal/ports';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { amountBandOf } from '../../workflows/domain/deal-header';
import type { DealId } from '../../workflows/domain/ids';

export interface RecordDeps {
  readonly db: Db;
  readonly clock: () => Date;
  readonly log: Log;
}

type Records = Omit<RecordActivities, 'screenDeal'> &
  Pick<RequestActivities, 'raiseUnanswered' | 'raiseRefund' | 'closeRefundNews'>;

/** Every record activity but the screening, and what side legs record. */
export function recordActivities({ db, clock, log }: RecordDeps): Records {
  return {
    loadDeal: (dealId) =>
      db.transaction((trx) => loadFacts(trx, dealId, clock()), { isolationLevel: 'repeatable read', readOnly: true }),

    async recordWaiting(wait) {
      const recorded = await recordWaiting(db, wait, clock());
      const { dealId, reason, raise: severity } = wait;
      if (severity && recorded) log.warn({ dealId, reason, severity }, 'a deal needs attention');
      return recorded;
    },

    closeUnpaid: ({ dealId, ...by }) =>
      db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        const live = (await paymentsOf(trx, dealId)).some(
          (p) => p.status === 'PENDING' || (p.status === 'PAID' && !p.late),
        );
        if (deal.status !== 'PENDING' || live) return deal.status;
        await moveDeal(trx, deal, { to: 'CANCELLED', ...by }, clock());
        return 'CANCELLED';
      }),

    async raiseUnanswered(dealId) {
      const reason = 'late-news-unanswered';
      if (await raise(db, dealId, 'task', reason)) log.warn({ dealId, reason }, 'a deal needs attention');
    },

    async raiseRefund({ dealId, severity, reason }) {
      const isNew = await db.transaction(async (trx) => {
        await lockDeal(trx, dealId);
        const isOpen = await isUndecidedBeside(trx, dealId, reason === 'late-refund-unknown');
        return isOpen && (await raise(trx, dealId, severity, reason));
      });
      if (isNew) log.warn({ dealId, reason, severity }, 'a deal needs attention');
    },

    noteOvertaken: ({ dealId, actor, note }) =>
      db.transaction(async (trx) =>
        recordAction(trx, await lockDeal(trx, dealId), 'overtaken', { actor, reason: note }),
      ),

    async closeRefundNews(dealId) {
      const { dealNo } = await readDeal(db, dealId);
      await db.transaction(async (trx) => {
        await lockDeal(trx, dealId);
        await settleAsDoubt(trx, { dealNo, leg: 'refund' });
      });
    },
  };
}

async function loadFacts(trx: Trx, dealId: DealId, at: Date): Promise<DealFacts> {
  const deal = await readDeal(trx, dealId);
  const payments = await paymentsOf(trx, dealId);
  const transfer = await lastTransfer(trx, dealId);
  const refunds = await refundsOf(trx, dealId);
  const undecided = payments.find((p) => p.status === 'PENDING');
  const own = payments.find((p) => (p.status === 'PAID' || p.status === 'PARTIALLY_REFUNDED') && !p.late);
  const fee = refunds.find((r) => r.requestId !== null && r.status === 'PENDING');
  const since = (time: Date | null) => (time ? at.getTime() - time.getTime() : null);
  return {
    status: deal.status,
    waitingReason: deal.waitingReason,
    nextMoveInMs: deal.nextMoveAt === null ? null : deal.nextMoveAt.getTime() - at.getTime(),
    expiresInMs: deal.expiresAt.getTime() - at.getTime(),
    cancelRequested: deal.cancelRequestedAt !== null,
    undecidedCharge: undecided ? confirmOf(undecided) : null,
    transferAttempt: transfer && isUndecided(transfer) ? transfer.attempt : (transfer?.attempt ?? 0) + 1,
    decidedCharges: payments.filter((p) => p.status !== 'PENDING').length,
    lateAttempts: payments.filter((p) => p.late && p.status === 'PAID').map(({ attempt }) => attempt),
    claimedAttempt: payments.find((p) => p.late && p.status === 'FAILED')?.attempt ?? null,
    refundDue: own !== undefined && refundMustGoOn(deal, own.id, refunds),
    feeRefund: fee?.requestId ? { requestId: fee.requestId } : null,
    ...(await reviewOf(trx, deal, own, at)),
    failingForMs: since(deal.failingSince),
    needsCorrection:
      transfer !== undefined && needsAnotherAccount(transfer) && transfer.recipientId === deal.recipientId,
    returned: transfer?.status === 'RETURNED',
    ...(deal.waitingReason === 'paying-by-hand' && { payingByHand: true }),
    payerId: deal.userId,
    createdDay: kstDayOf(deal.createdAt),
    amountBand: amountBandOf(deal.principal),
    dealNo: deal.dealNo,
  };
}

/** How long the deal is held, and whether it goes on then by itself. */
async function reviewOf(
  trx: Trx,
  { id, reviewDueAt, releasedAt }: Deal,
  own: Payment | undefined,
  at: Date,
): Promise<Pick<DealFacts, 'reviewForMs' | 'reviewPasses'>> {
  if (!reviewDueAt || releasedAt) return { reviewForMs: null };
  const decision = own && (await findDecision(trx, id, own.attempt));
  return {
    reviewForMs: reviewDueAt.getTime() - at.getTime(),
    ...(decision?.verdict === 'HOLD' && { reviewPasses: true }),
  };
}

/** The confirm that the attempt was made of. */
const confirmOf = ({ installmentMonths, ...payment }: Payment): ConfirmRequest => ({
  ...{ attempt: payment.attempt, cardId: payment.cardId },
  ...{ deviceId: payment.deviceId, deviceTextHash: payment.deviceTextHash },
  ...(installmentMonths > 0 && { installmentMonths }),
});

/** A refund that began is finished; a charge done after a cancel is refunded. */
function refundMustGoOn(deal: Deal, paymentId: string, refunds: Awaited<ReturnType<typeof refundsOf>>): boolean {
  const begun = refunds.some((r) => r.paymentId === paymentId && r.requestId === null && r.status !== 'DONE');
  return begun || (deal.cancelRequestedAt !== null && (deal.status === 'PENDING' || deal.status === 'PAID'));
}
