/** The role that destroys personal data can do that and nothing else, whoever made it. */
import { randomBytes } from 'node:crypto';
import { type Db, openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { RETENTION_ROLE } from '../../db/migrations/0027-retention/role';
import { destroyDue } from '../../db/retention/destroy';
import { RETENTION_RULE_NAMES } from '../../db/retention/rules';
import { poll } from '../fixtures/poll';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await testDatabase();
  ({ db } = database);
});
afterAll(() => database.drop());

const functions = RETENTION_RULE_NAMES.map((rule) => rule.replaceAll('-', '_'));
const unique = (stem: string): string => `plic_${stem}_${randomBytes(4).toString('hex')}`;
const denied = { code: '42501' };

const as = (role: string, statement: string) =>
  db.transaction(async (trx) => {
    await trx.raw('set local role ??', [role]);
    await trx.raw(statement);
  });

test.each([
  `update users set grade = 'VIP'`,
  'update users set phone_encrypted = null',
  'delete from deals',
  'delete from notices',
  'select phone_hash from users',
  `insert into legal_holds (user_id, code, actor, reason) values (gen_random_uuid(), 'dispute', 'a', 'r')`,
  `update legal_holds set lifted_at = now(), lifted_by = 'a', lift_reason = 'r'`,
  `update retention_terms set term = '1 day'`,
  'delete from retention_proofs',
  'truncate devices',
  'create table mine (id int)',
  'select * from retention_due(now())',
  'alter table devices disable trigger all',
  'create or replace function left_log_ins(of_run text, most int) returns int language sql as $$ select 1 $$',
])('as the role of retention "%s" is refused', async (statement) => {
  await expect(as('plic_retention', statement)).rejects.toMatchObject(denied);
});

test('it may call the functions of the rules, and no other function that has more rights than its caller', async () => {
  const { rows } = await db.raw(`select proname from pg_proc p
    where prosecdef and has_function_privilege('plic_retention', p.oid, 'EXECUTE') order by 1`);
  expect(rows.map((row: { proname: string }) => row.proname)).toEqual(functions.toSorted());
  for (const name of functions) await as('plic_retention', `select ${name}('run', 10)`);
});

test('no other user may call them', async () => {
  const role = unique('other');
  await db.raw(`create role ${role}`);
  try {
    for (const name of functions) await expect(as(role, `select ${name}('run', 10)`)).rejects.toMatchObject(denied);
  } finally {
    await db.raw(`drop role ${role}`);
  }
});

test('the batch works as a user that is nothing but a member of the role, and can take on no other', async () => {
  const [role, password] = [unique('job'), randomBytes(9).toString('hex')];
  await db.raw(`create role ${role} login noinherit password '${password}' in role plic_retention`);
  const url = new URL(database.url);
  Object.assign(url, { username: role, password });
  const job = openDb({ databaseUrl: url.href, poolMax: 1 });
  try {
    await destroyDue(job, 'as-a-job', () => undefined);
    expect(await db('retention_proofs').where({ run: 'as-a-job' })).toHaveLength(functions.length);
    await expect(job('deals').del()).rejects.toMatchObject(denied);
    const owner = (await db.raw('select current_user as name')).rows[0].name;
    await expect(job.raw('set role ??', [owner])).rejects.toMatchObject(denied);
  } finally {
    await job.destroy();
    await db.raw(`drop role ${role}`);
  }
});

test.each([
  ['makes it', 'commit'],
  ['gives up', 'rollback'],
] as const)(
  'a database waits for another of its cluster that makes the role, and has it when that one %s',
  async (_, end) => {
    const role = unique('race');
    const block = RETENTION_ROLE.replaceAll('plic_retention', role);
    const other = await testDatabase('empty');
    const waiting = async () => {
      const { rows } = await db.raw(`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%${role}%'`);
      return rows[0].n as number;
    };
    try {
      const first = await other.db.transaction();
      await first.raw(block);
      const second = db.raw(block).then(() => undefined); // a statement of knex begins when somebody waits for it
      await poll(waiting, (n) => n === 1, { what: 'the second waits' });
      await first[end]();
      await second;
      const { rows } = await db.raw('select rolcanlogin from pg_roles where rolname = ?', [role]);
      expect(rows).toEqual([{ rolcanlogin: false }]);
    } finally {
      await other.drop();
      await db.raw(`drop role if exists ${role}`);
    }
  },
);

test('another database of the cluster is migrated while this one uses the role', async () => {
  const other = await testDatabase('empty');
  try {
    await Promise.all([migrate(other.db), destroyDue(db, 'beside', () => undefined)]);
    await destroyDue(other.db, 'in-the-other', () => undefined);
  } finally {
    await other.drop();
  }
});

describe('an owner of the database who is no superuser', () => {
  /** The block of the migration as such a user, with a role name of its own. */
  async function asOwner(rights: string, before = ''): Promise<{ able: boolean; error?: string }> {
    const [owner, role] = [unique('owner'), unique('role')];
    const block = RETENTION_ROLE.replaceAll('plic_retention', role);
    await db.raw(`create role ${owner} ${rights}; ${before.replaceAll(':role', role).replaceAll(':owner', owner)}`);
    try {
      await as(owner, block);
      const { rows } = await db.raw(`select pg_has_role('${owner}', '${role}', 'SET') as able`);
      return rows[0];
    } catch (error) {
      return { able: false, error: (error as Error).message.replaceAll(owner, 'OWNER').replaceAll(role, 'ROLE') };
    } finally {
      await db.raw(`drop role if exists ${role}; drop role ${owner}`);
    }
  }

  test('makes the role, and may take it on, if they may create roles', async () => {
    expect(await asOwner('createrole')).toEqual({ able: true });
  });

  test('finds it made for them', async () => {
    expect(await asOwner('', 'create role :role; grant :role to :owner')).toEqual({ able: true });
  });

  test('is told what to have done otherwise', async () => {
    expect((await asOwner('')).error).toContain('have "create role ROLE nologin" and "grant ROLE to OWNER" executed');
    expect((await asOwner('', 'create role :role')).error).toContain('have "grant ROLE to OWNER" executed');
  });
});
