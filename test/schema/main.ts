/**
 * `npm run db:docs`: makes docs/database.md anew from the migrations, on a PostgreSQL of its own. `-- --check` writes
 * nothing, and ends with 1 when the file is not what would be made.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { startPostgres } from '../../infra/local/postgres';
import { DOCUMENT_FILE, databaseDocument } from './document';
import { readSchema } from './read-schema';

async function documentOf(databaseUrl: string): Promise<string> {
  const db = openDb({ databaseUrl });
  try {
    await migrate(db);
    return databaseDocument(await readSchema(db));
  } finally {
    await db.destroy();
  }
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-db-docs-'));
  const files = { dataDir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log') };
  const postgres = await startPostgres({ ...files, volatile: true });
  const document = await documentOf(postgres.url).finally(async () => {
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  if (!process.argv.includes('--check')) writeFileSync(DOCUMENT_FILE, document);
  else if (readFileSync(DOCUMENT_FILE, 'utf8') !== document) {
    process.stderr.write('docs/database.md is not what the migrations make: npm run db:docs\n');
    process.exitCode = 1;
  }
}

void main();
