/** What was written to the archive: rows are added as parts are sent and months are whole, and never changed. */
import type { ArchiveName, ArchivePart } from '../workflows/domain/archive';
import type { Db } from './connection';

const dayOf = (month: string): string => `${month}-01`;
const placeOf = ({ month, number }: ArchiveName) => ({ month: dayOf(month), number });

/** A month as the database knows it: whole by the hash of its manifest, or given up, with why. */
export interface ArchivedMonth extends ArchiveName {
  readonly manifestSha256: string | null;
  /** Rows by table; null: it was given up. */
  readonly counts: Readonly<Record<string, number>> | null;
  readonly refused: string | null;
  readonly at: Date;
}

const months = (db: Db) =>
  db<ArchivedMonth>('archives').select({
    ...{ month: db.raw(`to_char(month, 'YYYY-MM')`), number: 'number', manifestSha256: 'manifest_sha256' },
    ...{ counts: 'counts', refused: 'refused', at: 'created_at' },
  });

/** All that were ever begun to their end, oldest month first. */
export const archivedMonths = (db: Db): Promise<ArchivedMonth[]> => months(db).orderBy(['month', 'number']);

/** The last one of the month, whole or given up. */
export async function lastArchive(db: Db, month: string): Promise<ArchivedMonth | undefined> {
  return months(db)
    .where({ month: dayOf(month) })
    .orderBy('number', 'desc')
    .first();
}

/** Notes that the part lies there; false: another one of its place was noted. */
export async function notePart(db: Db, name: ArchiveName, given: ArchivePart): Promise<boolean> {
  const { table, part, rows, bytes, sha256 } = given;
  const place = { ...placeOf(name), table_name: table, part };
  await db('archive_parts')
    .insert({ ...place, rows, bytes, sha256 })
    .onConflict()
    .ignore();
  return (
    (await db('archive_parts')
      .where({ ...place, sha256 })
      .first('part')) !== undefined
  );
}

/** In the order of tables and places. */
export async function partsOf(db: Db, name: ArchiveName): Promise<ArchivePart[]> {
  const rows = await db('archive_parts')
    .where(placeOf(name))
    .orderBy(['table_name', 'part'])
    .select({ table: 'table_name', part: 'part', rows: 'rows', bytes: 'bytes', sha256: 'sha256' });
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/** Notes that it is whole, once. */
export async function noteWhole(
  db: Db,
  name: ArchiveName,
  { manifestSha256, counts }: { readonly manifestSha256: string; readonly counts: Readonly<Record<string, number>> },
): Promise<void> {
  await db('archives')
    .insert({ ...placeOf(name), manifest_sha256: manifestSha256, counts: JSON.stringify(counts) })
    .onConflict()
    .ignore();
}

/** Notes that nothing more comes of it, and why; the next one of its month has the next number. */
export async function noteGivenUp(db: Db, name: ArchiveName, refused: string): Promise<void> {
  await db('archives')
    .insert({ ...placeOf(name), refused })
    .onConflict()
    .ignore();
}

/** The last migration that was applied: what the rows look like. */
export async function schemaOf(db: Db): Promise<string> {
  const row = await db('migration_hashes').orderBy('name', 'desc').first('name');
  if (!row) throw new Error('the database was never migrated');
  return row.name;
}
