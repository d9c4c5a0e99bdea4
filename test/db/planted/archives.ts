/** Months that are not in the archive as the database says, or not at all. */
import type { Planted } from './planted';

const HASH = `repeat('a', 64)`;
const whole = (month: string, counts: string, at = `:now::timestamptz`) =>
  `insert into archives (month, number, manifest_sha256, counts, created_at)
     values ('${month}', 1, ${HASH}, '${counts}', ${at});`;
const LONG_AGO = `:now::timestamptz - interval '9 days'`;

/** A deal of March whose month was not archived, though that of February was `at` that time. */
export const marchMissing = (at = LONG_AGO, made = '2026-03-05'): string =>
  `${whole('2026-02-01', '{}', at)}
   with old as (update deals set created_at = '${made}', updated_at = '${made}' where id = (
     select d.id from deals d where d.status = 'COMPLETED' and not exists (select from refunds where deal_id = d.id)
       and not exists (select from doubts where deal_id = d.id) limit 1) returning deal_no)
   update pg_webhook_events set processed_at = '${made}' where deal_no in (select deal_no from old)`;

export const PLANTED_ARCHIVES: readonly Planted[] = [
  { law: 'archives-add-up', of: null, sql: whole('2026-06-01', '{"deals": 3}') },
  {
    law: 'archives-add-up',
    of: null,
    sql: `${whole('2026-06-01', '{"deals": 3}')}
      insert into archive_parts (month, number, table_name, part, rows, bytes, sha256)
        values ('2026-06-01', 1, 'deals', 1, 2, 9, ${HASH})`,
  },
  { law: 'months-are-archived', of: null, sql: marchMissing() },
];
