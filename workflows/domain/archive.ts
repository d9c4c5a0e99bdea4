/**
 * The archive (spec §8): months of deals as objects that are written once, outside of the database. What lies where,
 * and the port of what keeps it (docs/archive.md).
 */

/** A month of it: `2026-09`, and `2026-09.2` when it was written again since its deals went on. */
export interface ArchiveName {
  /** KST, `YYYY-MM`. */
  readonly month: string;
  /** From 1. */
  readonly number: number;
}

export const labelOf = ({ month, number }: ArchiveName): string => (number === 1 ? month : `${month}.${number}`);

/** Undefined: it is none. */
export function archiveNamed(label: string): ArchiveName | undefined {
  const [, month, number] = /^(\d{4}-(?:0[1-9]|1[0-2]))(?:\.([2-9]|[1-9]\d+))?$/.exec(label) ?? [];
  return month === undefined ? undefined : { month, number: Number(number ?? 1) };
}

export const manifestKey = (name: ArchiveName): string => `manifests/${labelOf(name)}.json`;
export const partKey = (table: string, name: ArchiveName, part: number): string =>
  `${table}/${labelOf(name)}/part-${String(part).padStart(4, '0')}.ndjson.gz`;

/** One object: rows of a table as lines of JSON, by gzip. */
export interface ArchivePart {
  readonly table: string;
  /** Its place among the parts of its month, from 1; a table without rows in it has no such part. */
  readonly part: number;
  readonly rows: number;
  readonly bytes: number;
  /** Of the object, as it lies there. */
  readonly sha256: string;
}

export interface Manifest extends ArchiveName {
  readonly format: 1;
  /** The last migration of the database: its tables have the columns that docs/database.md of that version shows. */
  readonly schema: string;
  /** Of tables without a row too. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly parts: readonly ManifestPart[] }>>;
}
type ManifestPart = Omit<ArchivePart, 'table'> & { readonly key: string };

/** Always the same bytes of the same parts: one that is written again is the one that is there. */
export function manifestOf(name: ArchiveName, schema: string, tables: readonly string[], parts: ArchivePart[]): string {
  const told = tables.map((table) => {
    const own = parts.filter((part) => part.table === table).sort((a, b) => a.part - b.part);
    const shown = own.map(({ table: _table, ...part }) => ({ key: partKey(table, name, part.part), ...part }));
    return [table, { rows: own.reduce((sum, { rows }) => sum + rows, 0), parts: shown }];
  });
  const { month, number } = name;
  const manifest: Manifest = { format: 1, month, number, schema, tables: Object.fromEntries(told) };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** What the store says of an object; `sha256` as the store itself has it, null when it keeps none. */
export interface StoredObject {
  readonly bytes: number;
  readonly sha256: string | null;
  /** `restoring`: it was asked for, and comes in hours. */
  readonly standing: 'readable' | 'frozen' | 'restoring';
}

/** How fast a frozen object is brought back; the faster way costs more. */
export const RESTORE_TIERS = ['Standard', 'Bulk'] as const;
export type RestoreTier = (typeof RESTORE_TIERS)[number];

/** Keeps objects by their keys. Throws when it cannot be asked; its errors tell no content. */
export interface ArchiveStore {
  /**
   * Writes it unless there is one of this key. `other`: there is one, and it holds something else. `frozen`: for years,
   * where it is read seldom.
   */
  put(key: string, bytes: Buffer, kind: 'frozen' | 'readable'): Promise<'written' | 'there' | 'other'>;
  /** Null: there is none. */
  look(key: string): Promise<StoredObject | null>;
  /** Of one that is readable. Null: there is none. */
  read(key: string): Promise<Buffer | null>;
  /** Asks for a frozen one to be readable for some days. */
  restore(key: string, tier: RestoreTier): Promise<void>;
}
