/** Cancelling by the payer (spec §4): until the transfer intent exists; heard even while a charge is undecided. */
import type { DealView } from '../../db/views/payer-deals';
import type { ApiDeps } from '../deps';
import type { Answer } from '../http/operation';
import { Problem } from '../http/problem';
import { dealHeaderOf, ownedDeal } from './deal-access';
import { dealAnswer, type Showing } from './deal-resource';
import { judgeCancel } from './deal-rules';

const CANCEL_MS = 10_000;
const BY_PAYER = { actor: 'payer', reason: 'payer' };

/**
 * 200 when the deal has ended by a cancel, 202 when it will as soon as the money in flight is decided. The engine is
 * asked only for what the row does not say yet, so pressing again costs the deal's workflow nothing.
 */
export async function cancelDeal(
  { db, engine, ...showing }: Showing & Pick<ApiDeps, 'db' | 'engine'>,
  deal: DealView,
): Promise<Answer> {
  const known = await answerFromRow(showing, deal);
  if (known) return known;
  const ask = async () => {
    const answer = await engine.cancel(dealHeaderOf(deal), BY_PAYER, CANCEL_MS);
    if (answer.kind === 'refused' && answer.type === 'NotCancellable') throw new Problem('not-cancellable');
    // An accepted cancel is in the database whatever became of its answer.
    const after = await answerFromRow(showing, await ownedDeal(db, deal.userId, deal.id));
    return { isLost: answer.kind === 'closed', after };
  };
  const first = await ask();
  if (first.after) return first.after;
  if (first.isLost) {
    // One that trusts the database hears it.
    await engine.knock(deal.id);
    const { after } = await ask();
    if (after) return after;
  }
  throw new Problem('unavailable');
}

/**
 * A deal that its payer cancelled has what the payer wants, or will; any other end, or a transfer begun, is too late.
 * Undefined when no cancel is recorded and one is not too late.
 */
async function answerFromRow(showing: Showing, deal: DealView): Promise<Answer | undefined> {
  switch (judgeCancel(deal)) {
    case 'done':
      return dealAnswer(showing, 200, deal);
    case 'requested':
      return dealAnswer(showing, 202, deal);
    case 'too-late':
      throw new Problem('not-cancellable');
    case 'open':
      return undefined;
  }
}
