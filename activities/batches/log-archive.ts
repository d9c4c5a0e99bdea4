/**
 * Months of deals go to the archive, a page of deals at a time (docs/archive.md). What was written is noted; an object
 * that is there and holds something else is never written over, and the month is given up under this number.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { closedMonths, countsOf, readPage, unendedDeals } from '../../db/archive/months';
import { ARCHIVED_TABLE_NAMES } from '../../db/archive/tables';
import { lastArchive, noteGivenUp, notePart, noteWhole, partsOf, schemaOf } from '../../db/archives';
import type { Db } from '../../db/connection';
import type { Log } from '../../infra/log';
import type { ArchiveActivities, ArchiveEnd } from '../../workflows/batches/ports';
import {
  type ArchiveName,
  type ArchiveStore,
  labelOf,
  manifestKey,
  manifestOf,
  partKey,
} from '../../workflows/domain/archive';
import { type BatchDb, onBatchDb } from './batch-db';

interface ArchiveDeps extends BatchDb {
  readonly db: Db;
  readonly store: ArchiveStore;
  readonly log: Log;
  /** Deals of one page, with everything that belongs to them: what is in memory at a time. */
  readonly pageSize?: number;
}

const DEALS_A_PAGE = 2_000;
/** A whole month is written again for one late row: so seldom at most that it costs little. */
const AGAIN_MS = 90 * 24 * 3_600_000;

const compress = promisify(gzip);
const sha256Of = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** The steps of `logArchiveWorkflow` over PostgreSQL and a store of objects. */
export function archiveActivities(deps: ArchiveDeps): ArchiveActivities {
  const { store, log, pageSize = DEALS_A_PAGE } = deps;

  async function giveUp(db: Db, name: ArchiveName, why: string): Promise<ArchiveEnd> {
    await noteGivenUp(db, name, why);
    log.error({ archive: labelOf(name), why }, 'a month could not be archived under this number');
    return { kind: 'refused', why: `${labelOf(name)}: ${why}` };
  }

  return {
    archiveMonths: ({ scheduledAt }) => onBatchDb(deps, (db) => closedMonths(db, new Date(scheduledAt))),

    archiveDue: ({ scheduledAt, month }) =>
      onBatchDb(deps, async (db) => {
        const deals = await unendedDeals(db, month);
        if (deals > 0) return { kind: 'waits', deals };
        const number = await numberDue(db, month, new Date(scheduledAt));
        return number === null ? { kind: 'done' } : { kind: 'due', number };
      }),

    archivePage: ({ month, number, part, after }) =>
      onBatchDb(deps, async (db) => {
        const name = { month, number };
        const page = await readPage(db, month, after, pageSize);
        for (const { table, rows } of page.lines) {
          const bytes = await compress(`${rows.join('\n')}\n`, { level: 9 });
          const key = partKey(table, name, part);
          const put = await store.put(key, bytes, 'frozen');
          const given = { table, part, rows: rows.length, bytes: bytes.length, sha256: sha256Of(bytes) };
          if (put === 'other' || !(await notePart(db, name, given)))
            return giveUp(db, name, `${key} is there and holds something else`);
          deps.heartbeat();
        }
        return { kind: 'written', next: page.next };
      }),

    archiveWhole: (name) =>
      onBatchDb(deps, async (db) => {
        const [parts, counts] = [await partsOf(db, name), await countsOf(db, name.month)];
        const written = (table: string) => parts.reduce((sum, part) => sum + (part.table === table ? part.rows : 0), 0);
        const changed = ARCHIVED_TABLE_NAMES.filter((table) => written(table) !== counts[table]);
        if (changed.length > 0) return giveUp(db, name, `${changed.join(', ')} went on while it was written`);
        const manifest = manifestOf(name, await schemaOf(db), ARCHIVED_TABLE_NAMES, parts);
        const put = await store.put(manifestKey(name), Buffer.from(manifest), 'readable');
        if (put === 'other') return giveUp(db, name, `${manifestKey(name)} is there and holds something else`);
        await noteWhole(db, name, { manifestSha256: sha256Of(manifest), counts });
        const rows = Object.values(counts).reduce((sum, n) => sum + n, 0);
        log.info({ archive: labelOf(name), rows, parts: parts.length }, 'a month is archived');
        return { kind: 'whole', rows };
      }),
  };
}

/** Under which the month is to be written now; null: it is archived, and nothing went on since, or not for long. */
async function numberDue(db: Db, month: string, at: Date): Promise<number | null> {
  const last = await lastArchive(db, month);
  if (!last) return 1;
  if (last.refused !== null) return last.number + 1;
  if (at.getTime() - last.at.getTime() < AGAIN_MS) return null;
  const counts = await countsOf(db, month);
  return ARCHIVED_TABLE_NAMES.every((table) => last.counts?.[table] === counts[table]) ? null : last.number + 1;
}
