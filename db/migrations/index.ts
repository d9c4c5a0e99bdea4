/**
 * The migrations in order, and what a database remembers of them. A migration is literal SQL that imports nothing of
 * ours, so that no constant of the code changes it; its text is never edited once it was applied. The way back is a new
 * migration.
 */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { grantRights } from '../rights/grant';
import { BASELINE } from './0001-baseline';
import { BANK_HOLDER_NAME } from './0002-bank-holder-name';
import { EVENT_BYTES } from './0003-event-bytes';
import { SENDS } from './0004-sends';
import { RULINGS } from './0005-rulings';
import { DOUBTS } from './0006-doubts';
import { CLEARING } from './0007-clearing';
import { CASH } from './0008-cash';
import { MINUTE_STEPS } from './0009-minute-steps';
import { OVERTAKEN } from './0010-overtaken';
import { MEMBERS_ENCRYPTED } from './0011-members-encrypted';
import { DEVICES } from './0012-devices';
import { CONSENTS } from './0013-consents';
import { ONE_KEY_ONE_PATH } from './0014-one-key-one-path';
import { NOTICE_CHANNELS } from './0015-notice-channels';
import { GRADE_TERMS_AND_IDENTITIES } from './0016-grade-terms-and-identities';
import { INSTALMENTS_AND_CATEGORIES } from './0017-instalments-and-categories';
import { RECIPIENTS_AND_MEMOS } from './0018-recipients-and-memos';
import { CARDS_AND_CHANGES } from './0019-cards-and-changes';
import { PEOPLE_AND_ENDS } from './0021-people-and-ends';
import { ANSWERS_ENCRYPTED } from './0022-answers-encrypted';
import { PAYER_TEXTS } from './0024-payer-texts';
import { TWO_HASH_KEYS } from './0025-two-hash-keys';
import { CARDS_DECISIONS_TRANSFERS } from './0026-cards-decisions-transfers';
import { RETENTION } from './0027-retention';
import { DATA_KEYS } from './0028-data-keys';
import { ROLES } from './0029-roles';
import { OPERATORS } from './0030-operators';
import { ADMIN_READS } from './0031-admin-reads';
import { OPERATOR_REQUESTS } from './0032-operator-requests';
import { MANUAL_TRANSFERS } from './0033-manual-transfers';
import { HELD_BY_HAND } from './0034-held-by-hand';
import { EVIDENCE_FILES } from './0035-evidence-files';
import { LISTS_OF_DAYS } from './0036-lists-of-days';
import { SECOND_PEOPLE } from './0037-second-people';
import { RISK_SETS } from './0039-risk-sets';
import { RISK_LISTS } from './0040-risk-lists';
import { MONTHS_AND_GRADES } from './0041-months-and-grades';
import { BATCH_RUNS } from './0042-batch-runs';
import { NOTICE_ENDS } from './0043-notice-ends';
import { LANGUAGES_AND_EXPIRIES } from './0044-languages-and-expiries';
import { ARCHIVES } from './0045-archives';
import { PUSH_SUBSCRIPTIONS } from './0046-push-subscriptions';
import { OPERATOR_ALERTS } from './0047-operator-alerts';
import { UNREACHABLE_EMAILS } from './0048-unreachable-emails';
import { NOTICE_QUEUES } from './0049-notice-queues';

/** An explicit list: it works from source, from a bundle and in tests alike. */
const MIGRATIONS: Readonly<Record<string, readonly string[]>> = {
  '0001-baseline': BASELINE,
  '0002-bank-holder-name': BANK_HOLDER_NAME,
  '0003-event-bytes': EVENT_BYTES,
  '0004-sends': SENDS,
  '0005-rulings': RULINGS,
  '0006-doubts': DOUBTS,
  '0007-clearing': CLEARING,
  '0008-cash': CASH,
  '0009-minute-steps': MINUTE_STEPS,
  '0010-overtaken': OVERTAKEN,
  '0011-members-encrypted': MEMBERS_ENCRYPTED,
  '0012-devices': DEVICES,
  '0013-consents': CONSENTS,
  '0014-one-key-one-path': ONE_KEY_ONE_PATH,
  '0015-notice-channels': NOTICE_CHANNELS,
  '0016-grade-terms-and-identities': GRADE_TERMS_AND_IDENTITIES,
  '0017-instalments-and-categories': INSTALMENTS_AND_CATEGORIES,
  '0018-recipients-and-memos': RECIPIENTS_AND_MEMOS,
  '0019-cards-and-changes': CARDS_AND_CHANGES,
  '0021-people-and-ends': PEOPLE_AND_ENDS,
  '0022-answers-encrypted': ANSWERS_ENCRYPTED,
  '0024-payer-texts': PAYER_TEXTS,
  '0025-two-hash-keys': TWO_HASH_KEYS,
  '0026-cards-decisions-transfers': CARDS_DECISIONS_TRANSFERS,
  '0027-retention': RETENTION,
  '0028-data-keys': DATA_KEYS,
  '0029-roles': ROLES,
  '0030-operators': OPERATORS,
  '0031-admin-reads': ADMIN_READS,
  '0032-operator-requests': OPERATOR_REQUESTS,
  '0033-manual-transfers': MANUAL_TRANSFERS,
  '0034-held-by-hand': HELD_BY_HAND,
  '0035-evidence-files': EVIDENCE_FILES,
  '0036-lists-of-days': LISTS_OF_DAYS,
  '0037-second-people': SECOND_PEOPLE,
  '0039-risk-sets': RISK_SETS,
  '0040-risk-lists': RISK_LISTS,
  '0041-months-and-grades': MONTHS_AND_GRADES,
  '0042-batch-runs': BATCH_RUNS,
  '0043-notice-ends': NOTICE_ENDS,
  '0044-languages-and-expiries': LANGUAGES_AND_EXPIRIES,
  '0045-archives': ARCHIVES,
  '0046-push-subscriptions': PUSH_SUBSCRIPTIONS,
  '0047-operator-alerts': OPERATOR_ALERTS,
  '0048-unreachable-emails': UNREACHABLE_EMAILS,
  '0049-notice-queues': NOTICE_QUEUES,
};
/** The first migration of the versions before the baseline, which cannot be brought up to date. */
const BEFORE_THE_BASELINE = '0001-deals';
/** From these on rows are ciphertext; those that a database holds in the clear are not taken over. */
const ENCRYPTED_SINCE = [
  { name: '0011-members-encrypted', table: 'users', rows: 'members' },
  { name: '0018-recipients-and-memos', table: 'bank_accounts', rows: 'recipients' },
  { name: '0022-answers-encrypted', table: 'idempotency_keys', rows: 'answers' },
] as const;
const BEGIN_ANEW = 'drop it, or set DATABASE_URL to an empty one, and run "npm run migrate"';
/** Serialises processes that migrate at once; any constant of our own. */
const MIGRATION_LOCK = 7_201_001;

/** The SHA-256 of the SQL that was executed, migration by migration; their names alone say nothing of their text. */
const HASHES = `create table if not exists migration_hashes (
  name text primary key, sha256 text not null,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz)`;

const names = Object.keys(MIGRATIONS).sort();

function sqlOf(name: string): readonly string[] {
  const sql = MIGRATIONS[name];
  if (!sql) throw new Error(`unknown migration ${name}`);
  return sql;
}

const hashOf = (sql: readonly string[]): string => createHash('sha256').update(sql.join('\n')).digest('hex');

const source: Knex.MigrationSource<string> = {
  getMigrations: async () => names,
  getMigrationName: (name) => name,
  getMigration: async (name) => ({ up: (knex) => apply(knex, name), down }),
};

async function apply(knex: Knex, name: string): Promise<void> {
  const sql = sqlOf(name);
  for (const part of sql) await knex.raw(part);
  await knex('migration_hashes').insert({ name, sha256: hashOf(sql) });
}

/** Money tables are never dropped by a tool. */
async function down(): Promise<never> {
  throw new Error('a migration cannot be reverted: write a new one');
}

/** The database is not the one that this code's migrations make; the message names the difference and the way out. */
export class NotMigrated extends Error {
  override readonly name = 'NotMigrated';
}

/** The migrations of this code that were not applied yet. Throws NotMigrated when others were in their place. */
async function missingIn(db: Knex): Promise<string[]> {
  const { rows } = await db.raw(
    `select to_regclass('knex_migrations') as names, to_regclass('migration_hashes') as hashes`,
  );
  if (rows[0]?.names && (await db('knex_migrations').where({ name: BEFORE_THE_BASELINE }).first('name'))) {
    throw new NotMigrated(
      `this database was made by an earlier, unreleased version (${BEFORE_THE_BASELINE}): ${BEGIN_ANEW}`,
    );
  }
  const applied: { name: string; sha256: string }[] = rows[0]?.hashes ? await db('migration_hashes') : [];
  const hashes = new Map(applied.map(({ name, sha256 }) => [name, sha256]));
  const others = names.filter((name) => hashes.has(name) && hashes.get(name) !== hashOf(sqlOf(name)));
  if (others.length > 0) {
    throw new NotMigrated(
      `this database was made by another text of ${others.join(', ')} than this code has: ` +
        'run the version that made it, or set DATABASE_URL to an empty one and run "npm run migrate"',
    );
  }
  const missing = names.filter((name) => !hashes.has(name));
  for (const { name, table, rows: kind } of ENCRYPTED_SINCE) {
    if (hashes.size > 0 && missing.includes(name) && (await db(table).first('created_at'))) {
      throw new NotMigrated(
        `this database holds ${kind} of an earlier, unreleased version in the clear (before ${name}): ${BEGIN_ANEW}`,
      );
    }
  }
  return missing;
}

/** Throws NotMigrated when this code's migrations have not been applied yet, or others were in their place. */
export async function requireMigrated(db: Knex): Promise<void> {
  const missing = await missingIn(db);
  if (missing.length > 0) throw new NotMigrated(`the database lacks ${missing.join(', ')}: run "npm run migrate"`);
}

/**
 * Brings the schema up to date, and the rights of the roles to what this code needs; safe to run twice and from several
 * processes at once. Answers with what was applied.
 * Throws NotMigrated when the database was made by other migrations: it is left as it is.
 */
export async function migrate(db: Knex): Promise<string[]> {
  return db.transaction(async (trx) => {
    await trx.raw('set local lock_timeout = 0; set local statement_timeout = 0');
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    await missingIn(trx);
    await trx.raw(HASHES);
    const [, applied] = await trx.migrate.latest({ migrationSource: source, disableMigrationsListValidation: false });
    await grantRights(trx);
    return applied as string[];
  });
}
