/** What the archive holds, in operators' hands: looked at against the database, and brought back (docs/archive.md). */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type ArchivedMonth, archivedMonths, partsOf } from '../../db/archives';
import type { Db } from '../../db/connection';
import {
  type ArchiveName,
  type ArchiveStore,
  archiveNamed,
  labelOf,
  type Manifest,
  manifestKey,
  partKey,
  type RestoreTier,
} from '../../workflows/domain/archive';
import { type Refusal, refused } from './order';

interface ArchiveDeps {
  readonly db: Db;
  readonly store: ArchiveStore;
}

const inflate = promisify(gunzip);
const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const isWhole = ({ manifestSha256 }: ArchivedMonth): boolean => manifestSha256 !== null;

/** The one that a label names; `2026-09` means the last whole one of that month. */
async function wholeArchive(db: Db, label: string): Promise<ArchivedMonth | undefined> {
  const name = archiveNamed(label);
  const whole = (await archivedMonths(db)).filter(isWhole).filter(({ month }) => month === name?.month);
  return name?.number === 1 ? whole.at(-1) : whole.find(({ number }) => number === name?.number);
}

/** What is wrong with the manifest; null: it is the one that was written. */
async function manifestFault({ store }: ArchiveDeps, archive: ArchivedMonth): Promise<string | null> {
  const key = manifestKey(archive);
  const bytes = await store.read(key);
  if (bytes === null) return `${key} is missing`;
  return sha256Of(bytes) === archive.manifestSha256 ? null : `${key} is not what was written`;
}

/** What is wrong with an archive, object by object, without a frozen one being read; none: nothing. */
async function faultsOf(deps: ArchiveDeps, archive: ArchivedMonth): Promise<string[]> {
  const faults = [await manifestFault(deps, archive)];
  for (const { table, part, bytes, sha256 } of await partsOf(deps.db, archive)) {
    const key = partKey(table, archive, part);
    const found = await deps.store.look(key);
    if (found === null) faults.push(`${key} is missing`);
    else if (found.bytes !== bytes || found.sha256 !== sha256) faults.push(`${key} is not what was written`);
  }
  return faults.filter((fault) => fault !== null);
}

interface Verified {
  readonly archive: string;
  readonly faults: readonly string[];
}

/** Every whole archive, or that of the label, against what was noted when it was written. */
export async function verifyArchives(
  deps: ArchiveDeps,
  label: string | undefined,
): Promise<{ readonly kind: 'done'; readonly verified: readonly Verified[] } | Refusal> {
  const named = label === undefined ? undefined : await wholeArchive(deps.db, label);
  if (label !== undefined && named === undefined) return refused('not-found', `there is no archive of ${label}`);
  const all = named ? [named] : (await archivedMonths(deps.db)).filter(isWhole);
  const verified: Verified[] = [];
  for (const archive of all) verified.push({ archive: labelOf(archive), faults: await faultsOf(deps, archive) });
  return { kind: 'done', verified };
}

interface Restoring {
  readonly label: string;
  readonly tier: RestoreTier;
  /** Takes the lines of one part, under `<table>/<part>.ndjson`. */
  readonly keep: (file: string, lines: Buffer) => Promise<void>;
}

const HOURS: Readonly<Record<RestoreTier, string>> = { Standard: '3 to 5 hours', Bulk: '5 to 12 hours' };

/**
 * Brings an archive back. While parts are frozen it asks for all of them, and says when to come again; then each is
 * read, compared with what was noted and with the manifest, and given to `keep`.
 */
export async function restoreArchive(
  deps: ArchiveDeps,
  { label, tier, keep }: Restoring,
): Promise<
  { readonly kind: 'done'; readonly archive: string; readonly parts: number; readonly rows: number } | Refusal
> {
  const archive = await wholeArchive(deps.db, label);
  if (!archive) return refused('not-found', `there is no archive of ${label}`);
  const fault = await manifestFault(deps, archive);
  if (fault !== null) return refused('not-now', fault);
  const manifest: Manifest = JSON.parse(`${await deps.store.read(manifestKey(archive))}`);
  const parts = Object.entries(manifest.tables).flatMap(([table, { parts: own }]) =>
    own.map((part) => ({ table, ...part })),
  );
  const away = await askForFrozen(deps.store, parts, tier);
  if (typeof away === 'string') return refused('not-now', away);
  if (away > 0)
    return refused('not-now', `${away} of ${parts.length} parts are being restored: come again in ${HOURS[tier]}`);
  for (const { table, key, part, sha256 } of parts) {
    const bytes = await deps.store.read(key);
    if (bytes === null) return refused('not-now', `${key} is missing`);
    if (sha256Of(bytes) !== sha256) return refused('not-now', `${key} is not what was written; nothing of it was kept`);
    await keep(`${table}/part-${String(part).padStart(4, '0')}.ndjson`, await inflate(bytes));
  }
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return { kind: 'done', archive: labelOf(archive), parts: parts.length, rows };
}

/** How many cannot be read yet, each of which is asked for; or which one is missing. */
async function askForFrozen(
  store: ArchiveStore,
  parts: readonly { readonly key: string }[],
  tier: RestoreTier,
): Promise<number | string> {
  let away = 0;
  for (const { key } of parts) {
    const found = await store.look(key);
    if (found === null) return `${key} is missing`;
    if (found.standing === 'frozen') await store.restore(key, tier);
    if (found.standing !== 'readable') away += 1;
  }
  return away;
}

/** As a list shows it. */
interface ShownArchive extends ArchiveName {
  readonly rows: number | null;
  readonly at: Date;
  readonly refused: string | null;
}

export async function listedArchives(db: Db): Promise<ShownArchive[]> {
  return (await archivedMonths(db)).map(({ month, number, counts, at, refused: why }) => {
    const rows = counts && Object.values(counts).reduce((sum, n) => sum + n, 0);
    return { month, number, rows, at, refused: why };
  });
}
