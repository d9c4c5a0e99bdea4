/**
 * A break of a deal is ended by an operator (docs/reconciliation.md): journals, the break and the deal's story in one
 * transaction.
 */
import { lockDeal, recordAction } from '../../db/deals';
import { acceptBreak } from '../../db/reconciliation/accepting';
import type { RequestActivities } from '../../workflows/deal/ports';
import type { RecordDeps } from './records';

/** `acceptBreak` over PostgreSQL. */
export function breakActivities({ db, log }: Pick<RecordDeps, 'db' | 'log'>): Pick<RequestActivities, 'acceptBreak'> {
  return {
    async acceptBreak(order) {
      const { dealId, breakId, actor, reason } = order;
      const accepted = await db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        const answer = await acceptBreak(trx, order);
        if (answer.kind === 'ended' && !answer.again)
          await recordAction(trx, deal, 'accept-break', { actor, reason: `#${breakId}: ${reason}` });
        return answer;
      });
      log.warn({ dealId, breakId, outcome: accepted.kind }, 'an operator ends a break');
      return accepted.kind === 'refused' ? accepted : { kind: 'noted' };
    },
  };
}
