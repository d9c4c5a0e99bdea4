/**
 * A break of a deal is ended by an operator (docs/reconciliation.md): journals, the break and the deal's story in one
 * transaction.
 */
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, recordAction } from '../../db/deals';
import { acceptByTwo } from '../../db/reconciliation/accepting';
import { findBreak } from '../../db/reconciliation/breaks';
import { findTransfer, markReturned } from '../../db/transfers';
import type { RequestActivities } from '../../workflows/deal/ports';
import type { RecordDeps } from './records';
import { bookReturn } from './transfer-bookings';

/** `acceptBreak` over PostgreSQL. */
export function breakActivities({ db, clock, log }: RecordDeps): Pick<RequestActivities, 'acceptBreak'> {
  return {
    async acceptBreak(order) {
      const { dealId, breakId, actor, reason, request } = order;
      const accepted = await db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        const answer = await acceptByTwo(trx, order);
        if (answer.kind === 'refused' || answer.again) return answer;
        await recordAction(trx, deal, 'accept-break', {
          actor,
          reason: `#${breakId}: ${reason}`,
          ...(request && { request }),
        });
        await bookReturnByHand(trx, deal, breakId, clock());
        return answer;
      });
      log.warn({ dealId, breakId, outcome: accepted.kind }, 'an operator ends a break');
      return accepted.kind === 'refused' ? accepted : { kind: 'noted' };
    },
  };
}

/**
 * What a person had paid by hand came back, or was never paid (which the books tell as a return): no provider tells the
 * deal of either, the order does.
 */
async function bookReturnByHand(trx: Trx, deal: Deal, breakId: number, at: Date): Promise<void> {
  const found = await findBreak(trx, breakId);
  if (found?.class !== 'manual-transfer-returned' && found?.class !== 'manual-transfer-unproven') return;
  const transfer = await findTransfer(trx, deal.id, found.attempt ?? 0);
  if (transfer?.status !== 'COMPLETED' || found.amount !== transfer.amount) return;
  await markReturned(trx, transfer, at);
  await bookReturn(trx, deal, transfer, at);
}
