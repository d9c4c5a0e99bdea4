/** What operators look for and what waits for them is read from indexes, however large the tables are. */
import { QUEUES } from '../../api/operator/admin/queues';
import { adminBreaks, adminJournals } from '../../db/views/admin-books';
import { findAdminDeal } from '../../db/views/admin-deal';
import { adminDeals } from '../../db/views/admin-deals';
import { type Listing, listRows } from '../../db/views/admin-list';
import { adminMembers, findAdminMember } from '../../db/views/admin-members';
import { adminChargebacks, adminPayments, adminRefunds, adminTransfers } from '../../db/views/admin-money';
import { lookFor, SEARCH_KEYS, type SearchKey, type Sought } from '../../db/views/admin-search';
import { adminDecisions, adminDoubts, adminEvents, adminNotices, adminTasks } from '../../db/views/admin-watch';
import { auditEntries } from '../../db/views/audit-entries';
import { insertManyRows, MANY_ROWS } from '../fixtures/many-rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await insertManyRows(database.db);
});
afterAll(() => database.drop());

interface Node {
  readonly 'Node Type': string;
  readonly Filter?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Node[];
}
/** What a limit ends without a condition reads no more rows than are counted, however many there are. */
const isEnded = (node: Node, above: Node | undefined): boolean =>
  above?.['Node Type'] === 'Limit' && node.Filter === undefined;
const scansIn = (node: Node, above?: Node): string[] => [
  ...(node['Node Type'] === 'Seq Scan' && !isEnded(node, above) ? [node['Relation Name'] ?? ''] : []),
  ...(node.Plans ?? []).flatMap((below) => scansIn(below, node)),
];

/** The large tables that the statements of `work` read from one end to the other. */
async function scannedBy(work: () => Promise<unknown>): Promise<string[]> {
  const { db } = database;
  const asked: { sql: string; bindings: readonly string[] }[] = [];
  const note = (query: { sql: string; bindings: readonly string[] }) => asked.push(query);
  db.on('query', note);
  await work();
  db.removeListener('query', note);
  const scanned: string[] = [];
  for (const { sql, bindings } of asked.filter((query) => query.sql.startsWith('select'))) {
    const { rows } = await db.raw(`explain (format json) ${sql.replace(/\$\d+/g, '?')}`, bindings);
    scanned.push(...scansIn(rows[0]['QUERY PLAN'][0].Plan));
  }
  expect(asked.length).toBeGreaterThan(0);
  return scanned.filter((table) => MANY_ROWS.includes(table));
}

const uuidOf = async (kind: string): Promise<string> => {
  const { rows } = await database.db.raw(`select md5('${kind}' || 7)::uuid as id`);
  return rows[0].id;
};
const hashed = (text: string): Sought => [{ odd: text, even: text }];

const SOUGHT: Readonly<Record<SearchKey, () => Sought | Promise<Sought>>> = {
  'deal-no': () => 'D7',
  'order-id': () => 'O7',
  'payment-key': () => 'K7',
  'transfer-reference': () => 'T7',
  'refund-key': () => 'R7',
  'chargeback-case': () => 'C7',
  'webhook-id': () => 'evt_7',
  'fee-refund-request': () => 'request 7',
  'request-id': () => uuidOf('request'),
  id: () => uuidOf('deal'),
  phone: () => hashed('p7'),
  email: () => hashed('e7'),
  account: () => Array.from({ length: 24 }, (_, n) => ({ odd: `a${n}`, even: null })),
  card: () => '4444470007',
};

test.each(SEARCH_KEYS)('the search by %s reads an index, and finds', async (key) => {
  const sought = await SOUGHT[key]();
  expect(await scannedBy(() => lookFor(database.db, key, sought))).toEqual([]);
  expect((await lookFor(database.db, key, sought)).length).toBeGreaterThan(0);
});

test.each(Object.entries(QUEUES))('the queue %s is counted from an index', async (_, { look }) => {
  expect(await scannedBy(() => look(database.db, new Date('2026-03-01T00:00:00Z')))).toEqual([]);
});

const first = <F, R extends object>(listing: Listing<F, R>, filter: F) => {
  return () => listRows(database.db, listing, { filter, limit: 20 });
};
const A_DAY = { since: new Date('2026-01-02T00:00:00Z'), until: new Date('2026-01-03T00:00:00Z') };
const PAGES: Readonly<Record<string, () => Promise<unknown>>> = {
  'deals in review': () => first(adminDeals, { waiting: ['risk-review'] })(),
  'deals of one state': () => first(adminDeals, { states: ['TRANSFER_FAILED'] })(),
  'deals returned': () => first(adminDeals, { returned: true })(),
  'deals in doubt': () => first(adminDeals, { doubted: true })(),
  'deals with a task': () => first(adminDeals, { tasked: true })(),
  'all deals': () => first(adminDeals, {})(),
  'all members': () => first(adminMembers, {})(),
  'all payments': () => first(adminPayments, {})(),
  'all transfers': () => first(adminTransfers, {})(),
  'all refunds': () => first(adminRefunds, {})(),
  'all chargebacks': () => first(adminChargebacks, {})(),
  'all journals': () => first(adminJournals, {})(),
  'all breaks': () => first(adminBreaks, {})(),
  'all doubts': () => first(adminDoubts, {})(),
  'all tasks': () => first(adminTasks, {})(),
  'all notices': () => first(adminNotices, {})(),
  'all events': () => first(adminEvents, {})(),
  'all decisions': () => first(adminDecisions, {})(),
  'deals of one day': () => first(adminDeals, A_DAY)(),
  'deals of one amount': () => first(adminDeals, { amountFrom: 20_000, amountTo: 30_000 })(),
  'open doubts': () => first(adminDoubts, { open: true })(),
  'open breaks': () => first(adminBreaks, { open: true })(),
  'open tasks': () => first(adminTasks, { open: true })(),
  'open events': () => first(adminEvents, { open: true })(),
  'notices that fail': () => first(adminNotices, { standing: 'failing' })(),
  'open chargebacks': () => first(adminChargebacks, { status: 'OPEN' })(),
  'undecided payments': () => first(adminPayments, { status: 'PENDING' })(),
  'members who left': () => first(adminMembers, { standing: 'left' })(),
  'members of one grade': () => first(adminMembers, { grade: 'VIP' })(),
  'undecided refunds': () => first(adminRefunds, { status: 'PENDING' })(),
  'returned transfers': () => first(adminTransfers, { status: 'RETURNED' })(),
  'blocking decisions': () => first(adminDecisions, { verdict: 'BLOCK' })(),
  'notices that were given up': () => first(adminNotices, { standing: 'given-up' })(),
  'journals of a rare account': () => first(adminJournals, { account: 'suspense' })(),
  'journals of one day': () => first(adminJournals, A_DAY)(),
  'payments of one day': () => first(adminPayments, A_DAY)(),
  'audit entries of one day': () => auditEntries(database.db, A_DAY, { limit: 100 }),
  'audit entries of one action': () => auditEntries(database.db, { action: 'reveal' }, { limit: 100 }),
  'audit entries of refusals': () => auditEntries(database.db, { outcome: 'refused' }, { limit: 100 }),
  'audit entries of one operator': () => auditEntries(database.db, { actor: 'operator:lee' }, { limit: 100 }),
  'audit entries of one deal': () => auditEntries(database.db, { subjectKind: 'deal', subject: 'D7' }, { limit: 100 }),
};

test.each(Object.entries(PAGES))('the first page of %s is read from an index', async (_, page) => {
  expect(await scannedBy(page)).toEqual([]);
});

test('one deal whole reads indexes only', async () => {
  const id = await uuidOf('deal');
  expect(await scannedBy(() => findAdminDeal(database.db, id))).toEqual([]);
});

test('one member whole reads indexes only', async () => {
  const id = await uuidOf('user');
  expect(await scannedBy(() => findAdminMember(database.db, id))).toEqual([]);
});
