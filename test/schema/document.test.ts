/** docs/database.md, and what the migrated database promises of every table (spec §10). */
import { readFileSync } from 'node:fs';
import { testDatabase } from '../servers/database';
import { DOCUMENT_FILE, databaseDocument } from './document';
import { readSchema, type Table } from './read-schema';
import { TO_COME } from './words';

/** Of spec §10. */
const TABLES = [
  ...['users', 'deals', 'payments', 'transfers', 'transfer_jobs', 'cards', 'bank_accounts', 'favorite_accounts'],
  ...['memberships', 'admin_users', 'pg_webhook_events', 'idempotency_keys', 'admin_audit_logs', 'ledger_entries'],
  'user_monthly_stats',
];

let schema: ReadonlyMap<string, Table>;
beforeAll(async () => {
  const { db, drop } = await testDatabase();
  schema = await readSchema(db).finally(drop);
});

test('docs/database.md is what the migrations make: if not, `npm run db:docs`', () => {
  expect(readFileSync(DOCUMENT_FILE, 'utf8')).toBe(databaseDocument(schema));
});

test('a table or a column without words is named, and so are words of nothing', () => {
  const more = { name: 'visits', columns: [], constraints: [], indexes: [], guards: [] };
  expect(() => databaseDocument(new Map([...schema, ['visits', more]]))).toThrow('visits');
  const cards = schema.get('cards') as Table;
  const column = { name: 'colour', type: 'text', nullable: true };
  const coloured = { ...cards, columns: [...cards.columns, column] };
  expect(() => databaseDocument(new Map([...schema, ['cards', coloured]]))).toThrow('cards.colour');
  expect(() => databaseDocument(new Map([...schema].filter(([name]) => name !== 'sends')))).toThrow('sends');
});

test('tables have the names of the specification; those that are to come are said to be', () => {
  expect(TABLES.filter((name) => !schema.has(name) && !(name in TO_COME))).toEqual([]);
});

test('every table of ours counts its changes and is deleted softly', () => {
  const lacking = [...schema.values()]
    .filter(({ columns }) => !['version', 'deleted_at'].every((name) => columns.some((own) => own.name === name)))
    .map(({ name }) => name);
  expect(lacking).toEqual([
    'admin_audit_logs', // its entries never change, nor go: the chain counts them
    ...['knex_migrations', 'knex_migrations_lock'],
  ]);
});
