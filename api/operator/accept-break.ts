/**
 * A break of the reconciliation is ended through the workflow of its deal, or, of no deal, in a transaction of its own.
 */
import { dealOfOrder, acceptBreak as endBreak } from '../../db/reconciliation/accepting';
import * as messages from '../../workflows/deal/messages';
import { z } from '../http/zod';
import { actorOf, answerOf, type By, done, type Order, refused } from './order';
import { operatorText, why } from './texts';

interface Acceptance {
  readonly reason: string;
  /** The PG's number of the dispute that a strange line of the settlement file is of; `none`: of no dispute. */
  readonly case?: string | undefined;
}

/**
 * Ends the break: our books are corrected to what our row says, or what the provider says is booked. The same order
 * twice is one.
 */
export const acceptBreak: Order<Acceptance, By & { readonly breakId: number }> = {
  input: z.strictObject({ ...why, case: operatorText.optional() }),
  async carryOut({ db, engine }, { operator, breakId }, { reason, case: dispute = null }) {
    const order = { breakId, chargeback: dispute, reason, actor: actorOf({ operator }) };
    const words = `#${breakId}: accepted`;
    const deal = await dealOfOrder(db, order);
    // No run owns it: a quote that was never confirmed has none either.
    if (!deal?.confirmed) {
      const answer = await db.transaction((trx) => endBreak(trx, { ...order, dealId: deal?.id ?? null }));
      return answer.kind === 'refused' ? refused('not-now', answer.why) : done(words);
    }
    return answerOf(await (await engine()).orderAfterEnd(deal.id, messages.acceptBreak, order), words);
  },
};
