/**
 * Months of deals, as they are archived. A deal belongs to the KST month in which it was made, whatever happens to it
 * later; one that nobody confirmed is no record of a payment, and belongs to none.
 */
import { kstDayStart, kstMonthStart } from '../../workflows/domain/bank-calendar';
import type { Db, Trx } from '../connection';
import { ARCHIVED_TABLES, type ArchivedTable } from './tables';

/** Records are kept for five years; a month is looked at for as long after its end. */
const MONTHS_MAX = 61;

/** The ends of `YYYY-MM` in Korea: from inclusive, until exclusive. */
function endsOf(month: string): { readonly from: Date; readonly until: Date } {
  const from = kstDayStart(`${month}-01`);
  return { from, until: kstMonthStart(from, -1) };
}

const OF_MONTH = 'confirmed_at is not null and created_at >= :from and created_at < :until';

/** The months that are over at the instant, and that a deal was made in or a journal is of, oldest first. */
export async function closedMonths(db: Db, at: Date): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { month: string }[] }>(
    `select to_char(m at time zone 'Asia/Seoul', 'YYYY-MM') as month
     from generate_series(0, :most::int) back,
       lateral (select (date_trunc('month', :at::timestamptz at time zone 'Asia/Seoul') - back * interval '1 month')
         at time zone 'Asia/Seoul' as m) months
     where back > 0 and (
       exists (select from deals where confirmed_at is not null and created_at >= m
         and created_at < (m at time zone 'Asia/Seoul' + interval '1 month') at time zone 'Asia/Seoul')
       or exists (select from ledger_journals where deal_id is null and at >= m
         and at < (m at time zone 'Asia/Seoul' + interval '1 month') at time zone 'Asia/Seoul'))
     order by month`,
    { at, most: MONTHS_MAX },
  );
  return rows.map(({ month }) => month);
}

/** Deals of the month that go on: not at their end, or in doubt, or with news that nobody has judged. */
export async function unendedDeals(db: Db, month: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { deals: number }[] }>(
    `select count(*)::int as deals from deals d
     where ${OF_MONTH} and (status not in ('COMPLETED', 'REFUNDED', 'CANCELLED')
       or exists (select from refunds r where r.deal_id = d.id and r.status = 'PENDING')
       or exists (select from doubts o where o.deal_id = d.id and o.closed_at is null)
       or exists (select from pg_webhook_events e where e.deal_no = d.deal_no and e.processed_at is null))`,
    endsOf(month),
  );
  return rows[0]?.deals ?? 0;
}

/** Rows of each table that belong to the month: what happens to a deal later adds some. */
export async function countsOf(db: Db, month: string): Promise<Record<string, number>> {
  const span = `with span as materialized (select id, deal_no from deals where ${OF_MONTH})`;
  const counts = ARCHIVED_TABLES.map(
    (table) => `select '${table.table}' as name, count(*)::int as n from (${rowsOf(table, 't.ctid', 'true')}) t`,
  );
  const { rows } = await db.raw<{ rows: { name: string; n: number }[] }>(
    `${span} ${counts.join(' union all ')}`,
    endsOf(month),
  );
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

/** Those of the deals in `span`; those of no deal when `withHouse` holds. */
function rowsOf({ table, ofDeals, ofHouse }: ArchivedTable, columns: string, withHouse: string): string {
  const own = `select ${columns} from ${table} t where ${ofDeals}`;
  return ofHouse ? `${own} union all select ${columns} from ${table} t where ${withHouse} and ${ofHouse}` : own;
}

/** A page of the month's deals, with everything that belongs to them. */
interface MonthPage {
  /** The last deal of it; null: there are no more. */
  readonly next: string | null;
  /** Lines of JSON by table; a table without a row has none. */
  readonly lines: readonly { readonly table: string; readonly rows: readonly string[] }[];
}

/**
 * The deals after this one, in the order in which they were made, as one snapshot; null: from the first, and what is of
 * no deal with it. The same rows give the same lines.
 */
export function readPage(db: Db, month: string, after: string | null, most: number): Promise<MonthPage> {
  return db.transaction(
    async (trx) => {
      await trx.raw(`set local time zone 'UTC'`); // in which the lines tell it
      const ids = await dealsAfter(trx, month, after, most);
      const lines = [];
      for (const table of ARCHIVED_TABLES) {
        const rows = await linesOf(trx, table, month, ids, after === null);
        if (rows.length > 0) lines.push({ table: table.table, rows });
      }
      return { next: ids.length === most ? (ids.at(-1) ?? null) : null, lines };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

async function dealsAfter(trx: Trx, month: string, after: string | null, most: number): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `select id from deals where ${OF_MONTH} and (:after::uuid is null
       or (created_at, id) > (select a.created_at, a.id from deals a where a.id = :after::uuid))
     order by created_at, id limit :most`,
    { ...endsOf(month), after, most },
  );
  return rows.map(({ id }) => id);
}

async function linesOf(
  trx: Trx,
  table: ArchivedTable,
  month: string,
  ids: readonly string[],
  withHouse: boolean,
): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { line: string }[] }>(
    `with span as materialized (select id, deal_no from deals where id = any(:ids::uuid[]))
     select (to_jsonb(t) - :omits::text[]${table.adds ? ` || ${table.adds}` : ''})::text as line
     from (${rowsOf(table, 't.*', ':withHouse::boolean')}) t order by ${table.order}`,
    { ...endsOf(month), ids: [...ids], omits: [...table.omits], withHouse },
  );
  return rows.map(({ line }) => line);
}
