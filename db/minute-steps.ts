/**
 * When each step of the minute last succeeded (docs/operations.md, "The minute"). The database's clock dates and judges
 * it, since processes with clocks of their own write and read it.
 */
import { MINUTE_STEP_NAMES, type MinuteStep } from '../workflows/domain/minute-steps';
import type { Db } from './connection';

/** Five tries in a row; one that fails is no news. */
const SILENT_AFTER = `interval '5 minutes'`;
const LAST_HEARD = 'greatest(awaited_since, succeeded_at)';

/**
 * Selects "step" and "since" of what has not succeeded for five minutes. A step that no worker ever awaited has no row,
 * and one that the code no longer has is not looked at.
 */
export const SILENT_STEPS = `
  select step, ${LAST_HEARD} as since from minute_steps
  where step in (${MINUTE_STEP_NAMES.map((step) => `'${step}'`).join(', ')})
    and ${LAST_HEARD} < now() - ${SILENT_AFTER}`;

/**
 * A worker begins: from now on every step is awaited. One that was silent for too long already, as after a night in
 * which nothing ran, gets its five minutes anew; a restart in between gives none.
 */
export async function awaitSteps(db: Db): Promise<void> {
  await db.raw(
    `insert into minute_steps (step) select unnest(:steps::text[])
     on conflict (step) do update set awaited_since = now()
       where greatest(minute_steps.awaited_since, minute_steps.succeeded_at) < now() - ${SILENT_AFTER}`,
    { steps: MINUTE_STEP_NAMES },
  );
}

/** The step has done its work of this minute. */
export async function noteSuccess(db: Db, step: MinuteStep): Promise<void> {
  await db.raw(
    `insert into minute_steps (step, succeeded_at) values (:step, now())
     on conflict (step) do update set succeeded_at = excluded.succeeded_at`,
    { step },
  );
}

/** Throws when a step has not succeeded for five minutes, and names it. */
export async function requireStepsAlive(db: Db): Promise<void> {
  const { rows } = await db.raw<{ rows: { step: string }[] }>(SILENT_STEPS);
  if (rows.length > 0) throw new Error(`no success for five minutes: ${rows.map(({ step }) => step).join(', ')}`);
}
