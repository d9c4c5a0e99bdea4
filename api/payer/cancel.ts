/** Cancelling by the payer (spec §4): until the transfer intent exists; heard even while a charge is undecided. */
import type { DealView } from '../../db/views/payer-deals';
import { isTerminal } from '../../workflows/domain/deal-state';
import type { ApiDeps } from '../deps';
import type { Answer } from '../http/operation';
import { Problem } from '../http/problem';
import { dealHeaderOf, ownedDeal } from './deal-access';
import { dealAnswer } from './deal-resource';

const CANCEL_MS = 10_000;
const BY_PAYER = { actor: 'payer', reason: 'payer' };

/**
 * 200 when the deal has ended by a cancel, 202 when it will as soon as the money in flight is decided. The engine is
 * asked only for what the row does not say yet, so pressing again costs the deal's workflow nothing.
 */
export async function cancelDeal({ db, engine }: Pick<ApiDeps, 'db' | 'engine'>, deal: DealView): Promise<Answer> {
  const known = answerFromRow(deal);
  if (known) return known;
  const ask = async () => {
    const answer = await engine.cancel(dealHeaderOf(deal), BY_PAYER, CANCEL_MS);
    if (answer.kind === 'refused' && answer.type === 'NotCancellable') throw new Problem('not-cancellable');
    // An accepted cancel is in the database whatever became of its answer.
    const after = answerFromRow(await ownedDeal(db, deal.userId, deal.id));
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
function answerFromRow(deal: DealView): Answer | undefined {
  const refunded = deal.status === 'CANCELLED' || deal.status === 'REFUNDED';
  if (refunded && deal.cancelRequested) return dealAnswer(200, deal);
  if (isTerminal(deal.status) || deal.transfers.length > 0) throw new Problem('not-cancellable');
  return deal.cancelRequested ? dealAnswer(202, deal) : undefined;
}
