import type { Db } from './connection';

/**
 * The time by the database's clock. By it are measured the ages of what servers date and no clock of ours: rows,
 * Temporal's runs, and stored events: what was received until now is answered by a question asked from now on.
 */
export async function serverTime(db: Db): Promise<Date> {
  return timeBy(db, 'clock_timestamp');
}

/**
 * The same by the machine's own clock, though that of the house was put forward (fast-clock.ts): the engine's goes by
 * it.
 */
export async function engineTime(db: Db): Promise<Date> {
  return timeBy(db, 'pg_catalog.clock_timestamp');
}

async function timeBy(db: Db, clock: 'clock_timestamp' | 'pg_catalog.clock_timestamp'): Promise<Date> {
  const { rows } = await db.raw<{ rows: { now: Date }[] }>(`select ${clock}() as now`);
  const [row] = rows;
  if (!row) throw new Error('the database told no time');
  return row.now;
}
