import type { Db } from './connection';

/**
 * The time by the database's clock. By it are measured the ages of what servers date and no clock of ours: rows, and
 * Temporal's runs.
 */
export async function serverTime(db: Db): Promise<Date> {
  const { rows } = await db.raw<{ rows: { now: Date }[] }>('select now()');
  const [row] = rows;
  if (!row) throw new Error('select now() answered no row');
  return row.now;
}
