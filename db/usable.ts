/** Whether the API or the worker may serve on this database: as this user, and as it was migrated. */
import type { Db } from './connection';
import { requireMigrated } from './migrations';
import { APP_ROLE } from './rights/tables';

interface User {
  readonly name: string;
  /** Whether it could change what was booked: the owner, a superuser, or one with a right too many. */
  readonly mighty: boolean;
  /** Whether it has the rights of the application. */
  readonly app: boolean;
  /** Whether the role is there: a migration makes it. */
  readonly made: boolean;
}

const USER = `
select u.rolname as name, a.oid is not null as made, coalesce(pg_has_role(a.oid, 'USAGE'), false) as app,
  u.rolsuper or exists (select from pg_class t
    where t.oid in (to_regclass('ledger_journals'), to_regclass('ledger_entries'), to_regclass('deal_events'))
    and (pg_has_role(t.relowner, 'MEMBER') or has_any_column_privilege(t.oid, 'UPDATE')
      or has_table_privilege(t.oid, 'DELETE, TRUNCATE, TRIGGER'))) as mighty
from pg_roles u left join pg_roles a on a.rolname = '${APP_ROLE}' where u.rolname = current_user`;

async function refusalOfUser(db: Db): Promise<string | null> {
  const { rows } = await db.raw<{ rows: User[] }>(USER);
  const { name, mighty, app, made } = rows[0] as User;
  if (mighty)
    return (
      `the database user ${name} may change the ledger: name one in DATABASE_URL that is a member of ${APP_ROLE} and ` +
      'nothing else, and the owner in MIGRATE_DATABASE_URL (docs/configuration.md, "Users of the database")'
    );
  return app || !made ? null : `the database user ${name} may not serve: have "grant ${APP_ROLE} to ${name}" executed`;
}

/**
 * Why this process must not start as this user of the database, in one sentence with the way out; null: it may. Throws
 * NotMigrated as long as this code's migrations have not been applied.
 */
export async function refusalToServe(db: Db): Promise<string | null> {
  const refusal = await refusalOfUser(db);
  if (refusal !== null) return refusal;
  await requireMigrated(db);
  return refusalOfUser(db); // now that there is something to have rights on
}
