import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { endDoubts } from '../../db/doubts';
import type { DealId } from '../../workflows/domain/ids';
import type { ProviderNews } from '../../workflows/domain/provider-news';
import { insertDeal, insertPayment, insertRefund, insertTransfer, moveDeal } from '../fixtures/rows';
import { type BareApi, type Member, NO_ENGINE, startBareApi } from './bare-api';

const heard: (ProviderNews & { dealId: string })[] = [];
let engineDown = false;
const engine = {
  ...NO_ENGINE,
  async resume(dealId: string, news?: ProviderNews) {
    if (engineDown) throw new Error('down');
    if (news) heard.push({ dealId, ...news });
  },
};

let api: BareApi;
let payer: Member;
let dealId: string;
let dealNo: string;
beforeAll(async () => {
  api = await startBareApi({ engine });
});
afterAll(() => api.stop());
beforeEach(async () => {
  heard.length = 0;
  engineDown = false;
  payer = await api.member();
  dealId = await insertDeal(api.deps.db, payer);
  dealNo = (await api.deps.db('deals').where({ id: dealId }).first()).deal_no;
});

type Provider = 'softpayment' | 'bank';
interface Signing {
  readonly secret?: string | undefined;
  readonly id?: string;
  readonly ageS?: number;
}

function sign(
  provider: Provider,
  body: string | Buffer,
  { secret, id = `evt_${randomUUID()}`, ageS = 0 }: Signing = {},
) {
  const timestamp = `${Math.floor(Date.now() / 1_000) - ageS}`;
  const live = secret ?? api.deps.config[provider].webhookSecrets[0] ?? '';
  const key = Buffer.from(live.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
const send = (provider: Provider, body: string | Buffer, headers: Record<string, string>) =>
  api.call('POST', `/v1/webhooks/${provider}`, body, headers);
async function deliver(provider: Provider, type: string, data: object) {
  const body = JSON.stringify({ type, data });
  const headers = sign(provider, body);
  expect((await send(provider, body, headers)).status).toBe(200);
  const row = await api.deps.db('pg_webhook_events').where({ event_id: headers['webhook-id'] }).first();
  expect(row).toMatchObject({ provider, type, body: Buffer.from(body) });
  return { processed: row.processed_at !== null };
}
const inbox = async () => Number((await api.deps.db('pg_webhook_events').count())[0]?.count);
const charge = (type: string, more: object = {}) =>
  deliver('softpayment', type, { orderId: `${dealNo}-1`, paymentKey: 'pay_1', status: 'x', amount: 10_300, ...more });
const transfer = (type: string, more: object = {}) =>
  deliver('bank', type, {
    reference: `${dealNo}-T1`,
    tradingDate: '2026-03-02',
    amount: 10_000,
    code: '0000',
    ...more,
  });
const addPayment = (more: Record<string, unknown>) => insertPayment(api.deps.db, payer, dealId, more);
const wait = (reason: string) =>
  api.deps.db('deals').where({ id: dealId }).update({ waiting_reason: reason, waiting_since: new Date() });
const paidWith = (payment_key: string) => addPayment({ status: 'PAID', payment_key });

test('a webhook delivered 100 times at once is stored and acted upon once', async () => {
  await addPayment({ status: 'FAILED', decline_code: 'X' });
  const body = JSON.stringify({
    type: 'payment.done',
    data: { orderId: `${dealNo}-1`, paymentKey: 'p', amount: 10_300 },
  });
  const headers = sign('softpayment', body);
  const before = await inbox();
  const answers = await Promise.all(Array.from({ length: 100 }, () => send('softpayment', body, headers)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await inbox()).toBe(before + 1);
  expect(heard).toEqual([{ dealId, leg: 'charge', attempt: 1 }]);
});

test('every live secret is believed, and only those, each for its own provider', async () => {
  const body = '{"type":"x"}';
  for (const secret of api.deps.config.softpayment.webhookSecrets)
    expect((await send('softpayment', body, sign('softpayment', body, { secret }))).status).toBe(200);
  const [bankSecret] = api.deps.config.bank.webhookSecrets;
  for (const secret of [bankSecret, `whsec_${randomBytes(32).toString('base64')}`])
    expect((await send('softpayment', body, sign('softpayment', body, { secret }))).status).toBe(401);
});

test('forged, stale, altered or half-signed events are refused and leave no row', async () => {
  const body = '{"type":"x","data":{}}';
  const good = sign('softpayment', body);
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
  const other = sign('softpayment', body);
  const before = await inbox();
  const refused: [string, Record<string, string>][] = [
    [body.replace('x', 'y'), good],
    [`${body} `, good],
    [body, sign('softpayment', body, { ageS: 301 })],
    [body, sign('softpayment', body, { ageS: -330 })],
    [body, { ...good, 'webhook-id': other['webhook-id'] }],
    [body, { ...good, 'webhook-timestamp': `${Number(good['webhook-timestamp']) + 1}` }],
    [body, { ...good, 'webhook-signature': good['webhook-signature'].replace('v1,', 'v2,') }],
    [body, { ...good, 'webhook-signature': 'v1,' }],
    [body, without('webhook-id')],
    [body, without('webhook-timestamp')],
    [body, without('webhook-signature')],
    ['', sign('softpayment', 'x')],
  ];
  for (const [text, headers] of refused) expect((await send('softpayment', text, headers)).status).toBe(401);
  expect(await inbox()).toBe(before);
  expect((await send('softpayment', body, sign('softpayment', body, { ageS: 270 }))).status).toBe(200);
});

test('a body of more than 64 KB is refused', async () => {
  const body = JSON.stringify({ type: 'x', data: 'x'.repeat(65_536) });
  expect((await send('softpayment', body, sign('softpayment', body))).status).toBe(413);
});

test.each([
  ['an unknown type', '{"type":"payment.sparkled"}', 'payment.sparkled'],
  ['a type that every object knows', '{"type":"constructor"}', 'constructor'],
  ['no JSON', 'hello', 'unreadable'],
])('a signed event with %s is stored and needs nobody', async (_name, body, type) => {
  const headers = sign('softpayment', body);
  expect((await send('softpayment', body, headers)).status).toBe(200);
  const row = await api.deps.db('pg_webhook_events').where({ event_id: headers['webhook-id'] }).first();
  expect(row).toMatchObject({ type, body: Buffer.from(body), processed_at: expect.any(Date) });
});

test.each([
  ['no amount', { orderId: 'PL0-1' }],
  ['an amount in words', { orderId: 'PL0-1', amount: '백원' }],
  ['an order that cannot be', { orderId: 'a b', amount: 1 }],
  ['nothing', undefined],
])(
  'a signed event of a type that matters, which tells %s, is not done: it stays open until it can be read',
  async (_, data) => {
    const body = JSON.stringify({ type: 'payment.done', data });
    const headers = sign('softpayment', body);
    expect((await send('softpayment', body, headers)).status).toBe(200);
    const row = await api.deps.db('pg_webhook_events').where({ event_id: headers['webhook-id'] }).first();
    expect(row).toMatchObject({ type: 'payment.done', leg: null, processed_at: null });
    expect(heard).toEqual([]);
  },
);

test('a signed event with a NUL in it is stored all the same', async () => {
  for (const body of ['{"type":"x"}\0', '{"type":"a\\u0000b"}']) {
    const headers = sign('softpayment', body);
    expect((await send('softpayment', body, headers)).status).toBe(200);
    const row = await api.deps.db('pg_webhook_events').where({ event_id: headers['webhook-id'] }).first();
    expect(row).toMatchObject({ type: 'unreadable', body: Buffer.from(body) });
  }
});

/** "월세" as EUC-KR writes it: no UTF-8. */
const RENT_IN_EUC_KR = Buffer.from([0xbf, 0xf9, 0xbc, 0xbc]);

test.each([
  ['with a byte-order mark', (json: string) => Buffer.from(`\ufeff${json}`)],
  [
    'in EUC-KR',
    (json: string) =>
      Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"memo":"'), RENT_IN_EUC_KR, Buffer.from('"}')]),
  ],
  ['with its won as a text of digits', (json: string) => Buffer.from(json.replace(/"amount":(\d+)/, '"amount":"$1"'))],
])('a signed event %s is heard as any other, and kept byte by byte', async (_, written) => {
  await insertTransfer(api.deps.db, payer, dealId, { status: 'COMPLETED' });
  const data = { reference: `${dealNo}-T1`, tradingDate: '2026-03-02', amount: 10_000, code: '0000' };
  const body = written(JSON.stringify({ type: 'transfer.returned', data }));
  const headers = sign('bank', body);
  expect((await send('bank', body, headers)).status).toBe(200);
  const row = await api.deps.db('pg_webhook_events').where({ event_id: headers['webhook-id'] }).first();
  expect(row).toMatchObject({ type: 'transfer.returned', leg: 'transfer', amount: '10000', processed_at: null, body });
  expect(heard).toEqual([{ dealId, leg: 'transfer', attempt: 1 }]);
  const altered = Buffer.from(body.map((byte, n) => (n === body.length - 3 ? byte ^ 1 : byte)));
  expect((await send('bank', altered, { ...headers, 'webhook-id': 'evt_altered' })).status).toBe(401);
});

test('an event that quotes what no provider would say is stored, and agrees with nothing', async () => {
  await paidWith(`pay_${dealNo}`);
  expect(await charge('payment.done', { paymentKey: '\0' })).toEqual({ processed: false });
  expect(heard).toEqual([{ dealId, leg: 'charge', attempt: 1 }]);
  await insertTransfer(api.deps.db, payer, dealId, { status: 'COMPLETED' });
  expect(await transfer('transfer.done', { tradingDate: '\0' })).toEqual({ processed: false });
  expect(heard).toHaveLength(2);
});

test('an unknown deal and an unknown attempt wake nobody', async () => {
  expect(await charge('payment.done', { orderId: 'PL0-1' })).toEqual({ processed: true });
  expect(await charge('payment.done')).toEqual({ processed: true });
  expect(await transfer('transfer.done')).toEqual({ processed: true });
  expect(heard).toEqual([]);
});

test('an event that agrees with the row is dealt with at once', async () => {
  await paidWith('pay_1');
  expect(await charge('payment.done')).toEqual({ processed: true });
  await moveDeal(api.deps.db, dealId, 'PAID');
  await insertTransfer(api.deps.db, payer, dealId, { status: 'COMPLETED' });
  expect(await transfer('transfer.done')).toEqual({ processed: true });
  await api.deps.db('transfers').where({ deal_id: dealId }).update({ status: 'RETURNED' });
  expect(await transfer('transfer.done')).toEqual({ processed: true });
  expect(await transfer('transfer.returned')).toEqual({ processed: true });
  expect(heard).toEqual([]);
});

test('an event of money still undecided is left to its result, and wakes a deal that waits for it', async () => {
  await addPayment({});
  expect(await charge('payment.done')).toEqual({ processed: false });
  expect(heard).toEqual([]);
  await wait('charge-unknown');
  expect(await charge('payment.done')).toEqual({ processed: false });
  expect(heard).toEqual([{ dealId, leg: 'charge', attempt: 1 }]);
});

test.each<[string, Record<string, unknown>, string, object]>([
  ['declined, said done', { status: 'FAILED' }, 'payment.done', {}],
  ['charged, said failed', { status: 'PAID', payment_key: 'pay_1' }, 'payment.failed', {}],
  ['charged, said with another amount', { status: 'PAID', payment_key: 'pay_1' }, 'payment.done', { amount: 1 }],
  ['charged, said with another key', { status: 'PAID', payment_key: 'pay_1' }, 'payment.done', { paymentKey: 'pay_2' }],
])('a charge %s wakes the deal', async (_name, row, type, more) => {
  await api.deps
    .db('payments')
    .where({ payment_key: 'pay_1' })
    .update({ payment_key: `old_${randomUUID()}` });
  await addPayment(row);
  expect(await charge(type, more)).toEqual({ processed: false });
  expect(heard).toEqual([{ dealId, leg: 'charge', attempt: 1 }]);
});

test.each<[string, string, string, object]>([
  ['completed, said returned', 'COMPLETED', 'transfer.returned', {}],
  ['completed, said failed', 'COMPLETED', 'transfer.failed', {}],
  ['failed, said done', 'FAILED', 'transfer.done', {}],
  ['completed, said with another amount', 'COMPLETED', 'transfer.done', { amount: 1 }],
  ['completed, said of another day', 'COMPLETED', 'transfer.done', { tradingDate: '2026-03-03' }],
])('a transfer %s wakes the deal', async (_name, status, type, more) => {
  await insertTransfer(api.deps.db, payer, dealId, { status });
  expect(await transfer(type, more)).toEqual({ processed: false });
  expect(heard).toEqual([{ dealId, leg: 'transfer', attempt: 1 }]);
});

test('a refund that we asked for is quiet; one that nobody asked for wakes the deal', async () => {
  await api.deps
    .db('payments')
    .where({ payment_key: 'pay_1' })
    .update({ payment_key: `old_${randomUUID()}` });
  const paymentId = await paidWith('pay_1');
  expect(await charge('payment.canceled')).toEqual({ processed: false });
  expect(heard).toEqual([{ dealId, leg: 'refund' }]);
  await endDoubts(api.deps.db, dealId as DealId, { kinds: ['foreign-refund'] }, 'operator');
  await insertRefund(api.deps.db, dealId, paymentId);
  expect(await charge('payment.canceled')).toEqual({ processed: false });
  expect(heard).toHaveLength(1); // being decided just now
  await wait('refund-unknown');
  await charge('payment.canceled');
  expect(heard).toHaveLength(2);
  await api.deps.db('refunds').where({ deal_id: dealId }).update({ status: 'DONE' });
  expect(await charge('payment.canceled')).toEqual({ processed: true });
  expect(heard).toHaveLength(2);
});

test('with the engine down the event is taken all the same, and stays open for the sweep', async () => {
  await addPayment({ status: 'FAILED' });
  engineDown = true;
  expect(await charge('payment.done')).toEqual({ processed: false });
});
