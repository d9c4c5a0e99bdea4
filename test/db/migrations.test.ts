import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { claimKey } from '../../db/idempotency-keys';
import { migrate, NotMigrated, requireMigrated } from '../../db/migrations';
import { insertDeal, insertPayment, insertPerson, insertTransfer } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';
import { compiled } from '../servers/programs';
import { APPLIED } from './applied-migrations';

const root = join(__dirname, '../..');
/** `npm run migrate` without npm. */
const migrateProcess = (databaseUrl: string) =>
  promisify(execFile)(process.execPath, [compiled('workers/commands/migrate.ts')], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase('empty');
});
afterEach(() => database.drop());
const tables = (): Promise<string[]> =>
  database.db('information_schema.tables').where({ table_schema: 'public' }).orderBy('table_name').pluck('table_name');

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

test('the SQL of an applied migration never changes, whatever becomes of the constants of the code', async () => {
  await migrate(database.db);
  const executed: { name: string; sha256: string }[] = await database.db('migration_hashes').orderBy('name');
  const changed = executed
    .filter(({ name, sha256 }) => name in APPLIED && APPLIED[name] !== sha256)
    .map(
      ({ name, sha256 }) =>
        `the text of ${name} was changed (${sha256}), and databases have it as it was: write a new migration`,
    );
  expect(changed).toEqual([]);
  const unpinned = executed
    .filter(({ name }) => !(name in APPLIED))
    .map(({ name, sha256 }) => `${name} is new: add it to APPLIED with ${sha256}`);
  expect(unpinned).toEqual([]);
  expect(executed.map(({ name }) => name)).toEqual(Object.keys(APPLIED));
});

test('a database that lacks a migration is refused with the command that applies it', async () => {
  await expect(requireMigrated(database.db)).rejects.toThrow(
    new NotMigrated(`the database lacks ${Object.keys(APPLIED).join(', ')}: run "npm run migrate"`),
  );
  await migrate(database.db);
  await requireMigrated(database.db);
});

test.each([
  ['it starts', requireMigrated],
  ['it migrates', migrate],
])('a database that another text of a migration made is refused when %s', async (_, look) => {
  await migrate(database.db);
  await database.db('migration_hashes').where({ name: '0001-baseline' }).update({ sha256: 'another' });
  await expect(look(database.db)).rejects.toThrow(
    new NotMigrated(
      'this database was made by another text of 0001-baseline than this code has: ' +
        'run the version that made it, or set DATABASE_URL to an empty one and run "npm run migrate"',
    ),
  );
});

test('a database of an earlier, unreleased version is refused in one sentence and left as it was', async () => {
  await database.db.raw(`create table knex_migrations (name text);
    insert into knex_migrations values ('0001-deals'), ('0002-operations');`);
  const sentence =
    'this database was made by an earlier, unreleased version (0001-deals): ' +
    'drop it, or set DATABASE_URL to an empty one, and run "npm run migrate"';
  await expect(requireMigrated(database.db)).rejects.toThrow(new NotMigrated(sentence));
  const command = await migrateProcess(database.url).catch((error) => error);
  expect([command.code, command.stderr]).toEqual([1, `migrate: ${sentence}\n`]);
  expect(await tables()).toEqual(['knex_migrations']);
});

test.each([
  ['members', '0011-members-encrypted'],
  ['recipients', '0018-recipients-and-memos'],
  ['answers', '0022-answers-encrypted'],
])('a database with %s in the clear is refused in one sentence and left as it was', async (rows, since) => {
  await migrate(database.db);
  const { userId: user_id } = await insertPerson(database.db);
  const key = { user_id, method: 'POST', path: '/a', key: 'k', body_hash: 'b' };
  await database.db('idempotency_keys').insert(key);
  for (const table of ['knex_migrations', 'migration_hashes'])
    await database.db(table).where('name', '>=', since).delete();
  const sentence =
    `this database holds ${rows} of an earlier, unreleased version in the clear (before ${since}): ` +
    'drop it, or set DATABASE_URL to an empty one, and run "npm run migrate"';
  await expect(requireMigrated(database.db)).rejects.toThrow(new NotMigrated(sentence));
  const command = await migrateProcess(database.url).catch((error) => error);
  expect([command.code, command.stderr]).toEqual([1, `migrate: ${sentence}\n`]);
});

test('a database of a later version, which has all migrations of this code and more, is taken', async () => {
  await migrate(database.db);
  await database.db('migration_hashes').insert({ name: '9999-later', sha256: 'of its own' });
  await requireMigrated(database.db);
});

test('every table is locked optimistically and deleted softly', async () => {
  await migrate(database.db);
  const { rows } = await database.db.raw(`
    select table_name from information_schema.tables t where table_schema = 'public' and table_name not like 'knex%'
      and (select count(*) from information_schema.columns c
           where c.table_name = t.table_name and c.column_name in ('version', 'deleted_at')) <> 2`);
  expect(rows).toEqual([{ table_name: 'admin_audit_logs' }]); // its entries never change, nor go
});

test('no column of money is a float', async () => {
  await migrate(database.db);
  const { rows } = await database.db.raw(`
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and data_type in ('real', 'double precision', 'numeric', 'money')`);
  expect(rows).toEqual([]);
});

/** As if the migration had not been applied yet. */
async function applyAgain(name: string): Promise<void> {
  await database.db('knex_migrations').where({ name }).delete();
  await database.db('migration_hashes').where({ name }).delete();
  await migrate(database.db);
}

test('a key that had two paths before a key had one keeps both answers, and is taken on no third path', async () => {
  const { db } = database;
  await migrate(db);
  await db.raw('alter table idempotency_keys drop column beside_first, drop column headers');
  const { userId } = await insertPerson(db);
  const answered = { user_id: userId, method: 'POST', body_hash: 'body', content_type: 'application/json' };
  const stored = (key: string, path: string, second: number) => ({
    ...{ ...answered, key, path, status_code: 201, response_encrypted: path, created_at: new Date(second * 1_000) },
  });
  await db('idempotency_keys').insert([stored('two', '/b', 2), stored('two', '/a', 3), stored('one', '/a', 1)]);
  await applyAgain('0014-one-key-one-path');
  const caller = { kind: 'payer', id: userId } as const;
  const claim = (key: string, path: string) => claimKey(db, { caller, method: 'POST', path, key }, 'body');
  const answer = { status: 201, contentType: 'application/json', headers: {} };
  for (const path of ['/a', '/b'])
    expect(await claim('two', path)).toEqual({ kind: 'replay', answer: { ...answer, bodyEncrypted: path } });
  for (const key of ['one', 'two']) expect(await claim(key, '/c')).toEqual({ kind: 'reused' });
  expect(await claim('new', '/a')).toMatchObject({ kind: 'claimed' });
  expect(await db('idempotency_keys')).toHaveLength(4);
});

test('of two payers who had one card the first keeps it, operators hear of it, and each payer has one default', async () => {
  const { db } = database;
  await migrate(db);
  const [first, second] = [await insertPerson(db), await insertPerson(db)];
  await db.raw(`alter table cards drop column is_default; drop index cards_one_payer;
    drop function stamp_deal_change cascade; drop function tell_given_back cascade;
    alter table deals drop column changed_xid; alter table deal_events drop column xid; drop index deals_user_status`);
  const made = (second: number) => ({ created_at: new Date(second * 1_000) });
  await db('cards').where({ id: first.cardId }).update(made(1));
  await db('cards').where({ id: second.cardId }).update(made(2));
  const { card_key: _key, ...card } = await db('cards').where({ id: first.cardId }).first();
  const copies = [
    { ...card, ...made(3), id: first.recipientId, billing_key_hash: 'another' },
    { ...card, ...made(4), id: second.recipientId, user_id: second.userId },
  ];
  await db('cards').insert(copies);
  await applyAgain('0019-cards-and-changes');
  const living = await db('cards').whereNull('deleted_at').orderBy('created_at').select('id', 'is_default');
  expect(living).toEqual([
    { id: first.cardId, is_default: true },
    { id: second.cardId, is_default: true },
    { id: first.recipientId, is_default: false },
  ]);
  expect(await db('operator_tasks').select('deal_id', 'severity', 'reason', 'detail')).toEqual([
    {
      ...{ deal_id: null, severity: 'task', reason: 'card-of-another' },
      detail: '1 cards were registered by two payers',
    },
  ]);
});

test('rows of one billing key have one hour from then on, with the charges of all', async () => {
  const { db } = database;
  await migrate(db);
  const [first, second] = [await insertPerson(db), await insertPerson(db)];
  const [nine, ten] = [new Date('2026-03-02T09:00:00Z'), new Date('2026-03-02T10:00:00Z')];
  for (const [n, person] of [first, first, second].entries()) {
    const sentAt = n === 0 ? nine : ten;
    const charge = { status: 'FAILED', decline_code: 'stolen-card', sent_at: sentAt, decided_at: sentAt };
    await insertPayment(db, person, await insertDeal(db, person), charge);
  }
  const hour = { billing_key_hash: 'one', hour_charges: 1 };
  const gone = { ...hour, hour_opened_at: nine, is_default: false, deleted_at: ten };
  await db('cards').where({ id: first.cardId }).update(gone);
  await db('cards')
    .where({ id: second.cardId })
    .update({ ...hour, hour_opened_at: ten });
  await db.raw(`alter table cards drop column card_key, drop column first_card_id;
    alter table risk_decisions drop column memo_changed; alter table transfers drop column holder_name_encrypted`);
  await applyAgain('0026-cards-decisions-transfers');
  expect(await db('cards').select('card_key', 'hour_opened_at', 'hour_charges')).toEqual(
    [1, 2].map(() => ({ card_key: first.cardId, hour_opened_at: ten, hour_charges: 2 })),
  );
});

describe('the clearing account of transfers', () => {
  const posted = (kind: string) =>
    database
      .db('ledger_entries as e')
      .join('ledger_journals as j', 'j.id', 'e.journal_id')
      .where({ kind })
      .orderBy('e.id')
      .select('j.key', 'e.deal_id', 'e.account', 'e.amount');

  test('transfers that are undecided when it comes are in flight from then on; decided ones stay as they were', async () => {
    const { db } = database;
    await migrate(db);
    const person = await insertPerson(db);
    const decided = { decided_at: new Date() };
    const made: Record<string, string> = {};
    for (const status of ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'RETURNED']) {
      made[status] = await insertDeal(db, person);
      const open = status === 'PENDING' || status === 'PROCESSING';
      await insertTransfer(db, person, made[status], { reference: `${status}-T1`, status, ...(!open && decided) });
    }
    await applyAgain('0007-clearing');
    const inFlight = (status: string) => {
      const of = { key: `transfer-intent:${status}-T1`, deal_id: made[status] };
      return [
        { ...of, account: 'recipient_payable', amount: '10000' },
        { ...of, account: 'transfers_in_flight', amount: '-10000' },
      ];
    };
    expect(await posted('transfer-intent')).toEqual([...inFlight('PENDING'), ...inFlight('PROCESSING')]);
    expect(await db('ledger_journals')).toHaveLength(2);
  });

  test('a second payout that was accepted before it is booked', async () => {
    const { db } = database;
    await migrate(db);
    const dealId = await insertDeal(db, await insertPerson(db));
    const [run] = await db('reconciliation_runs')
      .insert({ engine_run: 'one', business_day: '2026-03-02', read_at: new Date() })
      .returning('id');
    const found = { class: 'paid-after-failure', source: 'transfer', business_day: '2026-03-02', deal_id: dealId };
    const seen = { first_run: run.id, last_run: run.id, amount: 7_000, resolved_at: new Date(), resolution: 'by kim' };
    for (const accepted of [true, false])
      await db('reconciliation_breaks').insert({ ...found, ...seen, key: `${accepted}`, subject: 'T', accepted });
    await applyAgain('0007-clearing');
    const { id } = await db('reconciliation_breaks').where({ accepted: true }).first('id');
    const of = { key: `correction:${id}`, deal_id: dealId };
    expect(await posted('correction')).toEqual([
      { ...of, account: 'recipient_overpaid', amount: '7000' },
      { ...of, account: 'bank_float', amount: '-7000' },
    ]);
  });
});
