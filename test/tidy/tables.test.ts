/** Tables belong to db/: whoever else wants a row asks a verb of db for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ENCRYPTED_COLUMNS } from '../../db/encrypted-columns';

const ROOT = join(__dirname, '../..');
const OUTSIDE = ['workflows', 'activities', 'api', 'workers', 'infra'];

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const filesUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => posix.join(folder, name));
const migrations = filesUnder('db/migrations')
  .filter((file) => /\.(ts|sql)$/.test(file))
  .map(read)
  .join('\n');
const TABLES = [...migrations.matchAll(/create table (\w+)/g)].map(([, table = '']) => table);

/** Comments may speak of deals and payments; code may not. */
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

const names = TABLES.join('|');
/** `trx('deals')`, `db<Row>('deals as d')`, `.join('deals', …)`. */
const KNEX = new RegExp(
  `\\b(?:db|trx|knex|\\w+Db|join|leftJoin|from|into|table)(?:<[^()]*>)?\\(\\s*['"\`](?:${names})\\b`,
);
const SQL = new RegExp(`\\b(?:from|join|into|update|table)\\s+(?:only\\s+)?(?:${names})\\b(?!\\s*\\()`, 'i');

test('the migrations are where the tables are read from', () => {
  expect(TABLES).toEqual(expect.arrayContaining(['deals', 'payments', 'pg_webhook_events', 'reconciliation_breaks']));
});

test('a table is named in db/ alone', () => {
  // The sandboxes have no database; what they call a table is a map.
  const files = OUTSIDE.flatMap(filesUnder).filter((file) => /^(?!infra\/sandbox\/).*\.ts$/.test(file));
  const strays = files.filter((file) => {
    const code = withoutComments(read(file));
    return KNEX.test(code) || SQL.test(code);
  });
  expect(strays).toEqual([]);
});

test('every column of ciphertext has its place, and no place is of another column', () => {
  const bodies = [...migrations.matchAll(/create table (\w+) \(([\s\S]*?)\);/g)];
  const columns = bodies.flatMap(([, table, body = '']) =>
    [...body.matchAll(/\b(\w+_encrypted) text/g)].map(([, column]) => `${table}.${column}`),
  );
  expect(
    Object.values(ENCRYPTED_COLUMNS)
      .map(({ table, column }) => `${table}.${column}`)
      .sort(),
  ).toEqual(columns.sort());
});
