/** The millisecond steps of a deal on PostgreSQL: what is known, what it waits for, what people asked (local activities). */
import { validate as isUuid } from 'uuid';
import type { Db, Trx } from '../db/connection';
import { type Deal, lockDeal, moveDeal, readDeal, recordAction, recordWaiting } from '../db/deals';
import { raise } from '../db/operator-tasks';
import { paymentsOf } from '../db/payments';
import { hasContradiction, type NewsKey } from '../db/provider-news';
import { isPrincipalGivenBack, refundsOf } from '../db/refunds';
import { isUndecided, lastTransfer, needsAnotherAccount } from '../db/transfers';
import type { Log } from '../infra/log';
import { kstDayOf } from '../workflows/domain/bank-calendar';
import { amountBandOf } from '../workflows/domain/deal-header';
import { isTerminal } from '../workflows/domain/deal-state';
import type { DealId } from '../workflows/domain/ids';
import { closeWithTask } from './alarms';
import type { DealFacts, RecordActivities } from './index';

export interface RecordDeps {
  readonly db: Db;
  readonly clock: () => Date;
  readonly log: Log;
}

/** Every record activity but the screening, the chargebacks and the breaks. */
export function recordActivities({
  db,
  clock,
  log,
}: RecordDeps): Omit<RecordActivities, 'screenDeal' | 'recordChargeback' | 'acceptBreak'> {
  return {
    loadDeal: (dealId) =>
      db.transaction((trx) => loadFacts(trx, dealId, clock()), { isolationLevel: 'repeatable read', readOnly: true }),

    async recordWaiting(wait) {
      const recorded = await recordWaiting(db, wait, clock());
      const { dealId, reason, raise: severity } = wait;
      if (severity && recorded) log.warn({ dealId, reason, severity }, 'a deal needs attention');
      return recorded;
    },

    requestCancel: ({ dealId, actor, reason }) =>
      db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        if (deal.cancelRequestedAt)
          return deal.status === 'CANCELLED' || deal.status === 'REFUNDED' ? 'closed' : 'accepted';
        if (isTerminal(deal.status)) return deal.status === 'CANCELLED' ? 'closed' : 'refused';
        if (deal.status !== 'PENDING' && deal.status !== 'PAID') return 'refused';
        await trx('deals').where({ id: dealId }).update({ cancel_requested_at: clock() });
        await recordAction(trx, deal, 'cancel', { actor, reason });
        return 'accepted';
      }),

    closeUnpaid: ({ dealId, actor, cause }) =>
      db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        const live = (await paymentsOf(trx, dealId)).some(
          (p) => p.status === 'PENDING' || (p.status === 'PAID' && !p.late),
        );
        if (deal.status !== 'PENDING' || live) return deal.status;
        await moveDeal(trx, deal, { to: 'CANCELLED', actor, cause }, clock());
        return 'CANCELLED';
      }),

    recordAction: ({ dealId, action, actor, reason }) =>
      db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        if (action === 'release') await trx('deals').where({ id: dealId }).update({ released_at: clock() });
        await recordAction(trx, deal, action, { actor, reason });
      }),

    recordCorrection: ({ dealId, recipientId, actor, reason }) =>
      db.transaction(async (trx) => {
        if (!isUuid(recipientId)) return 'refused';
        const deal = await lockDeal(trx, dealId);
        const account = await trx('bank_accounts')
          .where({ id: recipientId, user_id: deal.userId })
          .whereNull('deleted_at')
          .first('verified_at', 'account_hash');
        if (!account?.verified_at || deal.status !== 'TRANSFER_FAILED') return 'refused';
        if (await failedInto(trx, dealId, account.account_hash)) return 'refused';
        if (await isPrincipalGivenBack(trx, dealId)) return 'refused';
        if (deal.recipientId === recipientId) return 'accepted';
        await trx('deals').where({ id: dealId }).update({ recipient_id: recipientId });
        await recordAction(trx, deal, 'correct-account', { actor, reason });
        return 'accepted';
      }),

    async raiseAlarm({ dealId, severity, reason }) {
      if (await raise(db, dealId, severity, reason)) log.warn({ dealId, reason, severity }, 'a deal needs attention');
    },

    async raiseForeignRefund(dealId) {
      const { dealNo } = await readDeal(db, dealId);
      const news: NewsKey = { dealNo, leg: 'refund' };
      if (!(await hasContradiction(db, news))) return;
      await db.transaction((trx) => closeWithTask(trx, dealId, news, 'refund-not-ours'));
      log.error({ dealId }, 'the PG refunded what nobody asked for');
    },
  };
}

/** Whether the last transfer went to this very account; what cannot be paid, or came back, is not sent there again. */
async function failedInto(trx: Trx, dealId: DealId, accountHash: string): Promise<boolean> {
  const last = await lastTransfer(trx, dealId);
  const account = last && (await trx('bank_accounts').where({ id: last.recipientId }).first('account_hash'));
  return account?.account_hash === accountHash;
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
    undecidedCharge: undecided
      ? { attempt: undecided.attempt, cardId: undecided.cardId, deviceId: undecided.deviceId }
      : null,
    transferAttempt: transfer && isUndecided(transfer) ? transfer.attempt : (transfer?.attempt ?? 0) + 1,
    lateAttempt: payments.find((p) => p.late && p.status === 'PAID')?.attempt ?? null,
    refundDue: own !== undefined && refundMustGoOn(deal, own.id, refunds),
    feeRefund: fee?.requestId
      ? { requestId: fee.requestId, amount: fee.amount, actor: fee.actor, reason: fee.cause }
      : null,
    reviewForMs: deal.reviewDueAt && !deal.releasedAt ? -(since(deal.reviewDueAt) ?? 0) : null,
    failingForMs: since(deal.failingSince),
    needsCorrection:
      transfer !== undefined && needsAnotherAccount(transfer) && transfer.recipientId === deal.recipientId,
    returned: transfer?.status === 'RETURNED',
    payerId: deal.userId,
    createdDay: kstDayOf(deal.createdAt),
    amountBand: amountBandOf(deal.principal),
  };
}

/** A refund that began is finished; a charge done after a cancel is refunded. */
function refundMustGoOn(deal: Deal, paymentId: string, refunds: Awaited<ReturnType<typeof refundsOf>>): boolean {
  const begun = refunds.some((r) => r.paymentId === paymentId && r.requestId === null && r.status !== 'DONE');
  return begun || (deal.cancelRequestedAt !== null && (deal.status === 'PENDING' || deal.status === 'PAID'));
}
