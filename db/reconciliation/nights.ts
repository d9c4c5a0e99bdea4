/** Which days a night has to do (workflows/domain/reconciliation.ts, `NIGHTS`). */
import {
  type DayDue,
  NIGHTS,
  OVERDUE_DAYS,
  REREAD_NIGHT,
  SETTLEMENT_COMPLETE_MS,
} from '../../workflows/domain/reconciliation';
import type { Db } from '../connection';

/**
 * In SQL: nobody has done the day, or is doing it, since that night after it. A run that began before does not count:
 * on the first night the lists were not complete before.
 */
const undoneSince = (night: string): string => `not exists (select 1 from reconciliation_runs r
  where r.business_day = g.day
    and r.read_at >= (g.day + ${night})::timestamp at time zone 'Asia/Seoul' + :begins::interval
    and (r.status = 'done' or (r.status = 'running' and r.started_at > now() - interval '1 day')))`;

const DUE = `
with g as (
  select d::date as day, (select max(n) from unnest(:nights::int[]) n where d::date + n <= :tonight::date) as night
  from generate_series(:tonight::date - :oldest::int, :tonight::date - 1, interval '1 day') d)
select to_char(g.day, 'YYYY-MM-DD') as day, ${undoneSince('1')} or g.day = :tonight::date - 1
    or (g.night = :reread and exists (select 1 from reconciliation_breaks b
      where b.file_day = g.day and b.resolved_at is null)) as settlement
from g
where g.day = :tonight::date - 1
  or (g.day >= (select min(business_day) from reconciliation_runs) and ${undoneSince('g.night')})
order by g.day = :tonight::date - 1 desc,
  (select max(r.read_at) from reconciliation_runs r where r.business_day = g.day) nulls first, g.day`;

/**
 * The days that the run of this night (KST day, `YYYY-MM-DD`) has to do: the day before, then every day that was not
 * done since the last of its nights, the one that was tried longest ago first, so that none waits for ever. Days before
 * the first run of all are not ours.
 */
export async function daysDue(db: Db, tonight: string): Promise<DayDue[]> {
  const { rows } = await db.raw<{ rows: DayDue[] }>(DUE, {
    ...{ tonight, nights: [...NIGHTS], reread: REREAD_NIGHT, oldest: Math.max(...NIGHTS) + OVERDUE_DAYS },
    begins: `${SETTLEMENT_COMPLETE_MS / 1_000} seconds`,
  });
  return rows;
}
