/**
 * A deal is held while a person pays it by hand, at the bank's own console (docs/operations.md): the wait
 * `paying-by-hand` is the hold, the database refuses every other move of its money, and the story says who asked.
 */
import { type Deal, lockDeal, recordAction, setWaiting } from '../../db/deals';
import { payerByHand } from '../../db/manual-transfers';
import { finishRequest, takeRequest } from '../../db/operator-requests';
import type { NoteOutcome, RequestActivities } from '../../workflows/deal/ports';
import { whyNotNow } from '../../workflows/domain/operator-actions';
import type { MoneyDeps } from './money-deps';
import { payoutStandingOf } from './standing';

const NOTED: NoteOutcome = { kind: 'noted' };

/** Whether a person pays the deal by hand, or has. */
export const isHeldByHand = ({ waitingReason }: Pick<Deal, 'waitingReason'>): boolean =>
  waitingReason === 'paying-by-hand';

/** `reserveByHand` and `endByHand` over PostgreSQL. */
export function byHandActivities({
  db,
  clock,
  log,
}: Pick<MoneyDeps, 'db' | 'clock' | 'log'>): Pick<RequestActivities, 'reserveByHand' | 'endByHand'> {
  return {
    reserveByHand: ({ dealId, ...by }) =>
      db.transaction(async (trx): Promise<NoteOutcome> => {
        const deal = await lockDeal(trx, dealId);
        if (isHeldByHand(deal)) {
          const payer = await payerByHand(trx, dealId);
          return payer === by.actor ? NOTED : { kind: 'refused', why: `${payer} pays it by hand already` };
        }
        const why = whyNotNow('pay-by-hand', await payoutStandingOf(trx, deal));
        if (why !== null) return { kind: 'refused', why };
        await setWaiting(trx, deal, { reason: 'paying-by-hand', nextMoveAt: null }, clock());
        await recordAction(trx, deal, 'pay-by-hand', by);
        log.warn({ dealId }, 'a deal is held, to be paid by hand');
        return NOTED;
      }),

    endByHand: ({ dealId, ...by }) =>
      db.transaction(async (trx): Promise<NoteOutcome> => {
        const deal = await lockDeal(trx, dealId);
        const { request } = by;
        const doing = { subject: deal.dealNo };
        const taken = await takeRequest(trx, { request, kind: 'stop-paying-by-hand', dealId, doing });
        if (taken.kind === 'refused') return taken;
        if (taken.kind === 'done') return NOTED; // by a try whose answer got lost
        if (!isHeldByHand(deal)) return { kind: 'refused', why: 'nobody pays it by hand' };
        await finishRequest(trx, taken.request);
        await setWaiting(trx, deal, null, clock());
        await recordAction(trx, deal, 'stop-paying-by-hand', by);
        return NOTED;
      }),
  };
}
