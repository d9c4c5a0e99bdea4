/** The first of a month: what members did is kept, and the grades follow from it, a page of members at a time. */
import { monthlyActivities } from '../../../activities/batches/monthly';
import { createLog } from '../../../infra/log';
import type { MemberPage, PageRequest } from '../../../workflows/batches/ports';
import { dealNewsChannels } from '../../../workflows/domain/notices';
import { completedOf, gradeBefore, insertMonthOfMembers } from '../../fixtures/month-of-members';
import { type TestDatabase, testDatabase } from '../../servers/database';

const COUNT = 60;
const MEMBERS = Array.from({ length: COUNT }, (_, n) => n);
/** The run of December 2027, which is by November. */
const DECEMBER = '2027-11-30T15:00:00.000Z';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertMonthOfMembers(database.db, { count: COUNT, month: '2027-11' });
});
afterEach(() => database.drop());

const activities = () =>
  monthlyActivities({ db: database.db, heartbeat: () => undefined, log: createLog('test', 'silent'), pageSize: 7 });

/** As the workflow goes through the pages; answers with the sums. */
async function through(pageOf: (request: PageRequest) => Promise<MemberPage>, scheduledAt = DECEMBER) {
  const sums: Record<string, number> = {};
  const failed: string[] = [];
  let members = 0;
  for (let after: string | null = null, more = true; more; ) {
    const page: MemberPage = await pageOf({ scheduledAt, after });
    for (const [name, n] of Object.entries(page.counts)) sums[name] = (sums[name] ?? 0) + n;
    failed.push(...page.failed);
    members += page.members;
    after = page.next;
    more = after !== null;
  }
  return { members, failed, ...sums };
}
const judge = (scheduledAt?: string) => through(activities().judgeGrades, scheduledAt);
const keep = (scheduledAt?: string) => through(activities().keepMonth, scheduledAt);

/** By spec §3: from 1, 3 and 10 million won of the month before. */
const gradeFor = (completed: number): string =>
  completed >= 10_000_000 ? 'VIP' : completed >= 3_000_000 ? 'GOLD' : completed >= 1_000_000 ? 'SILVER' : 'BASIC';
const changedOnes = MEMBERS.filter((n) => gradeFor(completedOf(n)) !== gradeBefore(n));

/** By member: what the SQL `select` says of them, in the order of their numbers. */
async function ofMembers<T>(select: string): Promise<T[]> {
  const { rows } = await database.db.raw<{ rows: { value: T }[] }>(
    `select (${select}) as value from generate_series(0, ${COUNT - 1}) n join users u on u.id = md5('member' || n)::uuid
     order by n`,
  );
  return rows.map(({ value }) => value);
}
const grades = () => ofMembers<string>('u.grade');
const everything = async () => ({
  stats: await database.db('user_monthly_stats').orderBy(['user_id', 'month']),
  changes: await database.db('grade_changes').orderBy(['user_id', 'first_day']),
  users: await database.db('users').orderBy('id').select('id', 'grade', 'version'),
  notices: await database.db('notices').orderBy('event').select('id', 'event', 'channel'),
});

test('every member gets the grade of what they completed in the month before, up and down, and the others keep theirs', async () => {
  expect(await judge()).toEqual({ members: COUNT, failed: [], changed: changedOnes.length });
  expect(await grades()).toEqual(MEMBERS.map((n) => gradeFor(completedOf(n))));
  const changes = await database
    .db('grade_changes')
    .select('from_grade', 'grade', database.db.raw('completed::int'), database.db.raw('first_day::text'));
  const wanted = changedOnes.map((n) => ({
    ...{ from_grade: gradeBefore(n), grade: gradeFor(completedOf(n)), completed: completedOf(n) },
    first_day: '2027-12-01',
  }));
  expect(changes).toHaveLength(wanted.length);
  expect(changes).toEqual(expect.arrayContaining(wanted));
});

test('a month is kept with what was completed in it, from its first to its last second in Korea; who did nothing has no row', async () => {
  const active = MEMBERS.filter((n) => completedOf(n) > 0);
  const principal = active.reduce((sum, n) => sum + completedOf(n), 0);
  const deals = active.reduce((sum, n) => sum + (n % 4), 0);
  const sums = { active: active.length, deals, principal, fee: principal * 0.03 };
  expect(await keep('2027-11-30T15:30:00.000Z')).toEqual({ members: COUNT, failed: [], ...sums });
  const kept = await ofMembers<number | null>(
    `select s.principal::int from user_monthly_stats s where s.user_id = u.id and s.month = '2027-11-01'`,
  );
  expect(kept).toEqual(MEMBERS.map((n) => completedOf(n) || null));
});

test('run twice, and each after the other, they change nothing', async () => {
  await judge();
  const once = await everything();
  const sums = await keep();
  expect(await judge()).toEqual({ members: COUNT, failed: [], changed: 0 });
  expect(await keep()).toEqual(sums);
  expect(await everything()).toEqual(once);
});

test('money that comes back after the month was judged changes neither what is kept nor the grade', async () => {
  await judge();
  const once = await everything();
  await database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('deals').update({ status: 'REFUNDED' });
  });
  await judge();
  await keep();
  expect(await everything()).toEqual(once);
});

test('the period is that of the scheduled time, however late the run is; a month that was overtaken changes no grade', async () => {
  await judge('2027-12-07T03:00:00.000Z'); // caught up on the seventh, or run by hand
  const december = await grades();
  expect(december).toEqual(MEMBERS.map((n) => gradeFor(completedOf(n))));
  await judge('2027-12-31T15:00:00.000Z'); // January, by December: one deal of each member
  const january = await everything();
  expect(january.users.map(({ grade }) => grade)).not.toEqual(december);
  expect(await judge()).toEqual({ members: 0, failed: [], overtaken: 1 });
  expect(await everything()).toEqual(january);
});

test('a change is one notice to the member, by the channel that reaches first of those chosen, and leaves in the morning', async () => {
  const { db } = database;
  await db('users').update({
    email_verified_at: db.raw(`case when email_hash < 'e3' then now() end`),
    email_unreachable_at: db.raw(`case when phone_hash like '%4' or phone_hash like '%11' then now() end`),
  });
  await db('users').update({
    deal_news_channels: db.raw(`case when phone_hash like '%1' then '{email}'::text[]
    when phone_hash like '%2' then '{sms,email}' when phone_hash like '%3' then '{push}' else '{sms}' end`),
  });
  await judge();
  await judge();
  const { rows } = await db.raw(`
    select n.channel, n.params, n.next_attempt_at as at, n.event, u.id, u.grade, u.deal_news_channels as chosen,
      u.email_verified_at is not null and u.email_unreachable_at is null as reaches from notices n join users u on u.id = n.user_id`);
  expect(rows).toHaveLength(changedOnes.length);
  const rates: Record<string, [string, number]> = {
    ...{ BASIC: ['베이직', 300], SILVER: ['실버', 290], GOLD: ['골드', 280], VIP: ['VIP', 270] },
  };
  for (const { channel, params, at, event, id, grade, chosen, reaches } of rows) {
    expect(channel).toBe(dealNewsChannels({ chosen, emailReaches: reaches, hearsPush: false })[0]);
    const [name, feeBps] = rates[grade] ?? [];
    expect(params).toEqual({ grade: { ko: name, en: expect.any(String) }, feeBps, firstDay: '2027-12-01' });
    expect(event).toBe(`grade-changed:${id}:2027-12-01`);
    expect(at.toISOString()).toBe('2027-12-01T00:00:00.000Z');
  }
  expect(new Set(rows.map(({ channel }: { channel: string }) => channel))).toEqual(new Set(['email', 'sms']));
});

test('a member whose row refuses it is told and counted, keeps no other from it, and is done by the next run', async () => {
  const { db } = database;
  const bad = changedOnes[4] ?? 0;
  const [id] = (await ofMembers<string>('u.id')).slice(bad);
  await db.raw(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no room left'; end $$;
    create trigger refuse before update on users for each row when (old.id = '${id}') execute function refuse()`);
  expect(await judge()).toEqual({ members: COUNT, failed: [id], changed: changedOnes.length - 1 });
  const wanted = MEMBERS.map((n) => gradeFor(completedOf(n)));
  expect(await grades()).toEqual(wanted.map((grade, n) => (n === bad ? gradeBefore(n) : grade)));
  await db.raw('drop trigger refuse on users');
  expect(await judge()).toEqual({ members: COUNT, failed: [], changed: 1 });
  expect(await grades()).toEqual(wanted);
});

test('who left is not judged, and what they did in the month is kept', async () => {
  const { db } = database;
  const one = changedOnes.find((n) => completedOf(n) > 0) ?? 0;
  const at = db.raw('now()');
  const id = db.raw(`md5('member${one}')::uuid`);
  await db('users').where({ id }).update({ deleted_at: at });
  expect(await judge()).toMatchObject({ changed: changedOnes.length - 1 });
  expect((await grades())[one]).toBe(gradeBefore(one));
  expect(await db('grade_changes').where({ user_id: id })).toEqual([]);
  expect(await db('user_monthly_stats').where({ user_id: id })).toHaveLength(1);
});

test('terms are those of the first day of the month: a threshold of its second day counts a month later', async () => {
  const { db } = database;
  await db('grade_terms').insert([
    { grade: 'SILVER', first_day: '2027-12-01', fee_bps: 290, from_principal: 2_000_000 },
    { grade: 'SILVER', first_day: '2027-12-02', fee_bps: 290, from_principal: 2_999_999 },
  ]);
  await judge();
  const silver = MEMBERS.filter((n) => completedOf(n) >= 2_000_000 && completedOf(n) < 3_000_000);
  const found = (await grades()).flatMap((grade, n) => (grade === 'SILVER' ? [n] : []));
  expect(found).toEqual(silver);
  expect(silver.length).toBeGreaterThan(0);
});

test('what was kept and judged is never changed or taken away', async () => {
  const { db } = database;
  await judge();
  await expect(db('user_monthly_stats').update({ deals: 1 })).rejects.toThrow('append-only');
  await expect(db('grade_changes').delete()).rejects.toThrow('append-only');
});
