/** What payers ask of a deal: a confirm, a cancel. Kept first, then put into the inbox; the loop acts (deal.ts). */
import { ApplicationFailure } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import type { ActionBy } from '../domain/deal-actions';
import { isTerminal } from '../domain/deal-state';
import * as messages from './messages';
import { askDatabase, recorded, shielded } from './recording';
import { type DealRun, isCharging, undecidedLeg } from './run';
import { requests } from './steps';

/** Registers the payer's updates. */
export function handlePayer(run: DealRun): void {
  const { view, inbox, progress, answers } = run;
  const confirm = async (request: messages.ConfirmRequest): Promise<messages.ConfirmOutcome> => {
    const { attempt } = request;
    await condition(() => !run.restoring);
    const known = answers.get(attempt);
    if (known) return known;
    const isNew = attempt > progress.charging;
    if (view.state === 'PENDING' && isNew) inbox.confirm ??= request;
    const mayHear = () => view.state === 'PENDING' && !run.leaving && (isNew || isAsked(run, attempt));
    await condition(() => answers.has(attempt) || !mayHear());
    const outcome = answers.get(attempt);
    if (!outcome) throw askDatabase();
    return outcome;
  };
  setHandler(messages.confirmDeal, shielded(confirm));
  setHandler(
    messages.cancelDeal,
    shielded((by: ActionBy) => requestCancel(run, by)),
  );
}

/** Whether the charge of this attempt is under way, or goes on in this run. */
const isAsked = (run: DealRun, attempt: number): boolean => isCharging(run) && run.progress.charging === attempt;

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
  const { view, inbox } = run;
  const answer = await recordCancel(run, by);
  if (answer === 'refused') throw ApplicationFailure.nonRetryable('the transfer has begun', 'NotCancellable');
  if (answer === 'closed') return { kind: 'closed' };
  if (isCharging(run) || inbox.confirm) return { kind: 'requested' };
  await condition(() => isTerminal(view.state) || undecidedLeg(run) !== null || run.leaving);
  if (run.leaving) throw askDatabase();
  return { kind: isTerminal(view.state) ? 'closed' : 'requested' };
}
