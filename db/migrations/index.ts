/** The migrations in order. An explicit list: it works from source, from a bundle and in tests alike. */
import type { Knex } from 'knex';
import * as deals from './0001-deals';
import * as operations from './0002-operations';
import * as reconciliation from './0003-reconciliation';
import * as sweeps from './0005-sweeps';

const MIGRATIONS: Record<string, Knex.Migration> = {
  '0001-deals': deals,
  '0002-operations': operations,
  '0003-reconciliation': reconciliation,
  '0005-sweeps': sweeps,
};
/** Serialises processes that migrate at once; any constant of our own. */
const MIGRATION_LOCK = 7_201_001;

const source: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(MIGRATIONS).sort(),
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const migration = MIGRATIONS[name];
    if (!migration) throw new Error(`unknown migration ${name}`);
    return migration;
  },
};

/** Migrations of this code have not been applied; the message names them and the way out. */
export class NotMigrated extends Error {
  override readonly name = 'NotMigrated';
}

/** Throws NotMigrated when migrations of this code have not been applied yet. */
export async function requireMigrated(db: Knex): Promise<void> {
  const { rows } = await db.raw(`select to_regclass('knex_migrations') as found`);
  const applied: string[] = rows[0]?.found ? await db('knex_migrations').pluck('name') : [];
  const missing = Object.keys(MIGRATIONS).filter((name) => !applied.includes(name));
  if (missing.length > 0) throw new NotMigrated(`the database lacks ${missing.join(', ')}: run "npm run migrate"`);
}

/** Brings the schema up to date; safe to run twice and from several processes at once. Answers with what was applied. */
export async function migrate(db: Knex): Promise<string[]> {
  return db.transaction(async (trx) => {
    await trx.raw('set local lock_timeout = 0; set local statement_timeout = 0');
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    const [, applied] = await trx.migrate.latest({ migrationSource: source, disableMigrationsListValidation: false });
    return applied as string[];
  });
}
