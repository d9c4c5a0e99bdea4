/** I15 (what is kept stays as it is): months in the archive, by what the database knows of them. */
import type { Invariant } from './invariant';

/** A month whose deals have ended is archived on a Sunday soon after; a person was told long before this. */
const LATE = `interval '45 days'`;
/** How far back the batch looks (db/archive/months.ts). */
const LOOKED_AT = `interval '61 months'`;
/** Not yet, or since the Sunday before the last one: no run could have seen that it ended. */
const lately = (at: string): string => `coalesce(${at}, 'infinity') > :now::timestamptz - interval '8 days'`;
const KST = `at time zone 'Asia/Seoul'`;

export const ARCHIVE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I15',
    name: 'archives-add-up',
    law: 'the parts of an archived month hold as many rows of each table as were counted when it was whole',
    over: 'archives',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('archive %s, number %s: %s of %s rows of %s',
        to_char(a.month, 'YYYY-MM'), a.number, coalesce(p.rows, 0), c.value, c.key) as fact
      from archives a cross join lateral jsonb_each_text(a.counts) c
      left join lateral (select sum(rows) as rows from archive_parts
        where month = a.month and number = a.number and table_name = c.key) p on true
      where coalesce(p.rows, 0) <> c.value::int8`,
  },
  {
    id: 'I15',
    name: 'months-are-archived',
    law: 'from the first month archived 8 days ago on, each is archived 45 days after its end, or 8 after its deals',
    over: 'archives',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('%s is not archived', to_char(m.month, 'YYYY-MM')) as fact
      from (select generate_series(
          (select min(month) from archives
            where manifest_sha256 is not null and not ${lately('created_at')})::timestamp,
          date_trunc('month', (:now::timestamptz - ${LATE}) ${KST}) - interval '1 month', interval '1 month')
          as month) m,
        lateral (select m.month ${KST} as start, (m.month + interval '1 month') ${KST} as stop) t
      where m.month >= date_trunc('month', :now::timestamptz ${KST}) - ${LOOKED_AT}
        and not exists (select from archives a where a.month = m.month::date and a.manifest_sha256 is not null)
        and exists (select from deals where confirmed_at is not null and created_at >= t.start and created_at < t.stop)
        and not exists (select from deals d where d.confirmed_at is not null
          and d.created_at >= t.start and d.created_at < t.stop
          and (d.status not in ('COMPLETED', 'REFUNDED', 'CANCELLED') or ${lately('d.updated_at')}
            or exists (select from refunds r where r.deal_id = d.id and ${lately('r.decided_at')})
            or exists (select from doubts o where o.deal_id = d.id and ${lately('o.closed_at')})
            or exists (select from pg_webhook_events e
              where e.deal_no = d.deal_no and ${lately('e.processed_at')})))`,
  },
];
