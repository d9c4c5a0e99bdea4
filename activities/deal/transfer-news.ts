/**
 * News of a transfer that was decided before (spec §5.4): the bank is asked, and only what it says then moves anything.
 */
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, moveDeal, readDeal } from '../../db/deals';
import { endDoubts, raiseDoubt } from '../../db/doubts';
import { canStillComplete } from '../../db/late-payouts';
import { closeTasks, raise } from '../../db/operator-tasks';
import { closeNews, doubtNews, type NewsKey, newsTime } from '../../db/provider-news';
import { isListedDone } from '../../db/reconciliation/proof';
import {
  decideTransfer,
  findTransfer,
  isUndecided,
  lastTransfer,
  markReturned,
  type Transfer,
} from '../../db/transfers';
import type { MoneyActivities } from '../../workflows/deal/ports';
import { DONE_CODE } from '../../workflows/domain/bank-codes';
import type { FindAnswer } from '../../workflows/domain/providers';
import { isHeldByHand } from './by-hand';
import type { MoneyDeps } from './money-deps';
import { bookDirectPayout, bookReturn, completeDeal } from './transfer-bookings';

/** `recheckTransfer` over PostgreSQL and the bank. */
export function transferNewsActivities({ db, bank, clock }: MoneyDeps): Pick<MoneyActivities, 'recheckTransfer'> {
  return {
    async recheckTransfer({ dealId, attempt }) {
      const { dealNo } = await readDeal(db, dealId);
      const transfer = await findTransfer(db, dealId, attempt);
      if (!transfer || isUndecided(transfer)) return 'unchanged'; // whoever is asking about it hears the answer
      if (transfer.bankReference !== null) return 'unchanged'; // made by hand: the bank was never asked for it
      const news: NewsKey = { dealNo, leg: 'transfer', attempt, receivedBefore: await newsTime(db, dealId) };
      const answer = transfer.status === 'RETURNED' ? 'returned' : (await bank.findTransfer(transfer)).kind;
      if (answer === 'processing' || answer === 'not-found') await raise(db, dealId, 'task', 'late-news-unanswered');
      else await db.transaction((trx) => hear(trx, transfer, answer, news, clock()));
      return standingOf(await readDeal(db, dealId), await lastTransfer(db, dealId), attempt);
    },
  };
}

type BankWord = Exclude<FindAnswer['kind'], 'processing' | 'not-found'>;

/** A "done" that came after the attempt had been decided otherwise is evidence: judged as if it had been asked for. */
export async function hearLate(trx: Trx, transfer: Transfer, answer: 'done', at: Date): Promise<void> {
  if (transfer.status !== 'FAILED') return;
  const { dealNo } = await readDeal(trx, transfer.dealId);
  await hear(trx, transfer, answer, { dealNo, leg: 'transfer', attempt: transfer.attempt }, at);
}

/**
 * What the bank says of a transfer that was decided before: money that came back reopens the deal, money that arrived
 * after all completes it, and what fits neither is told to a person. The caller asks again while the bank itself does
 * not know.
 */
async function hear(trx: Trx, { id, dealId }: Transfer, answer: BankWord, news: NewsKey, at: Date): Promise<void> {
  const deal = await lockDeal(trx, dealId);
  const transfer = await findTransfer(trx, dealId, news.attempt ?? 0);
  if (transfer?.id !== id) return;
  const { attempt } = transfer;
  const about = { dealId, attempt, raisedBy: 'contradiction' } as const;
  await closeTasks(trx, dealId, ['late-news-unanswered']);
  if (transfer.status === 'COMPLETED' && answer === 'returned') {
    await markReturned(trx, transfer, at);
    await bookReturn(trx, deal, transfer, at);
  } else if (transfer.status === 'COMPLETED' && answer === 'failed') {
    await raiseDoubt(trx, { ...about, kind: 'transfer-contradicted' });
  } else if (transfer.status === 'FAILED' && answer === 'done') {
    if (await canStillComplete(trx, deal, transfer)) await completeLate(trx, deal, transfer, at);
    else await raiseDoubt(trx, { ...about, kind: 'paid-after-failure' });
  } else if (transfer.status === 'FAILED' && answer === 'returned') {
    // It paid, and the money is back: as if it had failed.
    await endDoubts(trx, dealId, { kinds: ['paid-after-failure'], attempt }, 'return');
  } else if (transfer.status === 'FAILED' && (await isListedDone(trx, transfer.reference))) {
    await raiseDoubt(trx, { ...about, kind: 'paid-after-failure', detail: 'its list has it done, its query failed' });
  }
  await endDoubts(trx, dealId, { kinds: ['transfer-claimed'], attempt }, 'bank');
  await closeNews(trx, news);
  await doubtNews(trx, { dealNo: deal.dealNo, leg: 'transfer', attempt }); // what came after the question
}

/** The recipient was paid by a transfer that was called failed: that is the one payout of this deal (spec §5.2). */
async function completeLate(trx: Trx, deal: Deal, transfer: Transfer, at: Date): Promise<void> {
  const edge = { actor: 'system', cause: 'paid-after-failure' } as const;
  if (deal.status === 'TRANSFER_FAILED') await moveDeal(trx, deal, { ...edge, to: 'TRANSFERRING' }, at);
  await decideTransfer(trx, transfer, 'COMPLETED', DONE_CODE, at);
  await bookDirectPayout(trx, transfer);
  await completeDeal(trx, await lockDeal(trx, deal.id), transfer, { cause: edge.cause }, at);
  if (isHeldByHand(deal)) await raise(trx, deal.id, 'task', 'paid-while-by-hand', transfer.reference);
}

/** What the deal's workflow has to know of this attempt; the answer may be given again. */
function standingOf(deal: Deal, last: Transfer | undefined, attempt: number): 'returned' | 'completed' | 'unchanged' {
  if (last?.attempt !== attempt) return 'unchanged';
  if (last.status === 'COMPLETED' && deal.status === 'COMPLETED') return 'completed';
  const isOpen = deal.status === 'COMPLETED' || deal.status === 'TRANSFER_FAILED';
  return last.status === 'RETURNED' && isOpen ? 'returned' : 'unchanged';
}
