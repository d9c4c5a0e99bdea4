/** A day is set against the providers' lists on demand, by the worker, as every night. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ActivityFailure } from '@temporalio/common';
import { RECONCILE_WORKFLOW, type ReconcileInput, reconcileProgress } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { Pace } from '../../workflows/domain/policy';
import { listsCompleteAt, type ReconciliationResult } from '../../workflows/domain/reconciliation';
import { isUnavailable } from '../http/unavailable';
import { z } from '../http/zod';
import { type By, done, type Order, type Refusal, refused } from './order';
import { listedDay, why } from './texts';

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
export const dayToReconcile = z.strictObject({ date: listedDay, acceptLoss: z.boolean().default(false) });

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
  if (date > kstDayOf(clock())) return notBegun(date);
  const run = await begin({ client, taskQueue, pace }, { date, acceptLoss });
  try {
    const results: ReconciliationResult[] = await follow(client, run, tell);
    return { kind: 'done', results, complete: clock() >= listsCompleteAt(date) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    return refused('not-now', `${date} could not be reconciled: ${cause?.message ?? error.message}`);
  }
}

const notBegun = (date: string): Refusal => refused('not-now', `${date} has not begun in Korea yet`);

/** Begins the day's run, or finds the one that is under way. */
function begin(
  { client, taskQueue, pace }: Omit<ReconcileDeps, 'clock'>,
  { date, acceptLoss }: z.output<typeof dayToReconcile>,
): Promise<WorkflowHandle> {
  const input: ReconcileInput = {
    ...{ day: date, ...(acceptLoss && { acceptLoss }) },
    ...(pace === 'demo' && { wakePatienceMs: DEMO_PATIENCE_MS }),
  };
  return client.workflow.start(RECONCILE_WORKFLOW, {
    workflowId: `reconcile-${date}`,
    taskQueue,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Reconciliation of ${date}`,
  });
}

/** How long Temporal may take to begin a run, ms. */
const BEGIN_MS = 5_000;

/** Begins the reconciliation of a day, and does not wait for its end. */
export const beginReconciliation = (deps: ReconcileDeps): Order<Beginning, By & { readonly date: string }> => ({
  ...{ name: 'run', right: 'batches.run', input: z.strictObject({ ...why, acceptLoss: z.boolean().default(false) }) },
  look: async (_db, { date }) => ({ kind: 'reconciliation', id: date, state: null }),
  async carryOut(_deps, { date }, { acceptLoss }) {
    if (date > kstDayOf(deps.clock())) return notBegun(date);
    const beginning = () => begin(deps, { date, acceptLoss });
    try {
      await deps.client.connection.withDeadline(Date.now() + BEGIN_MS, beginning);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return refused('unreachable', 'Temporal does not take it just now; repeating is safe');
    }
    return done(`the reconciliation of ${date} is under way`);
  },
});
interface Beginning {
  readonly reason: string;
  readonly acceptLoss: boolean;
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
