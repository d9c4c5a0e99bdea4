/** What one happy deal costs in Temporal's history and in PostgreSQL's transactions, counted, not assumed. */
import type { Db } from '../../db/connection';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';
import type { ReadyDeal } from './deals';
import type { Stand } from './stand';
import { type Play, settled } from './windows';

export interface HistoryCount {
  readonly events: number;
  readonly actions: number;
}

/**
 * Events and billable actions of a closed run, by Temporal Cloud's published rules: the start, each update, signal, timer, activity
 * attempt and search-attribute upsert is one; all local activities of one workflow task are one.
 */
export async function countHistory({ client }: Stand, { header }: ReadyDeal): Promise<HistoryCount> {
  const { events = [] } = await client.workflow.getHandle(dealWorkflowIdOf(header.dealId)).fetchHistory();
  const list = events ?? [];
  let actions = 0;
  const tasksWithMarkers = new Set<string>();
  for (const event of list) {
    if (event.workflowExecutionStartedEventAttributes) actions++;
    if (event.workflowExecutionUpdateAcceptedEventAttributes) actions++;
    if (event.workflowExecutionSignaledEventAttributes) actions++;
    if (event.timerStartedEventAttributes) actions++;
    if (event.upsertWorkflowSearchAttributesEventAttributes) actions++;
    if (event.activityTaskStartedEventAttributes) actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    const marker = event.markerRecordedEventAttributes;
    if (marker) tasksWithMarkers.add(`${marker.workflowTaskCompletedEventId}`);
  }
  return { events: list.length, actions: actions + tasksWithMarkers.size };
}

export interface Transactions {
  /** Committed writing transactions of the deals themselves, per deal. */
  readonly deal: number;
  /** Those of the webhook inbox and the notice dispatcher, per deal. */
  readonly beside: number;
  /** Which tables the deals' transactions wrote, with how many each, per deal. */
  readonly kinds: readonly { readonly tables: string; readonly perDeal: number }[];
}

/** Every commit between two points of the write-ahead log, with the tables it wrote; system catalogs (autovacuum) left out. */
const COMMITS = `
with wrote as (
  select b.xid::text as xid, string_agg(distinct c.relname, ' ' order by c.relname) as tables
  from pg_get_wal_block_info(:from, :to) b
  join pg_class c on c.oid = pg_filenode_relation(b.reltablespace, b.relfilenode)
  where b.reldatabase = (select oid from pg_database where datname = current_database())
    and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  group by 1),
committed as (
  select distinct xid::text as xid from pg_get_wal_records_info(:from, :to)
  where resource_manager = 'Transaction' and record_type = 'COMMIT')
select tables, count(*) from wrote join committed using (xid) group by tables order by count(*) desc, tables`;

const lsn = async (db: Db): Promise<string> => (await db.raw('select pg_current_wal_insert_lsn() as lsn')).rows[0].lsn;

/** Plays the deals one by one with nothing else at work, then reads from the write-ahead log what was committed. */
export async function countTransactions(stand: Stand, play: Play, deals: readonly ReadyDeal[]): Promise<Transactions> {
  const { db } = stand;
  await db.raw('create extension if not exists pg_walinspect');
  const from = await lsn(db);
  for (const deal of deals) await play(deal);
  await settled(stand);
  await db.raw('checkpoint'); // what was committed is now on disk, where it can be read
  const { rows } = await db.raw(COMMITS, { from, to: await lsn(db) });
  const found = (rows as { tables: string; count: string }[]).map(({ tables, count }) => ({
    tables,
    perDeal: Number(count) / deals.length,
  }));
  const isBeside = ({ tables }: { tables: string }) => tables === 'notices' || tables === 'pg_webhook_events';
  const sum = (some: typeof found) => some.reduce((total, { perDeal }) => total + perDeal, 0);
  const kinds = found.filter((kind) => !isBeside(kind));
  return { deal: sum(kinds), beside: sum(found.filter(isBeside)), kinds };
}

/** Of all webhook events so far, the share that came while their leg was being decided and is left to the minute's sweep. */
export async function sweptShare({ db }: Stand): Promise<number> {
  const [row] = await db('pg_webhook_events').select(db.raw('count(*) as all, count(*) - count(processed_at) as open'));
  return Number(row.open) / Math.max(1, Number(row.all));
}
