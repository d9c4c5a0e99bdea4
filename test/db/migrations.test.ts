import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate } from '../../db/migrations';
import { type TestDatabase, testDatabase } from '../servers/database';

const root = join(__dirname, '../..');
/** `npm run migrate` without npm. */
const migrateProcess = (databaseUrl: string) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'db/migrate.ts'], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase('empty');
});
afterEach(() => database.drop());

const tables = async () => {
  const { rows } = await database.db.raw(
    `select table_name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  return rows.map((row: { table_name: string }) => row.table_name);
};

test('migrating twice changes nothing the second time', async () => {
  expect(await migrate(database.db)).not.toEqual([]);
  const before = await tables();
  expect(before).toEqual(expect.arrayContaining(['deals', 'payments', 'transfers', 'ledger_entries']));
  expect(await migrate(database.db)).toEqual([]);
  expect(await tables()).toEqual(before);
});

test('processes that migrate at once all succeed, and each migration is applied once', async () => {
  await Promise.all([1, 2, 3].map(() => migrateProcess(database.url)));
  const applied = await database.db('knex_migrations').pluck('name');
  expect(applied).toEqual([...new Set(applied)]);
  expect(await migrate(database.db)).toEqual([]);
});

test('every table is locked optimistically and deleted softly', async () => {
  await migrate(database.db);
  const { rows } = await database.db.raw(`
    select table_name from information_schema.tables t where table_schema = 'public' and table_name not like 'knex%'
      and (select count(*) from information_schema.columns c
           where c.table_name = t.table_name and c.column_name in ('version', 'deleted_at')) <> 2`);
  expect(rows).toEqual([]);
});

test('no column of money is a float', async () => {
  await migrate(database.db);
  const { rows } = await database.db.raw(`
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and data_type in ('real', 'double precision', 'numeric', 'money')`);
  expect(rows).toEqual([]);
});
