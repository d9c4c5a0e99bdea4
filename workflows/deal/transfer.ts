/** From PAID to the recipient's account: held, sent, tried again, given up (spec §4.3, §4.4). */
import { sleep } from '@temporalio/workflow';
import type { By } from '../domain/causes';
import type { WaitReason } from '../domain/deal-state';
import { CANCELLED_BY_PAYER } from './charge';
import { show, waitFor } from './inbox';
import type { DealFacts, TransferOutcome } from './ports';
import { hearOfOtherTransfers, refund } from './refund';
import { type DealRun, enterFailed, interrupted, lookBeforeWaiting, restore, takeOrder } from './run';
import { money, records } from './steps';
import { untilDecided } from './unknown-outcome';

/** PAID: held for review, then transferred as soon as the banks are open; until the transfer begins the payer may cancel. */
export async function holdOrTransfer(run: DealRun): Promise<void> {
  const { desk, course } = run;
  if (desk.cancelRequested) return refund(run, CANCELLED_BY_PAYER);
  if (desk.order) return refund(run, takeOrder(run, desk.order));
  const stop = () => interrupted(run, desk.cancelRequested || desk.order !== null);
  if (course.reviewUntil !== null && !desk.released) {
    if (!(await lookBeforeWaiting(run))) return;
    const woken = await waitFor(desk, 'risk-review', course.reviewUntil, () => desk.released || stop());
    return woken ? undefined : refund(run, { actor: 'system', cause: 'hold-expired' });
  }
  if (course.notBefore) {
    // A knock is answered by a look; left standing, it would end this wait again and again.
    if (desk.knocked && !(await lookBeforeWaiting(run))) return;
    return waitUntilAllowed(run, stop);
  }
  return transfer(run, { actor: 'system', cause: desk.released ? 'released' : 'transfer-begins' });
}

/** Waits out closed banks, or the time to the next look at a stop switch. */
async function waitUntilAllowed(run: DealRun, wake: () => boolean): Promise<void> {
  const { desk, course, input } = run;
  if (!course.notBefore) return;
  const { reason, at } = course.notBefore;
  await records.recordWaiting({ dealId: input.dealId, reason, nextMoveInMs: at - Date.now(), raise: null });
  if (!(await waitFor(desk, reason, at, wake))) course.notBefore = null;
}

/** One attempt. A retryable failure is tried again in line, then left to the batch; a batch or an operator buys one attempt. */
export async function transfer(run: DealRun, by: By): Promise<void> {
  const { desk, course, input } = run;
  const { dealId, policy } = input;
  const before = desk.state;
  const attempt = course.transferAttempt;
  const lastInLine = before === 'TRANSFER_FAILED' || course.inLine + 1 >= policy.transferAttempts;
  const outcome = await untilDecided(desk, dealId, policy, {
    leg: 'transfer',
    attempt,
    async ask(attempts, ruling) {
      await hearOfOtherTransfers(run, attempt);
      return money(policy, attempts, `transfer attempt ${attempt}`).transferToRecipient({
        ...{ dealId, attempt, ...by, lastInLine, notFoundSettleMs: policy.notFoundSettleMs, ruling },
      });
    },
    read: ({ kind }) => (kind === 'undecided' ? 'again' : 'definite'),
  });
  const begun = outcome.kind === 'completed' || outcome.kind === 'failed';
  if (!begun) desk.state = before;
  return afterTransfer(run, outcome, lastInLine);
}

async function afterTransfer(run: DealRun, outcome: TransferOutcome, lastInLine: boolean): Promise<void> {
  const { desk, course, input } = run;
  switch (outcome.kind) {
    case 'completed':
      course.failingSince = null;
      return show(desk, 'COMPLETED');
    case 'cancelled':
      return refund(run, CANCELLED_BY_PAYER);
    case 'ended':
      return restore(run);
    case 'bank-closed':
      course.notBefore = { reason: 'bank-closed', at: Date.now() + outcome.opensInMs };
      if (desk.state === 'PAID') return; // it waits in its own step, where the payer may still cancel
      return waitUntilAllowed(run, () => desk.state === 'TRANSFER_FAILED' && desk.order?.action === 'refund');
    case 'stopped':
      // The first one to tell so may have died: the deal left its line all the same.
      if (outcome.failed || desk.state === 'TRANSFERRING') return enterFailed(run, false, false);
      course.retryBy = null; // out of TRANSFER_FAILED the next batch, or an operator, buys another one
      course.notBefore = { reason: 'operator-needed', at: Date.now() + input.policy.stopRecheckMs };
      return;
    case 'undecided':
      throw new Error('an undecided transfer is not an outcome');
    case 'failed':
      course.transferAttempt += 1;
      course.inLine += 1;
      if (outcome.retryable && !lastInLine) {
        desk.state = 'TRANSFERRING';
        await sleep(input.policy.transferRetryMs * 2 ** (course.inLine - 1));
        return;
      }
      return enterFailed(run, !outcome.retryable, outcome.returned);
  }
}

/** The database's clock and the workflow's may lie so far apart, ms. */
const CLOCKS_MS = 1_000;

/**
 * Whether the database shows this wait with the time at which it ends by itself: the retry batch or, before that, giving up. A batch may
 * have bought no attempt (a stop, a dispute): then the next one is what it waits for.
 */
function saysSo({ waitingReason, nextMoveInMs }: DealFacts, reason: WaitReason, giveUpInMs: number): boolean {
  const isAhead = nextMoveInMs !== null && nextMoveInMs > 0 && nextMoveInMs <= giveUpInMs + CLOCKS_MS;
  return waitingReason === reason && isAhead;
}

/** TRANSFER_FAILED: the batch, an operator or another account moves it on; given up in the end. Never during an attempt. */
export async function waitFailed(run: DealRun): Promise<void> {
  const { desk, course, input } = run;
  if (desk.order?.action === 'refund') return refund(run, takeOrder(run, desk.order));
  if (desk.order) {
    course.retryBy = takeOrder(run, desk.order);
    course.needsCorrection = false;
  }
  if (desk.retryDue && !course.needsCorrection) course.retryBy = { actor: 'system', cause: 'retry-batch' };
  desk.retryDue = false;
  if (course.retryBy) return transfer(run, course.retryBy);
  const facts = await lookBeforeWaiting(run);
  if (!facts) return;
  const { giveUpAfterMs, correctionGraceMs } = input.policy;
  const patience = course.needsCorrection && !course.returned ? correctionGraceMs : giveUpAfterMs;
  const reason = course.needsCorrection ? 'operator-needed' : 'retry-due';
  const giveUpAt = (course.failingSince ?? Date.now()) + patience;
  const nextMoveInMs = giveUpAt - Date.now();
  if (nextMoveInMs > 0 && !saysSo(facts, reason, nextMoveInMs))
    await records.recordWaiting({ dealId: input.dealId, reason, nextMoveInMs, raise: null });
  const woken = await waitFor(desk, reason, giveUpAt, () => interrupted(run, desk.order !== null || desk.retryDue));
  // Money may have arrived after all while the deal waited.
  if (!woken && (await lookBeforeWaiting(run)))
    return refund(run, { actor: 'system', cause: course.needsCorrection ? 'account-not-payable' : 'gave-up' });
}
