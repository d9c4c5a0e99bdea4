/** Every law of money sees the damage it is there for, names the deal, and blames no other; what is sound breaks none. */

import type { Db, Trx } from '../../db/connection';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll } from '../../db/invariants/invariant';
import { type FrozenDatabase, freeze } from '../faults/frozen-database';
import { type EveryDeal, everyDeal } from '../fixtures/every-deal';
import { NO_ANSWERS } from '../fixtures/policy';
import { startHouse } from '../servers/house';
import { marchMissing, PLANTED_ARCHIVES } from './planted/archives';
import { PLANTED_AUDIT } from './planted/audit';
import { PLANTED_BY_HAND } from './planted/by-hand';
import { PLANTED_COURSE } from './planted/course';
import { PLANTED_GRADES } from './planted/grades';
import { PLANTED_MONEY } from './planted/money';
import type { Planted } from './planted/planted';
import { PLANTED_REQUESTS } from './planted/requests';
import { PLANTED_RETENTION } from './planted/retention';
import { PLANTED_SECRETS } from './planted/secrets';

const PLANTED = [
  ...[...PLANTED_MONEY, ...PLANTED_BY_HAND, ...PLANTED_COURSE, ...PLANTED_SECRETS, ...PLANTED_RETENTION],
  ...PLANTED_AUDIT,
  ...PLANTED_REQUESTS,
  ...PLANTED_GRADES,
  ...PLANTED_ARCHIVES,
];

let deals: EveryDeal;
let frozen: FrozenDatabase;
/** The time by the clock of the house at which it was frozen: what the laws are judged by, and damage is dated by. */
let now: Date;
beforeAll(async () => {
  const house = await startHouse({ policy: NO_ANSWERS });
  try {
    deals = await everyDeal(house);
    frozen = await freeze(house.env.DATABASE_URL as string);
    now = new Date();
  } finally {
    await house.stop();
  }
});
afterAll(() => frozen?.drop());

const STUCK_AFTER_S = 600;

/** The laws that are broken, and of which deals, as the check finds them. */
async function broken(db: Db, laws = INVARIANTS): Promise<Record<string, (string | null)[]>> {
  const { findings, unchecked } = await examineAll(db, laws, { now, stuckAfterS: STUCK_AFTER_S });
  expect(unchecked).toEqual([]);
  const some = findings.filter(({ total }) => total > 0);
  return Object.fromEntries(some.map(({ name, breaks }) => [name, [...new Set(breaks.map(({ dealNo }) => dealNo))]]));
}

/** The same in a fraction of the time: one statement tells which laws see anything at all, and the check looks at those alone. */
async function brokenOfAll(db: Trx): Promise<Record<string, (string | null)[]>> {
  const times = { now: now.toISOString(), stuckAfterS: STUCK_AFTER_S };
  const seeing = INVARIANTS.filter(({ judge }) => !judge).map(({ name, breaks, bindings }) =>
    db.raw(`select :name as name where exists (${breaks})`, { ...bindings, ...times, name }).toQuery(),
  );
  await db.raw('set local jit = off');
  const sql = seeing.join(' union all ').replaceAll('?', '\\?'); // a bare one is a place for a value
  const { rows } = await db.raw<{ rows: { name: string }[] }>(sql);
  const suspects = new Set(rows.map(({ name }) => name));
  return broken(
    db,
    INVARIANTS.filter(({ name, judge }) => judge || suspects.has(name)),
  );
}

async function plant(db: Db, sql: string, dealNo: string | null): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    const deal = dealNo && (await trx('deals').where({ deal_no: dealNo }).first('id')).id;
    const named = sql.replaceAll(':dealNo', `'${dealNo}'`).replaceAll(':deal', `'${deal}'::uuid`);
    await trx.raw(named.replaceAll(':now', `'${now.toISOString()}'`));
    await trx.raw('set local session_replication_role = origin');
  });
}

test('deals of every kind break no law', async () => {
  expect(await broken(frozen.db)).toEqual({});
});

test('every law has damage of its own here', () => {
  const planted = new Set(PLANTED.map(({ law }) => law));
  expect(INVARIANTS.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
});

const OF_THE_SYSTEM = [
  'keys-are-unique',
  'guards-stand',
  'checks-are-valid',
  'retention-role-is-bare',
  'app-role-is-bare',
];

test.each(PLANTED.map((planted, n): Planted & { n: number } => ({ ...planted, n })))(
  '$law is broken by damage to $of ($n)',
  async ({ law, of, also = [], sql }) => {
    const dealNo = of && deals[of];
    const found = await frozen.undone(async (db) => {
      await plant(db, sql, dealNo);
      return brokenOfAll(db);
    });
    const expected = [law, ...also].map((name) => [name, [OF_THE_SYSTEM.includes(name) ? null : dealNo]]);
    expect(found).toEqual(Object.fromEntries(expected));
  },
);

test('a deal that its bank reopened long after its charge is not late', async () => {
  const old = `update payments set decided_at = :now::timestamptz - interval '10 days' where deal_id = :deal`;
  await frozen.undone(async (db) => {
    await plant(db, old, deals.returned);
    expect(await brokenOfAll(db)).toEqual({});
  });
});

test('a deal that is late is no break once a person has been told; the alarm of the check itself tells nobody', async () => {
  const old = `update payments set decided_at = :now::timestamptz - interval '25 hours' where deal_id = :deal;`;
  const told = (reason: string) =>
    `insert into operator_tasks (deal_id, severity, reason) values (:deal, 'task', '${reason}')`;
  const found = (sql: string) =>
    frozen.undone(async (db) => {
      await plant(db, sql, deals.held);
      return brokenOfAll(db);
    });
  expect(await found(old + told('overdue'))).toEqual({});
  expect(await found(old + told('invariant-broken'))).toEqual({ 'charged-deals-end': [deals.held] });
});

test.each([
  ['that the first run of the archive may be writing still', marchMissing(`:now::timestamptz - interval '7 days'`)],
  [
    'that is too old for the archive to look at',
    `${marchMissing(undefined, '2020-03-05')}; update archives set month = '2020-02-01'`,
  ],
])('a month %s is no break', async (_, sql) => {
  await frozen.undone(async (db) => {
    await plant(db, sql, null);
    expect(await brokenOfAll(db)).toEqual({});
  });
});

test('the grade of who was a member before changes were noted is theirs, and their first change begins with it', async () => {
  const early = `update users set grade = 'GOLD', created_at = '2020-01-01' where id = (select min(id::text)::uuid from users);`;
  const change = (day: string, from: string, to: string) =>
    `insert into grade_changes (user_id, first_day, from_grade, grade, completed)
       select id, '${day}', '${from}', '${to}', 0 from users where created_at < '2021-01-01';`;
  const found = (sql: string) =>
    frozen.undone(async (db) => {
      await plant(db, early + sql, null);
      return brokenOfAll(db);
    });
  expect(await found('')).toEqual({});
  expect(await found(change('2026-01-01', 'VIP', 'GOLD'))).toEqual({});
  const broken = { 'grades-follow-their-changes': [null] };
  expect(await found(change('2026-01-01', 'VIP', 'BASIC'))).toEqual(broken);
  expect(await found(change('2026-01-01', 'VIP', 'SILVER') + change('2026-02-01', 'BASIC', 'GOLD'))).toEqual(broken);
});

test.each([
  'settlement file 2026-11-23, line 4711',
  'ruled at 20261123104500, PG ticket 1763884800000',
  'transfer PL261123K7Q2ABCDEF-T1 of 103000 won, case 0193a003-0000-7000-8000-000000000001',
])('"%s" is no card number and no phone', async (note) => {
  await frozen.undone(async (db) => {
    await plant(db, `update deal_events set note = '${note}' where deal_id = :deal and deal_version = 2`, deals.held);
    expect(await brokenOfAll(db)).toEqual({});
  });
});
