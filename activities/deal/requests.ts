/** What people asked of a deal, recorded in PostgreSQL under the deal's lock before the deal acts on it. */
import { validate as isUuid } from 'uuid';
import type { Trx } from '../../db/connection';
import { changeRecipient, lockDeal, markCancelRequested, markReleased, recordAction } from '../../db/deals';
import { finishRequest, takeRequest } from '../../db/operator-requests';
import { findAccount, isSameAccount } from '../../db/recipients';
import { lastTransfer } from '../../db/transfers';
import type { RequestActivities } from '../../workflows/deal/ports';
import { isCancellable, isTerminal } from '../../workflows/domain/deal-state';
import type { DealId } from '../../workflows/domain/ids';
import { whyNotNow } from '../../workflows/domain/operator-actions';
import { CORRECTED_BY_ONE_MAX } from '../../workflows/domain/operator-requests';
import type { RecordDeps } from './records';
import { payoutStandingOf } from './standing';

/** Cancels and what operators order; fee refunds, chargebacks, breaks and rulings have files of their own. */
export function requestActivities({
  db,
  clock,
}: Pick<RecordDeps, 'db' | 'clock'>): Pick<RequestActivities, 'requestCancel' | 'recordAction' | 'recordCorrection'> {
  return {
    requestCancel: ({ dealId, actor, reason }) =>
      db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        if (deal.cancelRequestedAt)
          return deal.status === 'CANCELLED' || deal.status === 'REFUNDED' ? 'closed' : 'accepted';
        if (isTerminal(deal.status)) return deal.status === 'CANCELLED' ? 'closed' : 'refused';
        if (!isCancellable(deal.status, deal.waitingReason)) return 'refused';
        await markCancelRequested(trx, deal, clock());
        await recordAction(trx, deal, 'cancel', { actor, reason });
        return 'accepted';
      }),

    recordAction: ({ dealId, action, actor, reason }) =>
      db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        const why = whyNotNow(action, await payoutStandingOf(trx, deal));
        if (why !== null) return why;
        if (action === 'release') await markReleased(trx, deal, clock());
        await recordAction(trx, deal, action, { actor, reason });
        return null;
      }),

    recordCorrection: ({ dealId, recipientId, actor, reason, request }) =>
      db.transaction(async (trx) => {
        if (!isUuid(recipientId)) return 'refused';
        const deal = await lockDeal(trx, dealId);
        const account = await findAccount(trx, recipientId, deal.userId);
        if (!account?.verifiedAt || deal.status !== 'TRANSFER_FAILED') return 'refused';
        if (await failedInto(trx, dealId, account.id)) return 'refused';
        if (whyNotNow('correct-account', await payoutStandingOf(trx, deal)) !== null) return 'refused';
        const isOfTwo = request !== undefined || deal.principal > CORRECTED_BY_ONE_MAX;
        const doing = { subject: deal.dealNo, input: { recipientId } };
        const taking = { request, kind: 'correct-account', dealId, doing } as const;
        const taken = isOfTwo ? await takeRequest(trx, taking) : undefined;
        if (taken?.kind === 'refused') return 'refused';
        if (deal.recipientId === recipientId) return taken?.kind === 'taken' ? 'refused' : 'accepted';
        if (taken?.kind === 'taken') await finishRequest(trx, taken.request);
        await changeRecipient(trx, deal, recipientId);
        await recordAction(trx, deal, 'correct-account', { actor, reason, ...(request && { request }) });
        return 'accepted';
      }),
  };
}

/** Whether the last transfer went to this very account; what cannot be paid, or came back, is not sent there again. */
async function failedInto(trx: Trx, dealId: DealId, accountId: string): Promise<boolean> {
  const last = await lastTransfer(trx, dealId);
  return last !== undefined && (await isSameAccount(trx, last.recipientId, accountId));
}
