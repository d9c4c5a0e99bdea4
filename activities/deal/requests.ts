/** What people asked of a deal, recorded in PostgreSQL under the deal's lock before the deal acts on it. */
import { validate as isUuid } from 'uuid';
import type { Trx } from '../../db/connection';
import { changeRecipient, lockDeal, markCancelRequested, markReleased, recordAction } from '../../db/deals';
import { findAccount, isSameAccount } from '../../db/recipients';
import { isPrincipalGivenBack } from '../../db/refunds';
import { lastTransfer } from '../../db/transfers';
import type { RequestActivities } from '../../workflows/deal/ports';
import { isCancellable, isTerminal } from '../../workflows/domain/deal-state';
import type { DealId } from '../../workflows/domain/ids';
import type { RecordDeps } from './records';

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
        if (!isCancellable(deal.status)) return 'refused';
        await markCancelRequested(trx, deal, clock());
        await recordAction(trx, deal, 'cancel', { actor, reason });
        return 'accepted';
      }),

    recordAction: ({ dealId, action, actor, reason }) =>
      db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        if (action === 'release') await markReleased(trx, deal, clock());
        await recordAction(trx, deal, action, { actor, reason });
      }),

    recordCorrection: ({ dealId, recipientId, actor, reason }) =>
      db.transaction(async (trx) => {
        if (!isUuid(recipientId)) return 'refused';
        const deal = await lockDeal(trx, dealId);
        const account = await findAccount(trx, recipientId, deal.userId);
        if (!account?.verifiedAt || deal.status !== 'TRANSFER_FAILED') return 'refused';
        if (await failedInto(trx, dealId, account.id)) return 'refused';
        if (await isPrincipalGivenBack(trx, dealId)) return 'refused';
        if (deal.recipientId === recipientId) return 'accepted';
        await changeRecipient(trx, deal, recipientId);
        await recordAction(trx, deal, 'correct-account', { actor, reason });
        return 'accepted';
      }),
  };
}

/** Whether the last transfer went to this very account; what cannot be paid, or came back, is not sent there again. */
async function failedInto(trx: Trx, dealId: DealId, accountId: string): Promise<boolean> {
  const last = await lastTransfer(trx, dealId);
  return last !== undefined && (await isSameAccount(trx, last.recipientId, accountId));
}
