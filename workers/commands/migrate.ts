/** `npm run migrate`: brings the database up to date; safe to run twice and from several processes at once. */
import { openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { outliveReader } from '../../infra/reader';

/** Indexes of big tables take their time. */
const HOUR_MS = 3_600_000;

async function main(): Promise<void> {
  const databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) throw new Error('DATABASE_URL is missing: set it to the database to migrate');
  const db = openDb({ databaseUrl, poolMax: 2, statementTimeoutMs: HOUR_MS });
  try {
    const applied = await migrate(db);
    process.stdout.write(applied.length > 0 ? `migrated: ${applied.join(', ')}\n` : 'nothing to migrate\n');
  } finally {
    await db.destroy();
  }
}

outliveReader();
main().catch((error: Error) => {
  process.stderr.write(`migrate: ${error.message}\n`);
  process.exit(1);
});
