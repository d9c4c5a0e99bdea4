/** How a run gets back from the database what it knows: when it is resumed, and before it waits. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import { isSameNews, SEARCH_ATTRIBUTES } from './messages';
import type { DealFacts } from './ports';
import type { DealRun, RunProgress } from './run';
import { records } from './steps';
import { show } from './wait';

/** Takes over the deal's standing in the database; `read`: as just read. */
export async function restore(run: DealRun, read?: DealFacts): Promise<void> {
  const { inbox, progress } = run;
  const facts = read ?? (await records.loadDeal(run.dealId));
  const now = Date.now();
  const at = (ms: number | null) => (ms === null ? null : now + ms);
  Object.assign(progress, {
    undecidedCharge: facts.undecidedCharge,
    charging: facts.undecidedCharge?.attempt ?? 0,
    inFlight: facts.undecidedCharge !== null,
    expiresAt: now + facts.expiresInMs,
    reviewUntil: at(facts.reviewForMs),
    transferAttempt: facts.transferAttempt,
    failingSince: facts.failingForMs === null ? null : now - facts.failingForMs,
    needsCorrection: facts.needsCorrection,
    returned: facts.returned,
    lateAttempt: facts.lateAttempt,
    heldUntil: null,
    refundBy: facts.refundDue ? { actor: 'system', cause: 'refund-resumed' } : null,
  } satisfies Partial<RunProgress>);
  inbox.cancelRequested ||= facts.cancelRequested;
  const { feeRefund } = facts;
  if (feeRefund && !inbox.feeRefunds.some(({ requestId }) => requestId === feeRefund.requestId))
    inbox.feeRefunds.push(feeRefund);
  const { claimedAttempt = null } = facts; // none in what runs of before have recorded
  const claimed = claimedAttempt === null ? null : ({ leg: 'charge', attempt: claimedAttempt } as const);
  if (claimed && !inbox.news.some((news) => isSameNews(news, claimed))) inbox.news.push(claimed);
  const { payerId, createdDay, amountBand, dealNo } = SEARCH_ATTRIBUTES;
  upsertSearchAttributes([
    { key: payerId, value: facts.payerId },
    { key: createdDay, value: facts.createdDay },
    { key: amountBand, value: facts.amountBand },
    { key: dealNo, value: facts.dealNo ?? null }, // none in what runs of before have recorded
  ]);
  run.restoring = false;
  if (facts.status !== 'TRANSFER_FAILED') inbox.retryDue = false;
  show(run, facts.status);
}

/**
 * A run that was reset goes through a story that the database has left behind, and a cancel may be known to the
 * database alone (its update died with the server): before it waits, a run looks. Answers with what it saw, or null
 * when it has caught up instead.
 */
export async function syncWithDatabase(run: DealRun): Promise<DealFacts | null> {
  const { view, inbox, progress } = run;
  const facts = await records.loadDeal(run.dealId);
  inbox.knocked = false;
  if (facts.status !== view.state || facts.cancelRequested !== inbox.cancelRequested) {
    await restore(run, facts);
    return null;
  }
  progress.expiresAt ??= Date.now() + facts.expiresInMs;
  progress.lateAttempt ??= facts.lateAttempt; // booked by a try that nobody heard of
  return facts;
}
