/**
 * Wrong log-ins of operators, counted for the operator and the place that they come from: a network, or the command
 * line. So whoever guesses elsewhere is locked out, and the operator is not.
 */
import type { Db } from './connection';

/** Wrong tries before the first lock; each further one doubles it, from a minute to an hour. */
const FREE = 5;

interface Try {
  readonly handle: string;
  readonly place: string;
  /** Where the caller is; null at the command line. */
  readonly address: string | null;
  readonly now: Date;
}

/**
 * Counts a try before it is judged, so that tries at once count one by one. False, and the try does not count: the
 * place is locked, the operator may not come from there (strangers cannot use the tries up), or there is none. It does
 * not wait for the disk, by which it would tell whether there is one; a crash may forgive the last tries.
 */
export async function countLogInTry(db: Db, given: Try): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `insert into admin_log_in_tries as t (operator_id, place, failed, last_at)
     select u.id, :place::text, 1, :now::timestamptz
     from (select set_config('synchronous_commit', 'off', true)) unhurried, admin_users u
     where u.handle = :handle
       and (:address::inet is null or u.allowed_addresses is null or :address::inet <<= any(u.allowed_addresses))
     on conflict (operator_id, place) do update set failed = t.failed + 1, last_at = :now,
       locked_until = case when t.failed + 1 >= :free
         then :now::timestamptz + least(60, 2 ^ least(t.failed + 1 - :free, 6)) * interval '1 minute' end
     where coalesce(t.locked_until <= :now, true)`,
    { ...given, free: FREE },
  );
  return rowCount === 1;
}

/** The try was right: what was wrong before is forgotten. */
export async function forgetLogInTries(db: Db, operatorId: string, place: string): Promise<void> {
  await db('admin_log_in_tries').where({ operator_id: operatorId, place }).delete();
}

/** Forgets what nobody tried for a day; answers how many. */
export async function forgetOldLogInTries(db: Db): Promise<number> {
  return db('admin_log_in_tries').where('last_at', '<', db.raw(`now() - interval '1 day'`)).delete();
}
