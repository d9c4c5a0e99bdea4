/** How a run gets back from the database what it knows: when it is resumed, and before it waits. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { By } from '../domain/causes';
import { isTerminal } from '../domain/deal-state';
import { isSameNews, SEARCH_ATTRIBUTES } from './messages';
import type { DealFacts } from './ports';
import type { DealRun, RunProgress } from './run';
import { records } from './steps';
import { show } from './wait';

const NOBODY = { retryBy: null, refundBy: null };
const REFUND_RESUMED: By = { actor: 'system', cause: 'refund-resumed' };

/** By which times the deal goes, as just read: the database tells how far off they are. */
function timesOf({ expiresInMs, reviewForMs, failingForMs }: DealFacts): Partial<RunProgress> {
  const now = Date.now();
  return {
    expiresAt: now + expiresInMs,
    reviewUntil: reviewForMs === null ? null : now + reviewForMs,
    failingSince: failingForMs === null ? null : now - failingForMs,
  };
}

/** Takes over the deal's standing in the database; `read`: as just read. */
export async function restore(run: DealRun, read?: DealFacts): Promise<void> {
  const { view, inbox, progress, beside, carriedOver } = run;
  const isFirst = run.restoring;
  const facts = read ?? (await records.loadDeal(run.dealId));
  const before = isFirst ? (carriedOver ?? NOBODY) : { ...progress };
  const isOver = isTerminal(facts.status);
  const mayRetry = facts.status === 'TRANSFER_FAILED' && !facts.needsCorrection;
  const payingByHand = facts.payingByHand ?? false;
  Object.assign(progress, {
    ...timesOf(facts),
    undecidedCharge: facts.undecidedCharge,
    charging: facts.undecidedCharge?.attempt ?? facts.decidedCharges,
    reviewPasses: facts.reviewPasses ?? false,
    transferAttempt: facts.transferAttempt,
    needsCorrection: facts.needsCorrection,
    returned: facts.returned,
    payingByHand,
    heldUntil: null,
    looks: isFirst ? (carriedOver?.looks ?? 0) : 0,
    inLine: isFirst ? (carriedOver?.inLine ?? 0) : progress.inLine,
    retryBy: mayRetry ? before.retryBy : null,
    refundBy: facts.refundDue ? REFUND_RESUMED : isFirst && !isOver ? before.refundBy : null,
  } satisfies Partial<RunProgress>);
  inbox.cancelRequested ||= facts.cancelRequested;
  inbox.feeRefund ??= facts.feeRefund;
  const confirm = isFirst ? (carriedOver?.confirm ?? null) : null;
  if (confirm && !facts.undecidedCharge && confirm.attempt > facts.decidedCharges) inbox.confirm ??= confirm;
  for (const attempt of facts.lateAttempts) beside.lateCharges.add(attempt);
  const { claimedAttempt } = facts;
  const claimed = claimedAttempt === null ? null : ({ leg: 'charge', attempt: claimedAttempt } as const);
  if (claimed && !inbox.news.some((news) => isSameNews(news, claimed))) inbox.news.push(claimed);
  const { payerId, createdDay, amountBand, dealNo } = SEARCH_ATTRIBUTES;
  upsertSearchAttributes([
    { key: payerId, value: facts.payerId },
    { key: createdDay, value: facts.createdDay },
    { key: amountBand, value: facts.amountBand },
    { key: dealNo, value: facts.dealNo },
  ]);
  run.restoring = false;
  if (!mayRetry || payingByHand) inbox.retryDue = false;
  if (inbox.order && facts.status !== view.state) await overtakeOrder(run, inbox.order.by);
  if (before.refundBy && !progress.refundBy && facts.status === 'COMPLETED') await overtakeOrder(run, before.refundBy);
  show(run, facts.status);
}

/** An operator's order was recorded, and is not carried out: the story of the deal says so. */
export async function overtakeOrder({ dealId, inbox }: DealRun, by: By, why = 'the deal had gone on'): Promise<void> {
  inbox.order = null;
  const { actor, cause } = by;
  if (actor.startsWith('operator:')) await records.noteOvertaken({ dealId, actor, note: `${cause}: ${why}` });
}

/** Also a deal that completed and failed again between two looks. */
const hasGoneOn = ({ view, inbox, progress }: DealRun, facts: DealFacts): boolean =>
  facts.status !== view.state ||
  facts.cancelRequested !== inbox.cancelRequested ||
  (facts.payingByHand ?? false) !== progress.payingByHand ||
  (facts.status === 'TRANSFER_FAILED' && facts.returned !== progress.returned);

/**
 * A run that was reset goes through a story that the database has left behind, and a cancel may be known to the
 * database alone (its update died with the server): before it waits, a run looks. Answers with what it saw, or null
 * when it has caught up instead.
 */
export async function syncWithDatabase(run: DealRun): Promise<DealFacts | null> {
  const { inbox, progress, beside } = run;
  inbox.knocked = false; // who knocks from now on is looked for again
  const { clockMoved } = inbox;
  inbox.clockMoved = false;
  const facts = await records.loadDeal(run.dealId);
  if (hasGoneOn(run, facts)) {
    await restore(run, facts);
    return null;
  }
  if (clockMoved) {
    Object.assign(progress, { ...timesOf(facts), notBefore: null } satisfies Partial<RunProgress>); // banks may be open
    return null;
  }
  progress.expiresAt ??= Date.now() + facts.expiresInMs;
  inbox.feeRefund ??= facts.feeRefund; // ordered while the one before was on its way
  for (const attempt of facts.lateAttempts) beside.lateCharges.add(attempt); // booked by a try that nobody heard of
  return facts;
}
