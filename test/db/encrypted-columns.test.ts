import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENCRYPTED_COLUMNS } from '../../db/encrypted-columns';

const MIGRATIONS = join(__dirname, '../../db/migrations');
const migrations = readdirSync(MIGRATIONS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(MIGRATIONS, name), 'utf8'))
  .join('\n');

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
