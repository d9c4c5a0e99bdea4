/** A day is set against the providers' lists on demand, by the worker, as every night. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ActivityFailure } from '@temporalio/common';
import { RECONCILE_WORKFLOW, type ReconcileInput, reconcileProgress } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { Pace } from '../../workflows/domain/policy';
import { listsCompleteAt, type ReconciliationResult } from '../../workflows/domain/reconciliation';
import { z } from '../http/zod';
import { type Refusal, refused } from './order';

interface ReconcileDeps {
  readonly client: Client;
  /** Of the batches. */
  readonly taskQueue: string;
  readonly pace: Pace;
  readonly clock: () => Date;
}

/**
 * `date`: a KST day, `YYYY-MM-DD`. `acceptLoss`: the providers have explained what their lists lack of an earlier
 * reading; without it such a list is refused.
 */
export const dayToReconcile = z.strictObject({ date: z.iso.date(), acceptLoss: z.boolean().default(false) });

interface Reconciled {
  readonly kind: 'done';
  /** Of the day. */
  readonly results: readonly ReconciliationResult[];
  /**
   * Whether the providers' lists of the day are complete; what they lack until then is carried over, and is no break
   * yet.
   */
  readonly complete: boolean;
}

const LOOK_MS = 300;
const QUERY_MS = 2_000;
/** Deals of the demo's pace have asked their provider by then. */
const DEMO_PATIENCE_MS = 5_000;

/** Reconciles the day; a run of it that is under way is joined. `tell` hears each step. */
export async function reconcileDay(
  { client, taskQueue, pace, clock }: ReconcileDeps,
  { date, acceptLoss }: z.output<typeof dayToReconcile>,
  tell: (step: string) => void,
): Promise<Reconciled | Refusal> {
  if (date > kstDayOf(clock())) return refused('not-now', `${date} has not begun in Korea yet`);
  const input: ReconcileInput = {
    ...{ day: date, ...(acceptLoss && { acceptLoss }) },
    ...(pace === 'demo' && { wakePatienceMs: DEMO_PATIENCE_MS }),
  };
  const run = await client.workflow.start(RECONCILE_WORKFLOW, {
    workflowId: `reconcile-${date}`,
    taskQueue,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Reconciliation of ${date}`,
  });
  try {
    const results: ReconciliationResult[] = await follow(client, run, tell);
    return { kind: 'done', results, complete: clock() >= listsCompleteAt(date) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    return refused('not-now', `${date} could not be reconciled: ${cause?.message ?? error.message}`);
  }
}

/** Waits for the end of the run, and tells each step once. */
async function follow(client: Client, run: WorkflowHandle, tell: (step: string) => void) {
  let ended = false;
  const result = run.result().finally(() => {
    ended = true;
  });
  result.catch(() => undefined);
  for (let last = ''; !ended; await Promise.race([result.catch(() => undefined), delay(LOOK_MS)])) {
    const asked = client.connection.withDeadline(Date.now() + QUERY_MS, () => run.query(reconcileProgress));
    const step = await asked.catch(() => 'waiting for a worker');
    if (step !== last && !ended) tell(step);
    last = step;
  }
  return result;
}
