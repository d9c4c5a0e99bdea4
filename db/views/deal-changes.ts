/**
 * What has changed of a payer's deals, for their event stream. Numbers of transactions are given when these begin to
 * write, and they end in another order; so "everything up to the newest change that I saw" would lose those that end
 * later. A reader remembers the horizon instead: the oldest transaction that had not ended when it looked. Whatever
 * ends afterwards has this number or a later one, and is found from there on; what is found twice was told twice.
 */
import type { Db } from '../connection';
import { type TimelineItem, timelineColumns } from './payer-deals';

/** A place in the order of changes. */
export interface ChangePlace {
  readonly xid: bigint;
  readonly dealId: string;
}

interface Changes {
  /** Every transaction before this one has ended. */
  readonly horizon: bigint;
  /** Deals by the transaction that changed them last. */
  readonly changed: readonly ChangePlace[];
}

/** No deal has this id: before every deal of a transaction. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** The place before every change of this transaction. */
export const placeBefore = (xid: bigint): ChangePlace => ({ xid, dealId: BEFORE_ALL });

/** The payer's deals that were changed after the place, at most `limit`, and the horizon of the same look. */
export async function changesAfter(
  db: Db,
  userId: string,
  { xid, dealId }: ChangePlace,
  limit: number,
): Promise<Changes> {
  const { rows } = await db.raw<{ rows: { horizon: string; id: string | null; xid: string }[] }>(
    `select pg_snapshot_xmin(pg_current_snapshot()) as horizon, d.id, d.changed_xid as xid
     from (select) as look left join lateral (
       select id, changed_xid from deals
       where user_id = :userId and (changed_xid, id) > (:xid::xid8, :dealId::uuid)
       order by changed_xid, id limit :limit) d on true`,
    { userId, xid: `${xid}`, dealId, limit },
  );
  const changed = rows.flatMap((row) => (row.id === null ? [] : [{ xid: BigInt(row.xid), dealId: row.id }]));
  return { horizon: BigInt(rows[0]?.horizon ?? 0), changed };
}

/** An edge of a deal, with the version that it leads to. */
export interface Edge extends TimelineItem {
  readonly dealId: string;
  readonly version: number;
}

/** The edges of these deals that this transaction or later ones wrote, in their order. */
export async function edgesSince(db: Db, dealIds: readonly string[], xid: bigint): Promise<Edge[]> {
  return db('deal_events')
    .whereIn('deal_id', dealIds)
    .whereNotNull('deal_version')
    .whereRaw('xid >= ?::xid8', [`${xid}`])
    .orderBy(['deal_id', 'deal_version'])
    .select('deal_id as dealId', 'deal_version as version', ...timelineColumns);
}
