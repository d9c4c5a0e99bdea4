/** What members completed in a month of Korea, kept once it is over (spec §10), a span of members at a time. */
import { kstDayOf, kstMonthStart } from '../workflows/domain/bank-calendar';
import type { Db, Trx } from './connection';
import { serverTime } from './server-time';

/** Members by the order of their ids, both ends included. */
export interface MemberSpan {
  readonly first: string;
  readonly last: string;
}

/** The ids of up to `most` members after this one, those who left too; null: from the first. */
export async function membersAfter(db: Db, after: string | null, most: number): Promise<string[]> {
  const page = db('users').orderBy('id').limit(most);
  return (after === null ? page : page.where('id', '>', after)).pluck('id');
}

/** The KST month before that of the instant: its first day, and its ends. */
export function monthBefore(at: Date): { readonly month: string; readonly from: Date; readonly until: Date } {
  const from = kstMonthStart(at, 1);
  return { month: kstDayOf(from), from, until: kstMonthStart(at) };
}

/** What was completed in the last second of a month is in the database by then. */
const SETTLE_MS = 60_000;

/** Ms until the month before that of the instant is whole here, by the database's clock; not positive: it is. */
export async function settlesInMs(db: Db, at: Date): Promise<number> {
  const { until } = monthBefore(at);
  return until.getTime() + SETTLE_MS - (await serverTime(db)).getTime();
}

/** A deal whose money came back later stays in its month: what was kept is what was judged by. */
const KEEP = `
insert into user_monthly_stats (user_id, month, deals, principal, fee)
select u.id, :month::date, c.deals, c.principal, c.fee
from users u cross join lateral (
  select count(*) as deals, sum(d.principal) as principal, sum(d.fee) as fee from deals d
  where d.user_id = u.id and d.status = 'COMPLETED' and d.completed_at >= :from and d.completed_at < :until) c
where u.id between :first::uuid and :last::uuid and c.deals > 0
on conflict do nothing`;

/** Keeps the month before that of the instant, of these members; of whom it is kept already it stays as it is. */
export async function keepMonth(trx: Trx, { first, last }: MemberSpan, at: Date): Promise<void> {
  await trx.raw(KEEP, { ...monthBefore(at), first, last });
}

/** What is kept of a month: how many members completed something, and how much in all, won. */
interface MonthSums {
  readonly active: number;
  readonly deals: number;
  readonly principal: number;
  readonly fee: number;
}

/** Of these members, of the month before that of the instant. */
export async function sumsOf(db: Db, { first, last }: MemberSpan, at: Date): Promise<MonthSums> {
  const { rows } = await db.raw<{ rows: Record<keyof MonthSums, string>[] }>(
    `select count(*) as active, coalesce(sum(deals), 0) as deals, coalesce(sum(principal), 0) as principal,
       coalesce(sum(fee), 0) as fee
     from user_monthly_stats where month = :month::date and user_id between :first::uuid and :last::uuid`,
    { ...monthBefore(at), first, last },
  );
  const of = (name: keyof MonthSums) => Number(rows[0]?.[name] ?? 0);
  return { active: of('active'), deals: of('deals'), principal: of('principal'), fee: of('fee') };
}
