/**
 * A break of the reconciliation is ended through the workflow of its deal, or, of no deal, in a transaction of its own.
 */
import { acceptByTwo, dealOfOrder, isEndedBy } from '../../db/reconciliation/accepting';
import { findBreak } from '../../db/reconciliation/breaks';
import * as messages from '../../workflows/deal/messages';
import { z } from '../http/zod';
import { actionBy, answerOf, type By, done, type Order, refused } from './order';
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
  ...{ name: 'accept', right: 'breaks.accept' },
  input: z.strictObject({ ...why, case: operatorText.optional() }),
  two: true,
  async look(db, { breakId }, { case: chargeback = null }) {
    const found = await findBreak(db, breakId);
    const { class: kind, dealNo, version } = found ?? {};
    const state = found && { class: kind, dealNo, version, ended: found.resolvedAt !== null };
    const deal = await dealOfOrder(db, { breakId, chargeback });
    return { kind: 'break', id: `${breakId}`, state: state ?? null, dealId: deal?.id };
  },
  async judge(db, by, { reason, case: chargeback = null }) {
    const { breakId } = by;
    const found = await findBreak(db, breakId);
    if (!found) return refused('not-found', `there is no break ${breakId}`);
    if (isEndedBy(found.resolution, { chargeback, ...actionBy(by, reason) })) return done(`#${breakId}: accepted`);
    return found.resolvedAt === null
      ? undefined
      : refused('not-now', `break ${breakId} has ended: ${found.resolution}`);
  },
  async carryOut({ db, engine }, by, { reason, case: dispute = null }) {
    const { breakId } = by;
    const order = { breakId, chargeback: dispute, ...actionBy(by, reason) };
    const words = `#${breakId}: accepted`;
    const deal = await dealOfOrder(db, order);
    // No run owns it: a quote that was never confirmed has none either.
    if (!deal?.confirmed) {
      const answer = await db.transaction((trx) => acceptByTwo(trx, { ...order, dealId: deal?.id ?? null }));
      return answer.kind === 'refused' ? refused('not-now', answer.why) : done(words);
    }
    return answerOf(await (await engine()).orderAfterEnd(deal.id, messages.acceptBreak, order), words);
  },
};
