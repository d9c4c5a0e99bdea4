/** How a deal's payout stands, by its rows, for the rules that orders are judged by. */
import type { Trx } from '../../db/connection';
import type { Deal } from '../../db/deals';
import { barOf } from '../../db/doubts';
import { isPrincipalGivenBack } from '../../db/refunds';
import { isUnderReview } from '../../db/risk';
import { isUndecided, lastTransfer } from '../../db/transfers';
import type { PayoutStanding } from '../../workflows/domain/operator-actions';

/** Of the deal as it is locked. */
export async function payoutStandingOf(trx: Trx, deal: Deal): Promise<PayoutStanding> {
  const last = await lastTransfer(trx, deal.id);
  return {
    state: deal.status,
    isUndecided: last !== undefined && isUndecided(last),
    isCancelRequested: deal.cancelRequestedAt !== null,
    isReviewed: await isUnderReview(trx, deal.id),
    isGivenBack: await isPrincipalGivenBack(trx, deal.id),
    bar: await barOf(trx, deal.id, 'transfer'),
  };
}
