/** How a deal waits: the database and Temporal are told why and until when, by one function, and then it waits. */
import { condition, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { WaitRecord } from '../domain/deal-actions';
import type { DealState, WaitReason } from '../domain/deal-state';
import { detailsOf } from './details';
import { SEARCH_ATTRIBUTES } from './messages';
import type { DealRun, Inbox } from './run';
import { isRunLarge, startAnew } from './start-anew';
import { records } from './steps';

interface Wait extends Pick<WaitRecord, 'reason' | 'about'> {
  /** When the deal moves by itself, epoch ms; null: only a person or a provider moves it. */
  readonly nextMoveAt: number | null;
  readonly raise?: WaitRecord['raise'];
  /** The database says so already, or is not to be told. */
  readonly known?: boolean;
  /**
   * When to look up although nothing happened, epoch ms; default `nextMoveAt`. `recorded`: false when the wait came too
   * late.
   */
  deadline?(recorded: boolean): number | null;
}

/** Waits until `wake` or the deadline. Answers false when the deadline passed first. */
export async function waitFor(run: DealRun, wait: Wait, wake: () => boolean): Promise<boolean> {
  const { view, inbox } = run;
  const { reason, nextMoveAt } = wait;
  const recorded = wait.known || (await record(run, wait));
  const deadline = wait.deadline ? wait.deadline(recorded) : nextMoveAt;
  if (wake()) return true;
  if (view.waiting?.reason !== reason) publish(run, reason);
  view.waiting = { reason, nextMoveAt: deadline };
  setCurrentDetails(detailsOf(run));
  let inTime = true;
  view.idle = true;
  try {
    const left = deadline === null ? undefined : deadline - Date.now();
    const isOver = () => wake() || isRunLarge(run);
    if (left === undefined) await condition(isOver);
    else inTime = left > 0 && (await condition(isOver, left));
    await allRecorded(inbox);
    inTime ||= wake(); // what came in the very moment of the deadline was in time
  } finally {
    view.idle = false;
  }
  if (isRunLarge(run)) await startAnew(run);
  return inTime;
}

function record({ dealId }: DealRun, { reason, nextMoveAt, raise = null, about }: Wait): Promise<boolean> {
  const nextMoveInMs = nextMoveAt === null ? null : nextMoveAt - Date.now();
  return records.recordWaiting({ dealId, reason, nextMoveInMs, raise, ...(about && { about }) });
}

/** What came before is in the inbox. */
export async function allRecorded(inbox: Inbox): Promise<void> {
  if (inbox.recording > 0) await condition(() => inbox.recording === 0);
}

/** Moves the workflow's own view; the database moved before. */
export function show(run: DealRun, state: DealState): void {
  run.view.state = state;
  publish(run, null);
}

function publish(run: DealRun, reason: WaitReason | null): void {
  const { view } = run;
  const { dealStatus, waitReason } = SEARCH_ATTRIBUTES;
  const wait = reason !== null || view.waiting !== null ? [{ key: waitReason, value: reason }] : [];
  upsertSearchAttributes([{ key: dealStatus, value: view.state }, ...wait]);
  if (reason === null) {
    view.waiting = null;
    setCurrentDetails(detailsOf(run));
  }
}
