/** Runs of batches as the house remembers them: each with its period, and its result or why it failed. */
import type { Db } from './connection';

/** A run that a Schedule began. */
interface BegunRun {
  readonly runId: string;
  readonly batch: string;
  readonly workflowId: string;
  readonly scheduledAt: Date;
  readonly begunAt: Date;
}

/** What became of it. `result`: counts and days, without personal data. */
export type RunEnd = { readonly endedAt: Date } & (
  | { readonly status: 'done'; readonly result: unknown }
  | { readonly status: 'failed'; readonly failure: string }
);

/** Characters of a failure that are kept. */
const FAILURE_MAX = 500;

/** Notes that they have begun; of which that is known nothing changes. */
export async function noteBegun(db: Db, runs: readonly BegunRun[]): Promise<void> {
  if (runs.length === 0) return;
  const rows = runs.map(({ runId, batch, workflowId, scheduledAt, begunAt }) => {
    return { run_id: runId, batch, workflow_id: workflowId, scheduled_at: scheduledAt, begun_at: begunAt };
  });
  await db('batch_runs').insert(rows).onConflict().ignore();
}

/** The runs of these batches whose end nobody has noted, the oldest first. */
export async function runsUnderWay(db: Db, batches: readonly string[]): Promise<Omit<BegunRun, 'begunAt'>[]> {
  return db('batch_runs')
    .where({ status: 'running' })
    .whereIn('batch', batches)
    .orderBy('begun_at')
    .select('batch', { runId: 'run_id', workflowId: 'workflow_id', scheduledAt: 'scheduled_at' });
}

/** Notes how it ended, once. */
export async function noteEnded(db: Db, runId: string, end: RunEnd): Promise<void> {
  const { endedAt, status } = end;
  const became =
    end.status === 'done'
      ? { result: JSON.stringify(end.result ?? null) }
      : { failure: end.failure.slice(0, FAILURE_MAX) };
  await db('batch_runs')
    .where({ run_id: runId, status: 'running' })
    .update({ status, ended_at: endedAt, ...became });
}

/** A run as it is shown. */
export interface BatchRun {
  readonly batch: string;
  readonly scheduledAt: Date;
  readonly begunAt: Date;
  readonly status: 'running' | 'done' | 'failed';
  readonly endedAt: Date | null;
  readonly result: unknown;
  readonly failure: string | null;
}

/** Of each of these batches that has run the latest ones, by their period, latest first. */
export async function lastRuns(
  db: Db,
  batches: readonly string[],
  { which, most }: { readonly which: 'any' | 'ended'; readonly most: number },
): Promise<BatchRun[]> {
  const { rows } = await db.raw<{ rows: BatchRun[] }>(
    `select b.batch, r.scheduled_at as "scheduledAt", r.begun_at as "begunAt", r.status, r.ended_at as "endedAt",
       r.result, r.failure
     from unnest(:batches::text[]) b (batch) cross join lateral (
       select * from batch_runs where batch = b.batch and (:any or status <> 'running')
       order by scheduled_at desc, begun_at desc limit :most) r`,
    { batches: [...batches], any: which === 'any', most },
  );
  return rows;
}
