import { randomUUID } from 'node:crypto';
import { moveDeal } from '../fixtures/rows';
import { type BareApi, type Member, startBareApi } from './bare-api';

const stopping = new AbortController();
let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi({ stopping: stopping.signal });
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
});

const quoteOf = ({ recipientId }: Member, principal: unknown = 100_000) => ({
  recipientId,
  principal,
  purpose: '월세',
});

test('a quote freezes the fee of the grade and waits for a card', async () => {
  const { status, body, headers } = await payer.post('/v1/deals', quoteOf(payer, 33_333));
  expect(status).toBe(201);
  expect(body).toMatchObject({
    status: 'PENDING',
    principal: 33_333,
    fee: 999,
    total: 34_332,
    version: 1,
    cancelRequested: false,
    waiting: { reason: 'card-needed' },
    payments: [],
    transfers: [],
  });
  expect(body.dealNo).toMatch(/^PL\d{6}[0-9A-HJKMNP-TV-Z]{10}$/);
  expect(headers.get('etag')).toBe('"1"');
  expect(headers.get('cache-control')).toBe('no-store, no-transform');
  await api.deps.db('users').where({ id: payer.userId }).update({ grade: 'VIP' });
  expect((await payer.post('/v1/deals', quoteOf(payer))).body.fee).toBe(2_700);
  expect((await payer.call('GET', `/v1/deals/${body.id}`)).body).toEqual(body);
});

test('the payer sees the timeline, without the operator behind it', async () => {
  const { body } = await payer.post('/v1/deals', quoteOf(payer));
  const { db } = api.deps;
  await db('deal_events').insert({
    deal_id: body.id,
    to_state: 'PENDING',
    actor: 'operator:kim',
    cause: 'release',
    note: 'trusted',
  });
  await moveDeal(db, String(body.id), 'CANCELLED');
  const { body: timeline } = await payer.call('GET', `/v1/deals/${body.id}/timeline`);
  expect(timeline.items).toMatchObject([
    { from: null, to: 'PENDING', actor: 'payer', cause: 'created' },
    { from: 'PENDING', to: 'CANCELLED', actor: 'test' },
  ]);
});

test("another payer's deal, an unknown one and a malformed id are all not there", async () => {
  const { body } = await payer.post('/v1/deals', quoteOf(payer));
  const stranger = await api.member();
  for (const id of [body.id, randomUUID(), 'x', '%E0%A4%A']) {
    for (const path of [`/v1/deals/${id}`, `/v1/deals/${id}/timeline`, `/v1/deals/${id}/events`])
      expect((await stranger.call('GET', path)).status).toBe(404);
    const confirm = { cardId: stranger.cardId, deviceId: 'd' };
    expect((await stranger.post(`/v1/deals/${id}/confirm`, confirm)).status).toBe(404);
    expect((await stranger.post(`/v1/deals/${id}/cancel`)).status).toBe(404);
  }
});

test("a recipient must be the payer's own and verified", async () => {
  const stranger = await api.member();
  const foreign = await payer.post('/v1/deals', { ...quoteOf(payer), recipientId: stranger.recipientId });
  expect([foreign.status, foreign.body.code]).toEqual([404, 'not-found']);
  await api.deps.db('bank_accounts').where({ id: payer.recipientId }).update({ verified_at: null });
  const unverified = await payer.post('/v1/deals', quoteOf(payer));
  expect([unverified.status, unverified.body.code]).toEqual([422, 'recipient-not-verified']);
  expect(await api.deps.db('deals').where({ user_id: payer.userId })).toEqual([]);
});

test('a second deal like the first within a minute is made, with a warning', async () => {
  const first = await payer.post('/v1/deals', quoteOf(payer));
  expect(first.body.warning).toBeUndefined();
  const second = await payer.post('/v1/deals', quoteOf(payer), randomUUID(), { 'accept-language': 'en' });
  expect(second.status).toBe(201);
  expect(second.body.warning).toMatchObject({ code: 'similar-deal', dealId: first.body.id });
  expect((await payer.post('/v1/deals', quoteOf(payer, 100_001))).body.warning).toBeUndefined();
});

test('a list is walked by its cursor, newest first, each deal once', async () => {
  const made: unknown[] = [];
  for (let n = 0; n < 5; n++) made.unshift((await payer.post('/v1/deals', quoteOf(payer, 10_000 + n))).body.id);
  const seen: unknown[] = [];
  let cursor = '';
  do {
    const { body } = await payer.call('GET', `/v1/deals?limit=2${cursor && `&cursor=${cursor}`}`);
    const page = body as { items: { id: string }[]; nextCursor: string | null };
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? '';
  } while (cursor);
  expect(seen).toEqual(made);
  expect((await payer.call('GET', '/v1/deals?status=COMPLETED')).body.items).toEqual([]);
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=!', 'status=NONE', 'page=2', 'cursor=a&cursor=b'])
    expect((await payer.call('GET', `/v1/deals?${query}`)).status).toBe(422);
});

test("another payer's cursor opens nothing", async () => {
  const { body } = await payer.post('/v1/deals', quoteOf(payer));
  const stranger = await api.member();
  await stranger.post('/v1/deals', quoteOf(stranger));
  const cursor = Buffer.from(String(body.id)).toString('base64url');
  expect((await stranger.call('GET', `/v1/deals?cursor=${cursor}`)).body.items).toEqual([]);
});

test.each<[string, boolean]>([
  ['"1"', true],
  ['W/"1"', true], // a proxy that compresses says so
  ['1', true],
  ['*', true],
  [' * ', true],
  ['"1", W/"3"', true],
  ['"3",W/"1"', true],
  ['"3", , "1",', true],
  ['"2"', false],
  ['W/"2"', false],
  ['2', false],
  ['"2", W/"3"', false],
  ['"x"', false],
  ['"11"', false],
  ['', false],
  ['w/"1"', false],
  ['"1', false],
  ['1"', false],
  ['"2,1,3"', false],
  ['"1" "2"', false],
  ['"1", *', false],
  ['"1"; q=1', false],
  ["'1'", false],
  ['W/1', false],
  ['"\u00e9"', false],
])('If-Match: %s on a deal of version 1 is true: %s', async (ifMatch, isTrue) => {
  const { id } = (await payer.post('/v1/deals', quoteOf(payer))).body;
  await api.deps.db('deals').where({ id }).update({ cancel_requested_at: new Date() });
  const { status, body } = await payer.post(`/v1/deals/${id}/cancel`, {}, randomUUID(), { 'if-match': ifMatch });
  expect([status, body.code]).toEqual(isTrue ? [202, undefined] : [412, 'version-mismatch']);
});

test('If-None-Match is not honoured: the body changes within one version', async () => {
  const { id } = (await payer.post('/v1/deals', quoteOf(payer))).body;
  const again = await payer.call('GET', `/v1/deals/${id}`, undefined, { 'if-none-match': '"1"' });
  expect(again.status).toBe(200);
});

test('the event stream sends the deal at every change and ends with it', async () => {
  const { body } = await payer.post('/v1/deals', quoteOf(payer));
  const answer = await fetch(`${api.url}/v1/deals/${body.id}/events`, {
    headers: { authorization: `Bearer ${payer.accessToken}` },
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  for await (const chunk of answer.body ?? []) {
    if (text === '') await moveDeal(api.deps.db, String(body.id), 'CANCELLED'); // once the stream has begun
    text += Buffer.from(chunk).toString();
  }
  const events = text.split('\n\n').filter(Boolean);
  const statuses = events.map((event) => /"status":"(\w+)"/.exec(event)?.[1]);
  expect(statuses).toEqual(['PENDING', 'CANCELLED', undefined]);
  expect(events.at(-1)).toBe('event: end\ndata: {}');
});

test('a card is registered once, listed, and removed; its billing key is encrypted', async () => {
  const card = { billingKey: `bill_${randomUUID()}`, maskedNumber: '433012******0001', issuer: '신한카드' };
  const [first, again] = await Promise.all([
    payer.call('POST', '/v1/cards', card),
    payer.call('POST', '/v1/cards', card),
  ]);
  expect([first?.status, again?.status]).toEqual([201, 201]);
  expect(first?.body.id).toBe(again?.body.id);
  const row = await api.deps.db('cards').where({ id: first?.body.id }).first();
  expect(JSON.stringify(row)).not.toContain(card.billingKey);
  const place = { table: 'cards', row: row.id, column: 'billing_key_encrypted' };
  expect(await api.deps.keys.decrypt(row.billing_key_encrypted, place)).toBe(card.billingKey);
  const path = `/v1/cards/${row.id}`;
  expect((await (await api.member()).call('DELETE', path)).status).toBe(404);
  expect((await payer.call('DELETE', path)).status).toBe(204);
  expect((await payer.call('DELETE', path)).status).toBe(404);
  const { body } = await payer.call('GET', '/v1/cards');
  expect((body.items as { id: string }[]).map(({ id }) => id)).toEqual([payer.cardId]);
  // The same card again is the same row: removing it does not reset its limits.
  expect((await payer.call('POST', '/v1/cards', card)).body.id).toBe(row.id);
  expect((await payer.call('DELETE', path)).status).toBe(204);
});

test('a payer has at most five event streams, and a HEAD holds none', async () => {
  const { body } = await payer.post('/v1/deals', quoteOf(payer));
  const end = new AbortController();
  const open = (method: string) =>
    fetch(`${api.url}/v1/deals/${body.id}/events`, {
      method,
      headers: { authorization: `Bearer ${payer.accessToken}` },
      signal: end.signal,
    });
  for (let n = 0; n < 10; n++) expect((await open('HEAD')).status).toBe(200);
  const streams: Response[] = []; // held until the sixth is answered: fetch closes a stream that is garbage
  for (let n = 0; n < 6; n++) streams.push(await open('GET'));
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(await streams[5]?.json()).toMatchObject({ code: 'too-many-requests', limit: 'streams' });
  end.abort();
});

test('capitals in an id name the same row', async () => {
  const { body } = await payer.post('/v1/deals', quoteOf(payer));
  const shown = await payer.call('GET', `/v1/deals/${String(body.id).toUpperCase()}`);
  expect([shown.status, shown.body.id]).toEqual([200, body.id]);
});

test('a draining process ends its event streams', async () => {
  const { body } = await payer.post('/v1/deals', quoteOf(payer));
  const answer = await fetch(`${api.url}/v1/deals/${body.id}/events`, {
    headers: { authorization: `Bearer ${payer.accessToken}` },
  });
  stopping.abort();
  expect(await answer.text()).not.toContain('event: end');
});
