/** The users of the database can do what their part of the house does, and nothing beside it, whatever their code becomes. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type Db, openDb, type Trx } from '../../db/connection';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll, type Invariant, selectBreaks } from '../../db/invariants/invariant';
import { RIGHTS_INVARIANTS } from '../../db/invariants/rights';
import { migrate } from '../../db/migrations';
import { ROLES } from '../../db/migrations/0029-roles';
import { grantRights } from '../../db/rights/grant';
import { APP_TABLES } from '../../db/rights/tables';
import { refusalToServe } from '../../db/usable';
import { insertDeal, insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';
import { compiled } from '../servers/programs';

let database: TestDatabase;
let owner: Db;
let app: Db;
let reader: Db;
beforeAll(async () => {
  database = await testDatabase();
  owner = database.db;
  app = openDb({ databaseUrl: database.logins.app, poolMax: 1 });
  reader = openDb({ databaseUrl: database.logins.read, poolMax: 1 });
});
afterAll(async () => {
  await Promise.all([app.destroy(), reader.destroy()]);
  await database.drop();
});

const denied = { code: '42501' };
/** Denied, or a column that nobody can set: the number of an identity. */
const unchangeable = { code: expect.stringMatching(/^(42501|428C9)$/) };
/** In a transaction that may write, which is not what a reader gets by default. */
const writing = (db: Db, statement: string, table: string) =>
  db.transaction(async (trx) => {
    await trx.raw('set transaction read write');
    await trx.raw(statement, [table]);
  });
const unique = (stem: string): string => `plic_${stem}_${randomBytes(4).toString('hex')}`;
const tablesOf = async (db: Db): Promise<string[]> =>
  (await db('pg_tables').where({ schemaname: 'public' }).orderBy('tablename')).map(({ tablename }) => tablename);

/** The laws that are broken, with what is said of them. */
async function broken(db: Db): Promise<Record<string, string[]>> {
  const { findings, unchecked } = await examineAll(db, INVARIANTS, { now: new Date(), stuckAfterS: 600 });
  expect(unchecked).toEqual([]);
  const some = findings.filter(({ total }) => total > 0);
  return Object.fromEntries(some.map(({ name, breaks }) => [name, breaks.map(({ fact }) => fact)]));
}

const [law] = RIGHTS_INVARIANTS as readonly [Invariant];
/** What the law of rights says of the database as it is within the transaction. */
const factsOf = async (trx: Trx) =>
  (await selectBreaks(trx, law.breaks, law.bindings ?? {})).breaks.map(({ fact }) => fact);

/** Roles are the cluster's: what is done to them here, nobody else sees. */
async function inVain(work: (trx: Trx) => Promise<void>): Promise<void> {
  const trx = await owner.transaction();
  try {
    await work(trx);
  } finally {
    await trx.rollback();
  }
}

test('every table says what the application may do with it', async () => {
  expect(Object.keys(APP_TABLES).toSorted()).toEqual(await tablesOf(owner));
});

/** Beside what migrations write: what was booked and what happened, for ever. */
const STORIES = [
  'admin_audit_logs',
  'consents',
  'deal_events',
  'ledger_entries',
  'ledger_journals',
  'owner_funds',
  'stop_switch_events',
];

test('ledger and stories are added to, and nothing else', () => {
  const kept = Object.keys(APP_TABLES).filter((table) => JSON.stringify(APP_TABLES[table]) === '{"adds":true}');
  expect(kept).toEqual(expect.arrayContaining(STORIES));
});

test.each(Object.entries(APP_TABLES))(
  'of %s the application changes and deletes no more than it says',
  async (table, rights) => {
    await expect(app.raw('truncate ??', [table])).rejects.toMatchObject(denied);
    const { rows } = await owner.raw(
      'select attname from pg_attribute where attrelid = ?::regclass and attnum > 0 and not attisdropped',
      [table],
    );
    const columns: string[] = rows.map(({ attname }: { attname: string }) => attname);
    const { changes = [], deletes = false } = rights;
    for (const column of columns.filter((name) => changes !== 'any' && !changes.includes(name)))
      await expect(app.raw('update ?? set ?? = null', [table, column])).rejects.toMatchObject(unchangeable);
    if (!deletes) await expect(app(table).del()).rejects.toMatchObject(denied);
    for (const write of ['delete from ??', 'insert into ?? default values', 'lock ?? in exclusive mode'])
      await expect(writing(reader, write, table)).rejects.toMatchObject(denied);
  },
);

test.each([
  'alter table ledger_entries disable trigger ledger_entries_immutable',
  'alter table deals disable trigger all',
  'set session_replication_role = replica',
  'drop table notices',
  'drop trigger ledger_balanced on ledger_entries',
  'create table mine (id int)',
  'create schema mine',
  'create function mine() returns int language sql as $$ select 1 $$',
  'create or replace function refuse_change() returns trigger language plpgsql as $$ begin return null; end $$',
  'create index on deals (fee)',
  'alter role plic_app superuser',
  'grant plic_app to plic_read',
  'set role plic_retention',
  `update retention_terms set term = '1 day'`,
  `select setval('ledger_entries_id_seq', 1)`,
  `copy deals to program 'true'`,
])('as the application "%s" is refused', async (statement) => {
  await expect(app.raw(statement)).rejects.toMatchObject(denied);
});

test('a reader writes nothing, even where somebody granted it: its transactions are read-only', async () => {
  await owner.raw('grant insert on operator_tasks to plic_read');
  await expect(reader('operator_tasks').insert({ severity: 'task', reason: 'stuck' })).rejects.toMatchObject({
    code: '25006',
  });
  await owner.raw('revoke insert on operator_tasks from plic_read');
});

test('every law can be looked at by who only reads', async () => {
  await insertDeal(owner, await insertPerson(owner));
  expect(await broken(reader)).toEqual(await broken(owner));
  expect(Object.keys(await broken(reader))).not.toContain('app-role-is-bare');
});

test.each([
  ['grant update on ledger_entries to plic_app', 'plic_app may UPDATE on table ledger_entries'],
  ['grant update (amount) on payments to plic_app', 'plic_app may UPDATE (amount) on table payments'],
  ['grant truncate on deals to plic_app', 'plic_app may TRUNCATE on table deals'],
  ['grant select on cards to public', 'everybody may SELECT on table cards'],
  ['grant insert on deals to plic_read', 'plic_read may INSERT on table deals'],
  ['grant delete on deal_events to plic_app_login', 'plic_app_login may DELETE on table deal_events'],
  ['grant create on schema public to plic_app', 'plic_app may CREATE on schema public'],
  ['grant select on deals to plic_app with grant option', 'plic_app may pass on SELECT on table deals'],
  ['revoke insert on notices from plic_app', 'plic_app may not INSERT on table notices'],
  [
    'grant execute on function removed_cards(text, int) to plic_app',
    'plic_app may EXECUTE on function removed_cards(text,integer)',
  ],
])('"%s" is named by the check, and mended by the next migrate', async (statement, fact) => {
  await inVain(async (trx) => {
    await trx.raw(statement);
    expect(await factsOf(trx)).toEqual([fact]);
    await grantRights(trx);
    expect(await factsOf(trx)).toEqual([]);
  });
});

test.each([
  [
    'create function mighty() returns int language sql security definer as $$ select 1 $$',
    [
      'everybody may EXECUTE on function mighty()',
      'function mighty() has the rights of its owner, and the search path of its caller',
    ],
  ],
  ['create table own (id int); alter table own owner to plic_app', ['plic_app owns own']],
  ['grant set on parameter session_replication_role to plic_app', ['plic_app may set session_replication_role']],
  [
    'grant plic_retention to plic_app_login with inherit false, set true',
    ['plic_app_login may take on plic_retention'],
  ],
  [
    'create role between; grant plic_retention to between; grant between to plic_read_login with inherit false',
    ['plic_read_login is a member of between', 'plic_read_login may take on plic_retention'],
  ],
  ['grant pg_write_all_data to plic_app', ['plic_app is a member of pg_write_all_data']],
  ['alter role plic_app_login createrole', ['plic_app_login may create roles']],
  ['alter role plic_read login', ['plic_read may log in']],
])('"%s" is named by the check', async (statement, facts) => {
  await inVain(async (trx) => {
    await trx.raw(statement);
    expect(await factsOf(trx)).toEqual(facts);
  });
});

test('migrating sets the rights once, and then finds nothing to set', async () => {
  await owner.raw('revoke all on all tables in schema public from plic_app; grant update on deals to plic_app');
  await migrate(owner);
  const acls = () => owner.raw('select relname, relacl::text, xmin from pg_class where relacl is not null order by 1');
  const before = (await acls()).rows;
  await migrate(owner);
  expect((await acls()).rows).toEqual(before);
  expect(await broken(owner)).not.toHaveProperty('app-role-is-bare');
});

describe('who may serve', () => {
  test('the application may', async () => {
    expect(await refusalToServe(app)).toBeNull();
  });

  test('the owner, and whoever could change the ledger, may not', async () => {
    expect(await refusalToServe(owner)).toMatch(
      /^the database user plic may change the ledger: .*MIGRATE_DATABASE_URL/,
    );
    await owner.raw('grant update (amount) on ledger_entries to plic_app');
    expect(await refusalToServe(app)).toMatch(/^the database user plic_app_login may change the ledger: /);
    await grantRights(owner);
  });

  test('who is no member of the role is told what to have executed', async () => {
    expect(await refusalToServe(reader)).toBe(
      'the database user plic_read_login may not serve: have "grant plic_app to plic_read_login" executed',
    );
  });

  test.each(['api/main.ts', 'workers/main.ts'])('%s does not start as the owner, and says so', async (program) => {
    const run = new Promise<{ code: number; said: string }>((resolve) => {
      execFile(process.execPath, [compiled(program)], { env: STARTING() }, (error, _out, said) =>
        resolve({ code: Number(error?.code ?? 0), said }),
      );
    });
    const { code, said } = await run;
    expect(code).toBe(1);
    expect(said).toMatch(/^(api|worker): the database user plic may change the ledger: [^\n]*\n$/);
  });
});

/** All that a process asks for before it looks at its database. */
const STARTING = () => ({
  ...{ PATH: process.env.PATH, LOG_LEVEL: 'silent', DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' },
  ...{
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PLIC_KEY_FILE: '/nowhere',
    JWT_SECRET: 'j'.repeat(32),
    SES_FROM: 'a@b.example',
  },
  ...{ SOFTPAYMENT_WEBHOOK_SECRETS: `whsec_${'a'.repeat(44)}`, BANK_WEBHOOK_SECRETS: `whsec_${'a'.repeat(44)}` },
  ...{ SOFTPAYMENT_URL: 'http://127.0.0.1:1', SOFTPAYMENT_API_KEY: 'k', BANK_URL: 'http://127.0.0.1:1' },
  SOFTPAYMENT_FORM_URL: 'http://127.0.0.1:1',
  ...{ BANK_API_KEY: 'k', ALIGO_URL: 'http://127.0.0.1:1', ALIGO_API_KEY: 'k', ALIGO_USER_ID: 'u' },
  ...{ ALIGO_SENDER: '0212345678', ARCHIVE_DIR: '/nowhere' },
});

describe('an owner of the database who is no superuser', () => {
  const inOrder = async (login: string, then: string[]) => {
    await owner.transaction(async (trx) => {
      await trx.raw('set local role ??', [login]);
      for (const statement of then) await trx.raw(statement);
    });
  };

  test('makes the roles if they may create roles, and is told what to have executed otherwise', async () => {
    const [able, unable, role] = [unique('able'), unique('unable'), unique('role')];
    await owner.raw(`create role ${able} createrole; create role ${unable}`);
    const block = (ROLES[0] as string).replaceAll('plic_app', role);
    try {
      await expect(inOrder(unable, [block])).rejects.toThrow(`have "create role ${role} nologin" executed`);
      await inOrder(able, [block]);
      await inOrder(unable, [block]); // now that it is there
    } finally {
      await owner.raw(`drop role if exists ${role}; drop role ${able}; drop role ${unable}`);
    }
  });

  test('who owns nothing cannot set the rights, and is told who should', async () => {
    await owner.raw('grant delete on deals to plic_app');
    await expect(grantRights(app)).rejects.toThrow(
      'have the owner execute "revoke DELETE on table public.deals from plic_app"',
    );
    await grantRights(owner);
  });
});
