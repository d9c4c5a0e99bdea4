/** Every column that may be about a person is destroyed by a rule, or kept for a reason that people can read. */
import { ENCRYPTED_COLUMNS } from '../../db/encrypted-columns';
import { KEPT_COLUMNS, RETENTION_RULES } from '../../db/retention/rules';
import { testDatabase } from '../servers/database';

/** Names that columns about people have; whoever adds one decides what becomes of it. */
const PERSONAL = new RegExp(
  [
    ...[
      '_encrypted$',
      '_hash$',
      '_even$',
      '_hashes$',
      'name$',
      'label',
      'last4',
      'masked',
      'phone',
      'mail',
      'memo',
      'purpose',
    ],
    ...['note$', 'detail', '^reason$', '_reason$', 'evidence', 'actor', '_by$', 'device', '^body', 'params', 'headers'],
    ...[
      'address',
      'session',
      '^ours$',
      '^theirs$',
      'resolution',
      '_url',
      '^ip',
      'agent',
      'birth',
      'expiry',
      '^key$',
      '^path$',
    ],
  ].join('|'),
);
/** Names like those of columns about people, of what is about none. */
const OF_NO_PERSON = [
  ...['deals.waiting_reason', 'deal_events.key', 'migration_hashes.name', 'doubts.raised_by', 'doubts.closed_by'],
  ...['ledger_journals.key', 'reconciliation_breaks.key', 'reconciliation_carried.key', 'sends.key'],
  ...['data_keys.purpose', 'archive_parts.table_name', 'notices.ended_reason'],
];

test('every column about a person has a rule, or a reason to stay, and none has both', async () => {
  const { db, drop } = await testDatabase();
  const { rows } = await db.raw<{ rows: { name: string; column: string; tells: boolean }[] }>(`
    select table_name || '.' || column_name as name, column_name as column,
      data_type in ('text', 'jsonb', 'json', 'bytea', 'inet') as tells
    from information_schema.columns where table_schema = 'public' and table_name !~ '^knex'`);
  await drop();
  const ruled = Object.values(RETENTION_RULES).flatMap(({ table, columns }) => columns.map((one) => `${table}.${one}`));
  const kept = Object.keys(KEPT_COLUMNS);
  const personal = rows.filter(({ column, tells }) => tells && PERSONAL.test(column)).map(({ name }) => name);
  const known = new Set([...ruled, ...kept, ...OF_NO_PERSON]);
  expect(personal.filter((name) => !known.has(name))).toEqual([]);
  const there = new Set(rows.map(({ name }) => name));
  expect([...ruled, ...kept].filter((name) => !there.has(name))).toEqual([]);
  expect(kept.filter((name) => ruled.includes(name))).toEqual([]);
});

test('nothing that is encrypted is kept for ever', () => {
  const ruled = Object.values(RETENTION_RULES).flatMap(({ table, columns }) => columns.map((one) => `${table}.${one}`));
  const encrypted = Object.values(ENCRYPTED_COLUMNS).map(({ table, column }) => `${table}.${column}`);
  // A key goes when it is retired, an operator's secret with the operator, an operator's answer after 30 days (hourly),
  // where a device hears pushes with its row.
  expect(encrypted.filter((name) => !ruled.includes(name)).sort()).toEqual([
    ...['admin_idempotency_keys.response_encrypted', 'admin_users.totp_secret_encrypted', 'hash_keys.key_encrypted'],
    'push_subscriptions.target_encrypted',
  ]);
});
