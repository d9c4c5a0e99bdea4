/** What the bank's word about a transfer moves: rows, ledger, edge and notice, each in the caller's transaction. */
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, moveDeal, type Waiting } from '../../db/deals';
import { endDoubts } from '../../db/doubts';
import { postEntries } from '../../db/ledger';
import { enqueueNotice } from '../../db/notices';
import { closeNews, doubtNews } from '../../db/provider-news';
import type { Transfer } from '../../db/transfers';
import type { TransferOutcome } from '../../workflows/deal/ports';
import { nextRetryBatchAt } from '../../workflows/domain/bank-calendar';
import type { By } from '../../workflows/domain/causes';
import {
  directPayoutPostings,
  type JournalKind,
  type Posting,
  returnPostings,
  transferFailedPostings,
  transferIntentPostings,
  transferPostings,
} from '../../workflows/domain/ledger';
import type { Won } from '../../workflows/domain/money';

/** Why an edge happens, beside who moves it. */
type Why = Omit<By, 'actor'>;

/** The recipient has the principal, and it is booked: edge and notice. */
export async function completeDeal(trx: Trx, deal: Deal, transfer: Transfer, why: Why, at: Date): Promise<void> {
  await moveDeal(trx, deal, { to: 'COMPLETED', actor: 'system', ...why }, at);
  const news = { dealNo: deal.dealNo, leg: 'transfer', attempt: transfer.attempt } as const;
  await closeNews(trx, { ...news, says: 'done' });
  await doubtNews(trx, news);
  await tellPayer(trx, deal, 'deal-completed', deal.principal);
}

/** A person paid the recipient: both edges of an ordinary transfer. No provider has news of it. */
export async function completeByHand(trx: Trx, deal: Deal, actor: string, at: Date): Promise<void> {
  const cause = deal.status === 'PAID' ? 'transfer-begins' : 'retry-ordered';
  await moveDeal(trx, deal, { to: 'TRANSFERRING', actor, cause }, at);
  const moved = await lockDeal(trx, deal.id);
  await moveDeal(trx, moved, { to: 'COMPLETED', actor, cause: 'transferred' }, at);
  await tellPayer(trx, moved, 'deal-completed', deal.principal);
}

const bookAs =
  (kind: JournalKind, postingsOf: (amount: Won) => Posting[]) =>
  (trx: Trx, { dealId, reference, amount }: Transfer): Promise<void> =>
    postEntries(trx, { dealId, kind, key: `${kind}:${reference}`, postings: postingsOf(amount) });

/** The principal is on its way: together with the row that lets it be sent. */
export const bookIntent = bookAs('transfer-intent', transferIntentPostings);
/** The principal left the float. */
export const bookPayout = bookAs('transfer', transferPostings);
/** The principal left the float, and no intent stands: called failed before, or paid by hand. */
export const bookDirectPayout = bookAs('transfer', directPayoutPostings);
/** The principal is owed again: nothing left the float. */
export const bookFailure = bookAs('transfer-failed', transferFailedPostings);
const bookReturned = bookAs('return', returnPostings);

/** The deal waits for the retry batch or, when only another account mends it, for a person. */
export async function failDeal(trx: Trx, deal: Deal, why: Why, retryable: boolean, at: Date): Promise<void> {
  const waiting: Waiting = retryable
    ? { reason: 'retry-due', nextMoveAt: nextRetryBatchAt(at) }
    : { reason: 'operator-needed', nextMoveAt: null };
  await moveDeal(trx, deal, { to: 'TRANSFER_FAILED', actor: 'system', ...why, waiting }, at);
  if (!deal.failingSince) await tellPayer(trx, deal, 'deal-failed', deal.principal);
}

/**
 * The bank gave the money back: the deal owes it to the recipient again, and only another account or a refund mends it.
 */
export async function bookReturn(trx: Trx, deal: Deal, transfer: Transfer, at: Date): Promise<TransferOutcome> {
  await bookReturned(trx, transfer);
  const { attempt } = transfer;
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'transfer', attempt });
  await endDoubts(trx, deal.id, { kinds: ['transfer-contradicted'], attempt }, 'return');
  await failDeal(trx, deal, { cause: 'returned' }, false, at);
  return { kind: 'failed', code: 'returned', retryable: false, returned: true };
}

/** Of the edge that the deal has just moved along, from this version. */
async function tellPayer(
  trx: Trx,
  deal: Deal,
  template: 'deal-completed' | 'deal-failed',
  amount: number,
): Promise<void> {
  const { id: dealId, userId, dealNo, version } = deal;
  await enqueueNotice(trx, { userId, dealId, template, event: `${dealNo}:${version}`, params: { dealNo, amount } });
}
