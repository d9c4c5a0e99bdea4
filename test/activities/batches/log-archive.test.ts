/** Months of deals in the archive: what is due, what lies there, and what becomes of it when something goes on or is another. */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { archiveActivities } from '../../../activities/batches/log-archive';
import { ARCHIVED_TABLE_NAMES, ARCHIVED_TABLES } from '../../../db/archive/tables';
import { archivedMonths } from '../../../db/archives';
import { openDb } from '../../../db/connection';
import { RETENTION_RULES } from '../../../db/retention/rules';
import { openArchive } from '../../../infra/archive/open';
import { createLog } from '../../../infra/log';
import type { ArchiveActivities } from '../../../workflows/batches/ports';
import {
  type ArchiveName,
  type ArchiveStore,
  type Manifest,
  manifestKey,
  partKey,
} from '../../../workflows/domain/archive';
import { ENDED_MONTH, goesOn, insertEndedMonth, pastGuards } from '../../fixtures/ended-month';
import { SEALED } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testStack } from '../../servers/stack';

const DEALS = 7;
const PAGE = 3;
const SUNDAY = '2026-02-28T20:00:00.000Z'; // 1 March, 05:00 KST
const FIRST: ArchiveName = { month: ENDED_MONTH, number: 1 };

let database: TestDatabase;
let store: ArchiveStore;
beforeEach(async () => {
  database = await testDatabase();
  await insertEndedMonth(database.db, DEALS);
  store = openArchive({ kind: 'folder', folder: join(testStack().dir, randomUUID()) });
});
afterEach(() => database.drop());

/** The house's own steps, as the application's user. */
const steps = (into: ArchiveStore = store): ArchiveActivities =>
  archiveActivities({
    ...{ db: database.db, store: into, log: createLog('test', 'silent'), pageSize: PAGE, heartbeat: () => undefined },
    openBatchDb: () => openDb({ databaseUrl: database.logins.app, poolMax: 2 }),
  });
/** What a run would do: the months to be written, and those that wait. */
async function due(scheduledAt = SUNDAY) {
  const own = steps();
  const [due, waiting]: [ArchiveName[], { month: string; deals: number }[]] = [[], []];
  for (const month of await own.archiveMonths({ scheduledAt })) {
    const found = await own.archiveDue({ scheduledAt, month });
    if (found.kind === 'due') due.push({ month, number: found.number });
    if (found.kind === 'waits') waiting.push({ month, deals: found.deals });
  }
  return { due, waiting };
}
/** So many days after what was archived last. */
async function daysAfter(days: number): Promise<string> {
  const last = (await archivedMonths(database.db)).at(-1);
  return new Date((last?.at.getTime() ?? Number.NaN) + days * 24 * 3_600_000).toISOString();
}

/** Every page, and the end; or what a page was refused with. */
async function archive(name: ArchiveName, own = steps()) {
  let after: string | null = null;
  for (let part = 1; ; part++) {
    const page = await own.archivePage({ ...name, part, after });
    if (page.kind !== 'written') return page;
    if (page.next === null) return own.archiveWhole(name);
    after = page.next;
  }
}
const manifest = async (name: ArchiveName): Promise<Manifest> => JSON.parse(`${await store.read(manifestKey(name))}`);
async function linesOf(table: string, name = FIRST): Promise<Record<string, unknown>[]> {
  const { parts = [] } = (await manifest(name)).tables[table] ?? {};
  const texts = await Promise.all(parts.map(async ({ key }) => gunzipSync((await store.read(key)) ?? '').toString()));
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
}

test('a month that is over and whose deals have all ended is archived whole, table by table; then nothing is due', async () => {
  expect(await due()).toEqual({ due: [FIRST], waiting: [] });
  const ended = await archive(FIRST);
  const { db } = database;
  const counts = { ...Object.fromEntries(ARCHIVED_TABLE_NAMES.map((table) => [table, DEALS])) };
  Object.assign(counts, { ledger_journals: DEALS + 1, ledger_entries: DEALS + 2 }); // with what the house booked in it
  expect(ended).toEqual({ kind: 'whole', rows: Object.values(counts).reduce((sum, n) => sum + n, 0) });
  const told = await manifest(FIRST);
  expect(Object.fromEntries(Object.entries(told.tables).map(([table, { rows }]) => [table, rows]))).toEqual(counts);
  expect(told).toMatchObject({ month: ENDED_MONTH, number: 1, schema: expect.stringMatching(/^\d{4}-/) });
  for (const { table, omits } of ARCHIVED_TABLES) {
    const lines = await linesOf(table);
    const [row] = await db(table).limit(1);
    expect(lines).toHaveLength(counts[table] ?? 0);
    expect([table, Object.keys(lines[0] ?? {}).sort()]).toEqual([
      table,
      [
        ...Object.keys(row).filter((column) => !omits.includes(column)),
        ...(table === 'transfers' ? ['account_last4', 'bank_code'] : []),
      ].sort(),
    ]);
  }
  const [noted] = await archivedMonths(db);
  const sha256 = createHash('sha256')
    .update((await store.read(manifestKey(FIRST))) ?? '')
    .digest('hex');
  expect(noted).toMatchObject({ ...FIRST, manifestSha256: sha256, counts, refused: null });
  expect(await due()).toEqual({ due: [], waiting: [] });
});

test('nothing of a person that is destroyed when its term ends is archived, not even as a ciphertext', async () => {
  await archive(FIRST);
  for (const { table, columns } of Object.values(RETENTION_RULES)) {
    const archived = ARCHIVED_TABLES.find((one) => one.table === table);
    if (archived) expect(archived.omits).toEqual(expect.arrayContaining([...columns]));
  }
  const sealed = await database.db('deals').where({ memo_encrypted: SEALED });
  expect(sealed).toHaveLength(DEALS);
  for (const table of ARCHIVED_TABLE_NAMES) expect(JSON.stringify(await linesOf(table))).not.toContain(SEALED);
});

test('a transfer in the archive says to which bank, and to which last digits, the money went', async () => {
  await archive(FIRST);
  const { bank_code, account_last4 } = await database.db('bank_accounts').first();
  const lines = await linesOf('transfers');
  expect(lines).toHaveLength(DEALS);
  for (const line of lines) expect(line).toMatchObject({ bank_code, account_last4 });
});

test('what a part says of money is what the row says, to the won', async () => {
  await pastGuards(database.db, `update ledger_entries set amount = 9007199254740991 where journal_id = 2`);
  await archive(FIRST);
  const bytes = await store.read(partKey('ledger_entries', FIRST, 1));
  expect(gunzipSync(bytes ?? '').toString()).toContain('"amount": 9007199254740991');
});

test.each([
  ['is not at its end', `update deals set status = 'TRANSFER_FAILED' where deal_no = 'D4'`],
  ['is in doubt', `update doubts set closed_at = null, closed_by = null where deal_id = md5('deal4')::uuid`],
  ['gives money back', `update refunds set status = 'PENDING' where deal_id = md5('deal4')::uuid`],
  ['has news that nobody judged', `update pg_webhook_events set processed_at = null where deal_no = 'D4'`],
])('a month waits while a deal of it %s, and says for how many', async (_, sql) => {
  await pastGuards(database.db, sql);
  expect(await due()).toEqual({ due: [], waiting: [{ month: ENDED_MONTH, deals: 1 }] });
});

test('a deal belongs to the month of Korea in which it was made, and one that nobody confirmed to none', async () => {
  await pastGuards(
    database.db,
    `update deals set created_at = '2026-02-01 00:00:00+09' where deal_no = 'D1';
     update deals set created_at = '2026-01-31 23:59:59.999999+09' where deal_no = 'D2';
     update deals set confirmed_at = null, status = 'PENDING' where deal_no = 'D3';
     insert into ledger_journals (deal_id, kind, key, at)
       values (null, 'settlement', 'settlement:2026-02-05', '2026-02-05 12:00:00+09')`,
  );
  const february = { month: '2026-02', number: 1 };
  expect(await due('2026-02-28T14:59:59.999Z')).toEqual({ due: [FIRST], waiting: [] });
  expect(await due()).toEqual({ due: [FIRST, february], waiting: [] });
  await archive(FIRST);
  await archive(february);
  expect((await linesOf('deals')).map(({ deal_no: dealNo }) => dealNo).sort()).toEqual(['D2', 'D4', 'D5', 'D6', 'D7']);
  expect((await linesOf('deals', february)).map(({ deal_no: dealNo }) => dealNo)).toEqual(['D1']);
  expect((await linesOf('ledger_journals', february)).map(({ key }) => key)).toEqual([
    'charge:O1',
    'settlement:2026-02-05',
  ]);
});

test('a month whose deal goes on later is archived again, whole, under the next number, once in 90 days', async () => {
  await archive(FIRST);
  expect(await due(await daysAfter(91))).toEqual({ due: [], waiting: [] });
  await goesOn(database.db, 'D5');
  const second = { ...FIRST, number: 2 };
  expect(await due(await daysAfter(89))).toEqual({ due: [], waiting: [] });
  expect(await due(await daysAfter(91))).toEqual({ due: [second], waiting: [] });
  await archive(second);
  expect(await linesOf('deal_events', second)).toHaveLength(DEALS + 1);
  expect(await linesOf('deal_events')).toHaveLength(DEALS); // the first one is as it was
  expect(await due(await daysAfter(91))).toEqual({ due: [], waiting: [] });
});

test('a run that is cut off anywhere and begun again leaves what an undisturbed one leaves', async () => {
  const whole = openArchive({ kind: 'folder', folder: join(testStack().dir, randomUUID()) });
  const undisturbed = await testDatabaseAs(database, () => archive(FIRST, steps(whole)));
  for (let writes = 1; ; writes++) {
    let left = writes;
    const dying: ArchiveStore = {
      ...store,
      async put(...given) {
        const put = await store.put(...given);
        if (--left === 0) throw new Error('it died before it could note it');
        return put;
      },
    };
    const died = await archive(FIRST, steps(dying)).catch(() => 'died');
    if (died !== 'died') {
      expect(died).toEqual(undisturbed);
      break;
    }
  }
  expect(await store.read(manifestKey(FIRST))).toEqual(await whole.read(manifestKey(FIRST)));
  const parts = Object.values((await manifest(FIRST)).tables).flatMap((table) => table.parts);
  for (const { key } of parts) expect(await store.read(key)).toEqual(await whole.read(key));
});

/** What is noted meanwhile is forgotten again, past the guards. */
async function testDatabaseAs<T>({ db }: TestDatabase, work: () => Promise<T>): Promise<T> {
  const answer = await work();
  await pastGuards(db, 'delete from archives; delete from archive_parts');
  return answer;
}

test('an object that is there and holds something else is left as it is; the month takes the next number', async () => {
  const key = partKey('payments', FIRST, 2);
  const strange = Buffer.from('somebody else was here');
  await store.put(key, strange, 'frozen');
  expect(await archive(FIRST)).toEqual({
    ...{ kind: 'refused', why: `${ENDED_MONTH}: ${key} is there and holds something else` },
  });
  expect(await store.read(key)).toEqual(strange);
  const second = { ...FIRST, number: 2 };
  expect(await due()).toEqual({ due: [second], waiting: [] });
  expect(await archive(second)).toMatchObject({ kind: 'whole' });
  expect(await due()).toEqual({ due: [], waiting: [] });
  expect(await archivedMonths(database.db)).toMatchObject([{ ...FIRST, manifestSha256: null }, second]);
});

test('a deal that goes on while its month is written gives the month up under this number, not half of it', async () => {
  const own = steps();
  const page = await own.archivePage({ ...FIRST, part: 1, after: null });
  await goesOn(database.db, 'D1');
  const after = page.kind === 'written' ? page.next : null;
  await own.archivePage({ ...FIRST, part: 2, after });
  await own.archivePage({ ...FIRST, part: 3, after: `${await idOf('D6')}` });
  expect(await own.archiveWhole(FIRST)).toEqual({
    ...{ kind: 'refused', why: `${ENDED_MONTH}: deal_events went on while it was written` },
  });
  expect(await store.look(manifestKey(FIRST))).toBeNull();
});
const idOf = async (dealNo: string): Promise<string> =>
  (await database.db('deals').where({ deal_no: dealNo }).first('id'))?.id;
