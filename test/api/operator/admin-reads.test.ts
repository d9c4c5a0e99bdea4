/** What operators read: lists with their totals, one deal whole, work queues; and of people nothing in the clear. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOf } from '../../../api/app';
import type { Operation } from '../../../api/http/operation';
import { operationIdOf } from '../../../api/http/operation-id';
import type { z } from '../../../api/http/zod';
import { DEAL_ORDERS } from '../../../api/operator/deal-orders';
import { WAIT_REASONS } from '../../../workflows/domain/deal-state';
import { OPERATOR_ACTIONS } from '../../../workflows/domain/operator-actions';
import type { OperatorRole } from '../../../workflows/domain/operator-roles';
import { runbookOf } from '../../../workflows/domain/operator-waits';
import { type Canary, insertCanary } from '../../fixtures/canary';
import { insertDeal, insertPerson, type Person } from '../../fixtures/rows';
import { type BareApi, type LoggedInOperator, startBareApi } from '../bare-api';

let api: BareApi;
let admin: LoggedInOperator;
let canary: Canary;
beforeAll(async () => {
  api = await startBareApi();
  admin = await api.operator();
  canary = await insertCanary(api);
});
afterAll(() => api.stop());

interface List {
  readonly items: Record<string, unknown>[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly totalIsCapped: boolean;
}
async function get<T = List>(path: string): Promise<T> {
  const { status, body } = await admin.call('GET', `/v1/admin/${path}`);
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body as unknown as T;
}

/** Whatever is read as JSON, of everybody: the audit also leaves as a file. */
const isRead = ({ path, method, access, answers }: Operation): boolean =>
  access === 'operator' && method === 'get' && !/\{|report/.test(path) && typeof answers[200] !== 'string';
const reads = () => operationsOf(api.deps).filter(isRead);

/** Every address that reads something of the canary. */
const addresses = (): string[] => [
  ...reads().map(({ path }) => path),
  `/v1/admin/deals/${canary.dealId}`,
  `/v1/admin/members/${canary.userId}`,
  `/v1/admin/deals?waiting=card-needed&memberId=${canary.userId}`,
];

/** Of the operation that answers there. */
function schemaOf(address: string): z.ZodType {
  const path = address.split('?')[0] ?? '';
  const operation = operationsOf(api.deps).find(
    (one) => one.method === 'get' && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  const schema = operation?.answers[200];
  if (!schema || typeof schema === 'string') throw new Error(`${address} has no schema`);
  return schema;
}

test('every answer is what the document says, and has no field beside it', async () => {
  for (const address of addresses()) {
    const { status, body } = await admin.call('GET', address);
    expect({ address, status }).toEqual({ address, status: 200 });
    const { success, data, error } = schemaOf(address).safeParse(body);
    expect({ address, issues: success ? [] : error?.issues }).toEqual({ address, issues: [] });
    expect({ address, body: data }).toEqual({ address, body });
  }
});

test('a member’s data is in no answer: masked, or left out', async () => {
  const all = await Promise.all(addresses().map((address) => admin.call('GET', address)));
  const found = await admin.call('POST', '/v1/admin/search', { q: canary.secrets.phone });
  const texts = JSON.stringify([...all, found].map(({ body }) => body));
  const told = Object.entries(canary.secrets).filter(([, secret]) => texts.includes(secret));
  expect(told).toEqual([]);
  expect(texts).toContain(canary.dealNo);
  expect(texts).toContain('카****명');
  expect(texts).toContain(`010-****-${canary.secrets.phone.slice(-4)}`);
  expect(texts).toContain(`***-****-${canary.secrets.account.slice(-4)}`);
});

const LISTS = [
  ...['deals', 'members', 'payments', 'transfers', 'refunds', 'chargebacks', 'journals', 'reconciliation-runs'],
  ...['breaks', 'doubts', 'tasks', 'notices', 'webhook-events', 'risk-decisions'],
];

test.each(LISTS)('the total of %s is how many rows its pages have', async (path) => {
  await insertCanary(api);
  const seen = new Set<string>();
  let cursor = '';
  for (let page = await get(`${path}?limit=1`); ; page = await get(`${path}?limit=1&cursor=${cursor}`)) {
    expect(page.totalIsCapped).toBe(false);
    for (const item of page.items) seen.add(JSON.stringify(item));
    if (page.nextCursor === null) {
      expect(seen.size).toBe(page.total);
      break;
    }
    cursor = page.nextCursor;
  }
  expect(seen.size).toBeGreaterThan(1);
});

test('a cursor stays where it was when rows are made meanwhile, to the microsecond', async () => {
  const person: Person = await insertPerson(api.deps.db);
  const at = (n: number) => ({ created_at: `2020-01-01T00:00:00.00000${n}Z` });
  const ids: string[] = [];
  for (const n of [1, 2, 3, 4]) ids.push(await insertDeal(api.deps.db, person, at(n)));
  const page = (more = '') => get(`deals?memberId=${person.userId}&limit=2${more}`);
  const first = await page();
  expect(first.items.map(({ id }) => id)).toEqual([ids[3], ids[2]]);
  await insertDeal(api.deps.db, person, at(9));
  const second = await page(`&cursor=${first.nextCursor}`);
  expect(second.items.map(({ id }) => id)).toEqual([ids[1], ids[0]]);
  expect([first.total, second.total, second.nextCursor]).toEqual([4, 5, null]);
});

const cursorOf = (place: string): string => Buffer.from(place).toString('base64url');

test.each([
  'deals?cursor=x',
  'tasks?cursor=bm9uc2Vuc2U',
  'deals?cursor=MjAyNi0wMi0zMFQwMDowMDowMC4wMDAwMDBafng',
  'deals?status=NONE',
  `deals?cursor=${cursorOf('9999-01-01T00:00:00.000000Z~01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84')}`,
  `deals?cursor=${cursorOf('2026-01-01T00:00:00.000000Z')}`,
])('%s is refused, and not answered by the database', async (path) => {
  const { status, body } = await admin.call('GET', `/v1/admin/${path}`);
  expect([status, body.code]).toEqual([422, 'invalid-request']);
});

test('a work queue counts what its list lists', async () => {
  const { items } = await get<{ items: { name: string; href: string; total: number; ages: Record<string, number> }[] }>(
    'queues',
  );
  for (const { name, href, total, ages } of items) {
    const list = (await admin.call('GET', `${href}&limit=100`)).body as unknown as List;
    const aged = Object.values(ages).reduce((sum, n) => sum + n, 0);
    expect({ name, total: list.total, listed: list.items.length, aged }).toEqual({
      ...{ name, total, listed: total, aged: total },
    });
  }
  const full = items.filter(({ total }) => total > 0).map(({ name }) => name);
  expect(full).toEqual(expect.arrayContaining(['doubts', 'breaks', 'tasks', 'webhook-events', 'notices']));
});

test('those that wait stand in their queue by how long they wait', async () => {
  const person = await insertPerson(api.deps.db);
  const since = (day: number) => ({ waiting_reason: 'bank-closed', waiting_since: `2026-03-0${day}T00:00:00Z` });
  const [second, first] = [
    await insertDeal(api.deps.db, person, since(2)),
    await insertDeal(api.deps.db, person, since(1)),
  ];
  const { items, nextCursor } = await get('deals?waiting=bank-closed&limit=1');
  const rest = await get(`deals?waiting=bank-closed&limit=1&cursor=${nextCursor}`);
  expect([...items, ...rest.items].map(({ id }) => id)).toEqual([first, second]);
  expect(items[0]?.waiting).toMatchObject({ reason: 'bank-closed', runbook: 'docs/operations.md#wait-bank-closed' });
});

test('one deal is told whole, with its workflow’s address and its version', async () => {
  const { body, headers } = await admin.call('GET', `/v1/admin/deals/${canary.dealId}`);
  for (const part of ['timeline', 'payments', 'transfers', 'refunds', 'chargebacks', 'journals', 'rulings', 'doubts'])
    expect([part, (body[part] as unknown[]).length]).toEqual([part, 1]);
  for (const part of ['tasks', 'breaks', 'decisions', 'notices', 'events'])
    expect([part, (body[part] as unknown[]).length]).toEqual([part, 1]);
  expect(body.temporalUrl).toMatch(new RegExp(`^http://127.0.0.1:8233/namespaces/.+/workflows/deal-${canary.dealId}$`));
  expect(headers.get('etag')).toBe('"1"');
  expect(body.journals).toMatchObject([{ recipientPayable: -10_000 }]);
  expect(body.tasks).toMatchObject([{ reason: 'charge-denied', toDo: expect.stringContaining('ask the PG') }]);
});

test('one deal whole goes round no right: its books and risk decisions are null to whoever may not read them', async () => {
  const partsTo = async (role: OperatorRole) => {
    const { body } = await (await api.operator(role)).call('GET', `/v1/admin/deals/${canary.dealId}`);
    return ['journals', 'breaks', 'decisions'].filter((part) => body[part] !== null);
  };
  expect(await partsTo('viewer')).toEqual([]);
  expect(await partsTo('support')).toEqual([]);
  expect(await partsTo('risk')).toEqual(['journals', 'breaks', 'decisions']);
});

test('a deal says what may be ordered, why not, and by which right', async () => {
  expect([...OPERATOR_ACTIONS].sort()).toEqual(Object.keys(DEAL_ORDERS).sort());
  const actionsOf = async (operator: LoggedInOperator) => {
    const { body } = await operator.call('GET', `/v1/admin/deals/${canary.dealId}`);
    const actions = body.actions as { name: string; allowed: boolean; because: string | null }[];
    return Object.fromEntries(actions.map(({ name, because }) => [name, because]));
  };
  expect(await actionsOf(admin)).toMatchObject({
    release: 'it must wait for risk-review',
    'close-task': null,
    chargeback: 'nothing of its charge is left to dispute: answer the PG with the refund',
  });
  expect(await actionsOf(await api.operator('viewer'))).toMatchObject({
    'close-task': 'it needs the right tasks.close',
  });
});

test('the trial balance of a day sums to nothing', async () => {
  const today = await get<{ accounts: { account: string; closing: number }[]; isBalanced: boolean }>('trial-balance');
  expect(today.isBalanced).toBe(true);
  expect(today.accounts.find(({ account }) => account === 'pg_receivable')?.closing).toBeGreaterThan(0);
});

test('what is not there is not found', async () => {
  for (const path of ['deals', 'members'])
    expect((await admin.call('GET', `/v1/admin/${path}/${randomUUID()}`)).status).toBe(404);
});

test('every read names itself: its id is its own', () => {
  const ids = reads().map(operationIdOf);
  expect(new Set(ids).size).toBe(ids.length);
});

test('the runbook of every wait is where its address says', () => {
  const text = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
  for (const reason of WAIT_REASONS) expect(text).toContain(`<a id="${runbookOf('', reason).slice(1)}"></a>`);
});
