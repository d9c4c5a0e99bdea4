/** Grades of a month follow from what was completed in the one before it; each change is a row, and a notice. */
import { kstDayOf, kstDayStart, kstMonthStart } from '../workflows/domain/bank-calendar';
import { gradeBrackets } from '../workflows/domain/grades';
import { leavesAt } from '../workflows/domain/quiet-hours';
import type { Db, Trx } from './connection';
import { gradesOn } from './grades';
import { type MemberSpan, monthBefore } from './monthly-stats';
import { serverTime } from './server-time';

/**
 * Notes that grades of the instant's KST month are being judged; false when those of a later month were: they stand.
 */
export async function beginPeriod(db: Db, at: Date): Promise<boolean> {
  const firstDay = kstDayOf(kstMonthStart(at));
  await db('grade_periods').insert({ first_day: firstDay }).onConflict().ignore();
  return (await db('grade_periods').where('first_day', '>', firstDay).first('first_day')) === undefined;
}

/**
 * The channel is the first of those that the member chose and that reach them, else the first that does, as
 * `dealNewsChannels` has it: one row a member and month.
 */
const CHANNEL = `(select r.channel from (values
    (1, 'push', exists (select from push_subscriptions p join devices d on d.id = p.device_id
      where p.user_id = u.id and d.deleted_at is null)),
    (2, 'alimtalk', 'alimtalk' = any(u.deal_news_channels)),
    (3, 'email', u.email_verified_at is not null and u.email_unreachable_at is null),
    (4, 'sms', true)) r (place, channel, reaches)
  where r.reaches order by not r.channel = any(u.deal_news_channels), r.place limit 1)`;

const JUDGE = `
with brackets as (
  select * from jsonb_to_recordset(:brackets::jsonb) b (grade text, name jsonb, fee_bps int, low int8, high int8)),
judged as (
  select u.id, u.grade as before, b.*, coalesce(s.principal, 0) as completed
  from users u left join user_monthly_stats s on s.user_id = u.id and s.month = :month::date
      and s.user_id between :first::uuid and :last::uuid -- known to be so, or all members of the month would be read
    join brackets b on coalesce(s.principal, 0) >= b.low and (b.high is null or coalesce(s.principal, 0) < b.high)
  where u.id between :first::uuid and :last::uuid and u.deleted_at is null and u.grade <> b.grade
  for no key update of u),
changed as (
  insert into grade_changes (user_id, first_day, from_grade, grade, completed)
  select id, :firstDay::date, before, grade, completed from judged
  on conflict do nothing returning user_id),
moved as (
  update users u set grade = j.grade, version = u.version + 1 from judged j join changed c on c.user_id = j.id
  where u.id = j.id
  returning u.id, ${CHANNEL} as channel, u.language, j.name, j.fee_bps),
told as (
  insert into notices (id, template, event, channel, user_id, language, params, next_attempt_at)
  select gen_random_uuid(), 'grade-changed', 'grade-changed:' || id || ':' || :firstDay::text, channel, id, language,
    jsonb_build_object('grade', name, 'feeBps', fee_bps, 'firstDay', :firstDay::text),
    :tellAt::timestamptz
  from moved on conflict (event, channel) do nothing)
select count(*)::int as changed from moved`;

/**
 * Gives these members the grades of the instant's KST month, by the terms of its first day and by what is kept of the
 * month before; answers with how many changed. Who was judged for the month keeps that grade. Who left is not judged.
 */
export async function judgeGrades(trx: Trx, { first, last }: MemberSpan, at: Date): Promise<number> {
  const firstDay = kstDayOf(kstMonthStart(at));
  const dawn = kstDayStart(firstDay);
  const brackets = gradeBrackets(await gradesOn(trx, dawn)).map(({ grade: { code, name, feeBps }, from, until }) => {
    return { grade: code, name, fee_bps: feeBps, low: from, high: until };
  });
  const now = await serverTime(trx);
  const { rows } = await trx.raw<{ rows: { changed: number }[] }>(JUDGE, {
    ...{ brackets: JSON.stringify(brackets), month: monthBefore(at).month, firstDay, first, last },
    tellAt: leavesAt('grade-changed', now > dawn ? now : dawn),
  });
  return rows[0]?.changed ?? 0;
}

/** The first KST day (`YYYY-MM-DD`) of the grade that the member has; undefined: it is their first one. */
export async function latestChange(db: Db, userId: string): Promise<string | undefined> {
  const row = await db('grade_changes')
    .where({ user_id: userId })
    .orderBy('first_day', 'desc')
    .first({ day: db.raw(`to_char(first_day, 'YYYY-MM-DD')`) });
  return row?.day;
}
