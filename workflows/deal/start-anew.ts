/**
 * A run that has grown large starts anew as one that resumes from the database: histories stay small, however long a
 * deal is disputed or asked about (spec §5.9). Only while it rests: nothing asked of it is left behind.
 */
import { allHandlersFinished, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type { DealState } from '../domain/deal-state';
import type { DealInput } from './messages';
import type { DealRun } from './run';

/** Whether Temporal suggests a new run, and nothing is asked, recorded or being done. The deal's own course asks it. */
export const isRunLarge = (run: DealRun): boolean => workflowInfo().continueAsNewSuggested && rests(run);

function rests({ inbox, beside, restoring }: DealRun): boolean {
  // Who knocked is heard by the next run, which looks first.
  const { confirm, order, retryDue, news, recording } = inbox;
  const isAsked = confirm || order || retryDue || news.length > 0;
  return !isAsked && recording === 0 && beside.busy === 0 && !restoring;
}

/**
 * Ends the run for a new one. Whoever waits for an answer is told to ask the database; what comes meanwhile keeps the
 * run going.
 */
export async function startAnew(run: DealRun): Promise<void> {
  const { dealId, policy, inbox, progress } = run;
  run.leaving = true;
  await condition(allHandlersFinished);
  run.leaving = false;
  if (!rests(run)) return;
  const { batch } = inbox;
  const { retryBy, refundBy, looks, inLine, confirmed: confirm } = progress;
  const startNext = makeContinueAsNewFunc<(input: DealInput) => Promise<DealState>>();
  const carriedOver = { batch, retryBy, refundBy, looks, inLine, confirm };
  await startNext({ mode: 'resume', dealId, policy, carriedOver });
}
