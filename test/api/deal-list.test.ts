/** A payer's deals: what the filters name, what it comes to, and what a list of a hundred thousand costs. */
import { randomUUID } from 'node:crypto';
import { placeOf } from '../../db/encrypted-columns';
import { dealTotals, listDeals } from '../../db/views/deal-list';
import { insertDeal, moveDeal, SEALED } from '../fixtures/rows';
import { type BareApi, dealOf, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
});

interface List {
  readonly items: { id: string; status: string }[];
  readonly nextCursor: string | null;
  readonly totals: object;
}
const list = async (query = '') => (await payer.call('GET', `/v1/deals?${query}`)).body as unknown as List;
const idsOf = async (query: string) => (await list(query)).items.map(({ id }) => id);

/** One more verified recipient, under a name of the payer's own. */
async function otherRecipient({ userId, call }: Member, nickname: string): Promise<{ id: string }> {
  const id = randomUUID();
  await api.deps.db('bank_accounts').insert({
    ...{ id, user_id: userId, bank_code: '088', account_number_encrypted: SEALED, account_hash: id },
    ...{ account_last4: '5678', verified_at: new Date() },
    holder_name_encrypted: await api.deps.keys.encrypt('김수취', placeOf('holderName', id)),
  });
  expect((await call('PATCH', `/v1/recipients/${id}`, { nickname })).status).toBe(200);
  return { id };
}
const made = (more: object = {}) => insertDeal(api.deps.db, payer, { ...more });

test('several states may be asked for, and the sums are of all that was asked for', async () => {
  const [pending, paid, cancelled] = [await made(), await made(), await made()];
  await moveDeal(api.deps.db, paid, 'PAID');
  await moveDeal(api.deps.db, cancelled, 'CANCELLED');
  const { items, totals, nextCursor } = await list('status=PENDING&status=PAID&limit=1');
  expect(items).toHaveLength(1);
  expect(nextCursor).not.toBeNull();
  expect(totals).toEqual({ count: 2, principal: 20_000, fee: 600, total: 20_600 });
  expect((await idsOf('status=PENDING&status=PAID')).sort()).toEqual([pending, paid].sort());
  expect(await idsOf('status=CANCELLED')).toEqual([cancelled]);
  expect((await list('status=COMPLETED')).totals).toEqual({ count: 0, principal: 0, fee: 0, total: 0 });
});

test('the sums are of no other payer', async () => {
  await dealOf(await api.member());
  await made();
  expect((await list()).totals).toEqual({ count: 1, principal: 10_000, fee: 300, total: 10_300 });
});

test('days are those of Korea, the last one included', async () => {
  const before = await made({ created_at: '2026-03-01T14:59:59.999Z' });
  const first = await made({ created_at: '2026-03-01T15:00:00Z' });
  const last = await made({ created_at: '2026-03-02T14:59:59.999Z' });
  const after = await made({ created_at: '2026-03-02T15:00:00Z' });
  expect(await idsOf('from=2026-03-02&to=2026-03-02')).toEqual([last, first]);
  expect(await idsOf('from=2026-03-02')).toEqual([after, last, first]);
  expect(await idsOf('to=2026-03-02')).toEqual([last, first, before]);
});

test('a text is found in the purpose, whatever its case; a percent sign is itself', async () => {
  const rent = await made({ purpose: '3월 월세 Rent' });
  const sale = await made({ purpose: '100% 할인_차' });
  expect(await idsOf(`q=${encodeURIComponent('월세')}`)).toEqual([rent]);
  expect(await idsOf('q=rEnT')).toEqual([rent]);
  expect(await idsOf(`q=${encodeURIComponent('월세'.normalize('NFD'))}`)).toEqual([rent]);
  expect(await idsOf(`q=${encodeURIComponent('0%')}`)).toEqual([sale]);
  expect(await idsOf(`q=${encodeURIComponent('인_')}`)).toEqual([sale]);
  for (const text of ['월%세', 'Ren_', "'", '!', '\\'])
    expect(await idsOf(`q=${encodeURIComponent(text)}`)).toEqual([]);
});

test('a text is found in what the payer calls the recipient, and the sums are of these deals too', async () => {
  const { id: recipientId } = await otherRecipient(payer, '우리 집주인 Kim');
  const rent = await made({ recipient_id: recipientId, purpose: '3월' });
  const spoken = await made({ purpose: '집주인 생일' });
  await made();
  const found = await list(`q=${encodeURIComponent('집주인')}`);
  expect(found.items.map(({ id }) => id).sort()).toEqual([rent, spoken].sort());
  expect(found.totals).toMatchObject({ count: 2, principal: 20_000 });
  expect(await idsOf('q=kIM')).toEqual([rent]);
  await payer.call('PATCH', `/v1/recipients/${recipientId}`, { nickname: null });
  expect(await idsOf('q=kIM')).toEqual([]);
});

test('what another payer calls the same account finds nothing', async () => {
  const stranger = await api.member();
  await otherRecipient(stranger, '집주인');
  await made();
  expect(await idsOf(`q=${encodeURIComponent('집주인')}`)).toEqual([]);
});

test('a number finds its deal, if it is the payer’s', async () => {
  const id = await dealOf(payer);
  const { body } = await payer.call('GET', `/v1/deals/${id}`);
  expect(await idsOf(`q=${body.dealNo}`)).toEqual([id]);
  expect(await idsOf(`q=${String(body.dealNo).toLowerCase()}`)).toEqual([id]);
  const stranger = await api.member();
  expect((await stranger.call('GET', `/v1/deals?q=${body.dealNo}`)).body).toMatchObject({
    items: [],
    nextCursor: null,
  });
});

test('a cursor stays where it was when deals are made and move meanwhile', async () => {
  const day = (n: number) => ({ created_at: `2026-03-0${n}T00:00:00Z` });
  const [oldest, second, third] = [await made(day(1)), await made(day(2)), await made(day(3))];
  const first = await list('status=PENDING&limit=2');
  expect(first.items.map(({ id }) => id)).toEqual([third, second]);
  await moveDeal(api.deps.db, second, 'CANCELLED'); // the one at the cursor is in the list no more
  await made(day(4));
  const rest = await list(`status=PENDING&limit=2&cursor=${first.nextCursor}`);
  expect(rest.items.map(({ id }) => id)).toEqual([oldest]);
  expect(rest.nextCursor).toBeNull();
});

test.each([
  'status=NONE',
  'status=',
  'status=PAID&status=NONE',
  'from=2026-13-01',
  'from=20260301',
  'to=x',
  'q=',
  'q=%20',
])('the query %s is refused', async (query) => {
  const { status, body } = await payer.call('GET', `/v1/deals?${query}`);
  expect([status, body.code]).toEqual([422, 'invalid-request']);
});

test('days in the wrong order are refused in words', async () => {
  const query = 'from=2026-03-02&to=2026-03-01';
  const { status, body } = await payer.call('GET', `/v1/deals?${query}`, undefined, { 'accept-language': 'ko' });
  expect([status, body.errors]).toMatchObject([
    422,
    [{ path: 'to', message: '마지막 날은 첫날보다 빠를 수 없습니다.' }],
  ]);
  expect((await payer.call('GET', '/v1/deals?from=2026-03-01&to=2026-03-01')).status).toBe(200);
});

describe('beside a hundred thousand deals', () => {
  const COUNT = 100_000;
  const RARE = 10;

  /** As many deals of another payer beside them, a minute apart: one in ten thousand is PAID, the others COMPLETED. */
  async function fill(): Promise<void> {
    const { db } = api.deps;
    const models = [await dealOf(payer), await dealOf(await api.member())];
    const chunk = COUNT / 20; // a statement that takes too long is ended
    for (let from = 0; from < COUNT; from += chunk)
      await db.transaction(async (trx) => {
        // The guards of an edge are another matter, and would take minutes.
        await trx.raw('set local session_replication_role = replica');
        await trx.raw(
          `insert into deals (id, deal_no, user_id, recipient_id, principal, fee, fee_bps, total, purpose, status,
             expires_at, memo_encrypted, created_at)
           select gen_random_uuid(), right(id::text, 8) || '-' || n, user_id, recipient_id, 5000000, 150000, 300, 5150000,
             'rent ' || n, case when n % :rare = 0 then 'PAID' else 'COMPLETED' end, expires_at, memo_encrypted,
             created_at - n * interval '1 minute'
           from deals, generate_series(:from::int + 1, :from::int + :chunk::int) n where id = any(:models)`,
          { from, chunk, rare: COUNT / RARE, models },
        );
      });
    // What operators read, of all payers, is the shorter way to a payer who has a hundredth of all deals: nobody has.
    await db.raw('drop index deals_made, deals_uncommon');
    await db.raw('vacuum analyze deals');
  }

  interface Node {
    readonly 'Node Type': string;
    readonly 'Relation Name'?: string;
    readonly 'Index Name'?: string;
    readonly 'Actual Rows': number;
    readonly 'Actual Loops': number;
    readonly 'Rows Removed by Filter'?: number;
    readonly Plans?: readonly Node[];
  }
  const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];

  /**
   * How the statements of `work` read the deals: each look at the table, with the rows that it went through. `settings`:
   * of the planner, meanwhile.
   */
  async function looksAtDeals(work: () => Promise<unknown>, settings = '') {
    const { db } = api.deps;
    const asked: { sql: string; bindings: readonly string[] }[] = [];
    const note = (query: { sql: string; bindings: readonly string[] }) => asked.push(query);
    db.on('query', note);
    await work();
    db.removeListener('query', note);
    const plans: Node[] = [];
    await db.transaction(async (trx) => {
      if (settings) await trx.raw(settings);
      for (const { sql, bindings } of asked) {
        const explained = trx.raw(`explain (analyze, format json) ${sql.replace(/\$\d+/g, '?')}`, bindings);
        plans.push(...flat((await explained).rows[0]['QUERY PLAN'][0].Plan));
      }
    });
    return plans
      .filter((node) => node['Relation Name'] === 'deals')
      .map((node) => ({
        by: node['Index Name'] ?? node['Node Type'],
        rows: (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      }));
  }

  test('a page reads no more than it shows, and sums are read from an index', async () => {
    await fill();
    const { db } = api.deps;
    const page = (filter: object, after?: string) => () => listDeals(db, payer.userId, { limit: 20, after, filter });
    const most = async (work: () => Promise<unknown>) => {
      const looks = await looksAtDeals(work);
      expect(looks.map(({ by }) => by)).not.toContain('Seq Scan');
      return Math.max(...looks.map(({ rows }) => rows));
    };
    const first = await page({})();
    expect(first.items).toHaveLength(20);
    expect(await most(page({}))).toBeLessThanOrEqual(21);
    expect(await most(page({}, first.next ?? undefined))).toBeLessThanOrEqual(21);
    expect(await most(page({ states: ['PAID'] }))).toBeLessThanOrEqual(RARE);
    expect(await most(page({ states: ['PAID', 'REFUNDED'] }))).toBeLessThanOrEqual(RARE);
    expect(await most(page({ text: 'PL2603020000000000' }))).toBeLessThanOrEqual(1);
    const day = { since: new Date(Date.now() - 3 * 3_600_000), until: new Date(Date.now() - 2 * 3_600_000) };
    expect(await most(page(day))).toBeLessThanOrEqual(61);
    // Half of this table is the payer's, in one place: where there are many payers, nothing but the index is read.
    const scattered = 'set local enable_seqscan = off; set local enable_bitmapscan = off';
    const settings = `${scattered}; set local max_parallel_workers_per_gather = 0`;
    const looks = await looksAtDeals(() => dealTotals(db, payer.userId, {}), settings);
    expect(looks).toEqual([{ by: 'deals_user_status', rows: COUNT + 1 }]);
    const { count, principal } = await dealTotals(db, payer.userId, {});
    expect([count, principal]).toEqual([COUNT + 1, COUNT * 5_000_000 + 10_000]); // beyond 32 bits by far
  });
});

test('an unknown cursor opens nothing', async () => {
  await made();
  const cursor = Buffer.from(randomUUID()).toString('base64url');
  expect(await idsOf(`cursor=${cursor}`)).toEqual([]);
});
