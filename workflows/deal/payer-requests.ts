/** What payers ask of a deal: a confirm, a cancel. Kept first, then put into the inbox; the loop acts (deal.ts). */
import { ApplicationFailure } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import type { ActionBy } from '../domain/deal-actions';
import { isTerminal } from '../domain/deal-state';
import * as messages from './messages';
import { recorded, shielded } from './recording';
import type { DealRun } from './run';
import { requests } from './steps';

/** Registers the payer's updates. */
export function handlePayer(run: DealRun): void {
  const { view, inbox, progress, answers } = run;
  const confirm = async (request: messages.ConfirmRequest): Promise<messages.ConfirmOutcome> => {
    const { attempt } = request;
    const known = answers.charges.get(attempt);
    if (known) return known;
    if (view.state === 'PENDING' && attempt > progress.charging) inbox.confirm ??= request;
    await condition(() => answers.charges.has(attempt) || view.state !== 'PENDING');
    const outcome = answers.charges.get(attempt);
    if (!outcome) throw ApplicationFailure.nonRetryable('decided before this run: the database knows', 'AskDatabase');
    return outcome;
  };
  setHandler(messages.confirmDeal, shielded(confirm));
  setHandler(
    messages.cancelDeal,
    shielded((by: ActionBy) => requestCancel(run, by)),
  );
}

/** Records the wish under the deal's lock, so that it and the transfer intent cannot both win. */
export async function recordCancel(run: DealRun, by: ActionBy): Promise<'accepted' | 'refused' | 'closed'> {
  const { dealId, view, inbox } = run;
  if (inbox.cancelRequested && !isTerminal(view.state)) return 'accepted'; // payers press twice
  return recorded(inbox, requests.requestCancel({ dealId, ...by }), (answer) => {
    if (answer === 'accepted') inbox.cancelRequested = true;
    // The workflow task that ended the deal was lost after its steps were carried out: this run has to look.
    if (answer === 'closed' && !isTerminal(view.state)) inbox.knocked = true;
  });
}

/** The payer's cancel, or that of Temporal Web: answers when the deal has ended, or cannot yet. */
export async function requestCancel(run: DealRun, by: ActionBy): Promise<messages.CancelOutcome> {
  const { view, inbox, progress, question } = run;
  const answer = await recordCancel(run, by);
  if (answer === 'refused') throw ApplicationFailure.nonRetryable('the transfer has begun', 'NotCancellable');
  if (answer === 'closed') return { kind: 'closed' };
  if (progress.inFlight || inbox.confirm) return { kind: 'requested' };
  await condition(() => isTerminal(view.state) || question.unknown !== null);
  return { kind: isTerminal(view.state) ? 'closed' : 'requested' };
}
