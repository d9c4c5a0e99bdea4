/** The stream of all deals of a payer: nothing that happened is lost, in whatever order transactions end. */
import { randomUUID } from 'node:crypto';
import type { Trx } from '../../db/connection';
import { type Listener, listenTo, movesOf, type Told } from '../fixtures/event-stream';
import { insertEvent, insertPayment, moveDeal } from '../fixtures/rows';
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

const listen = (lastId?: string) => listenTo(api.url, payer.accessToken, lastId);
const isOf = (dealId: string) => (one: Told) => one.data.id === dealId;
const isIn = (dealId: string, status: string) => (one: Told) => isOf(dealId)(one) && one.data.status === status;
const isReady = ({ event }: Told) => event === 'ready';
const lastIdOf = ({ told }: Listener): string => told.at(-1)?.id ?? '';
/** The edges after its creation: that of a deal made just before may be told too, while others' transactions go on. */
const edgesOf = (client: Listener, dealId: string) => movesOf(client, dealId).filter((to) => to !== 'PENDING');

/** One edge in a transaction that stays open. */
async function moveIn(trx: Trx, dealId: string, to: string): Promise<void> {
  const deal = await trx('deals').where({ id: dealId }).forUpdate().first();
  await insertEvent(trx, dealId, deal.version + 1, deal.status, to);
  await trx('deals')
    .where({ id: dealId })
    .update({ status: to, version: deal.version + 1 });
}

test('a new client is told when it may read its lists, and everything after that', async () => {
  const client = await listen();
  const ready = await client.until(isReady);
  expect(ready.id).toMatch(/^\d+$/);
  const dealId = await dealOf(payer);
  const made = await client.until(isOf(dealId));
  const { body } = await payer.call('GET', `/v1/deals/${dealId}`);
  expect(made.data).toEqual({ ...body, moves: [expect.objectContaining({ from: null, to: 'PENDING' })] });
  await moveDeal(api.deps.db, dealId, 'CANCELLED');
  await client.until(({ data }) => data.status === 'CANCELLED');
  expect(movesOf(client, dealId)).toEqual(['PENDING', 'CANCELLED']);
  client.leave();
});

test('a change that is no edge is told too: a wait, a wish to cancel, a part of the fee given back', async () => {
  const dealId = await dealOf(payer);
  const { db } = api.deps;
  const paymentId = await insertPayment(db, payer, dealId, { status: 'PAID', payment_key: randomUUID() });
  const client = await listen();
  await client.until(isReady);
  const deal = db('deals').where({ id: dealId });
  await deal.clone().update({ waiting_reason: 'operator-needed', waiting_since: new Date() });
  await client.until((one) => JSON.stringify(one.data).includes('operator-needed'));
  await deal.clone().update({ cancel_requested_at: new Date() });
  await client.until((one) => JSON.stringify(one.data).includes('"cancelRequested":true'));
  const back = { status: 'PARTIALLY_REFUNDED', refunded_amount: 100 };
  await db('payments').where({ id: paymentId }).update(back);
  await client.until((one) => JSON.stringify(one.data).includes('"refundedAmount":100'));
  expect(edgesOf(client, dealId)).toEqual([]);
  client.leave();
});

test('a client that comes back is told every edge of its absence, and only of its own deals', async () => {
  const [dealId, other] = [await dealOf(payer), await dealOf(payer)];
  const stranger = await api.member();
  const first = await listen();
  await first.until(isReady);
  first.leave();
  const foreign = await dealOf(stranger);
  for (const to of ['PAID', 'TRANSFERRING', 'TRANSFER_FAILED', 'TRANSFERRING', 'COMPLETED'])
    await moveDeal(api.deps.db, dealId, to);
  await moveDeal(api.deps.db, other, 'CANCELLED');
  const again = await listen(lastIdOf(first));
  await again.until(isIn(other, 'CANCELLED'));
  await again.until(isIn(dealId, 'COMPLETED'));
  expect(again.told.some(isReady)).toBe(false);
  expect(edgesOf(again, dealId)).toEqual(['PAID', 'TRANSFERRING', 'TRANSFER_FAILED', 'TRANSFERRING', 'COMPLETED']);
  expect(edgesOf(again, other)).toEqual(['CANCELLED']);
  expect(again.told.filter(isOf(foreign))).toEqual([]);
  again.leave();
});

test('a transaction that began first and ends last is not lost, on the stream or on a new one', async () => {
  const [slow, fast] = [await dealOf(payer), await dealOf(payer)];
  const client = await listen();
  await client.until(isReady);
  const trx = await api.deps.db.transaction();
  await moveIn(trx, slow, 'PAID'); // has its number, and is seen by nobody yet
  await moveDeal(api.deps.db, fast, 'CANCELLED');
  await client.until(isIn(fast, 'CANCELLED')); // an open transaction holds no news of others back
  client.leave();
  const second = await listen(lastIdOf(client));
  await trx.commit();
  await second.until(isIn(slow, 'PAID'));
  expect(edgesOf(second, slow)).toEqual(['PAID']);
  second.leave();
  const third = await listen(lastIdOf(client));
  await third.until(isIn(slow, 'PAID'));
  expect(edgesOf(third, slow)).toEqual(['PAID']);
  third.leave();
});

test('two transactions on one deal are both told, although the later one has the older number', async () => {
  const dealId = await dealOf(payer);
  const client = await listen();
  await client.until(isReady);
  const trx = await api.deps.db.transaction();
  await trx.raw('select pg_current_xact_id()'); // the older number
  await moveDeal(api.deps.db, dealId, 'PAID');
  await client.until(({ data }) => data.status === 'PAID');
  client.leave();
  await moveIn(trx, dealId, 'TRANSFERRING');
  await trx.commit();
  const again = await listen(lastIdOf(client));
  await again.until(({ data }) => data.status === 'TRANSFERRING');
  expect([...edgesOf(client, dealId), ...edgesOf(again, dealId)]).toEqual(
    expect.arrayContaining(['PAID', 'TRANSFERRING']),
  );
  again.leave();
});

test('an open stream tells each edge once', async () => {
  const dealId = await dealOf(payer);
  const client = await listen();
  await client.until(isReady);
  const held = await api.deps.db.transaction(); // holds the horizon back, as a long batch does
  await held.raw('select pg_current_xact_id()');
  for (const to of ['PAID', 'TRANSFERRING', 'COMPLETED']) {
    await moveDeal(api.deps.db, dealId, to);
    await client.until(({ data }) => data.status === to);
  }
  await held.rollback();
  const last = await dealOf(payer);
  await client.until(isOf(last));
  expect(edgesOf(client, dealId)).toEqual(['PAID', 'TRANSFERRING', 'COMPLETED']);
  client.leave();
});

test('a client that was away for hundreds of deals is told of all of them', async () => {
  const client = await listen();
  await client.until(isReady);
  client.leave();
  const model = await api.deps
    .db('deals')
    .where({ id: await dealOf(payer) })
    .first();
  const ids = Array.from({ length: 250 }, () => randomUUID());
  await api.deps.db.transaction(async (trx) => {
    // All by one transaction: one number.
    await trx('deals').insert(ids.map((id) => ({ ...model, id, deal_no: id, changed_xid: undefined })));
    for (const id of ids) await insertEvent(trx, id, 1, null, 'PENDING');
  });
  const again = await listen(lastIdOf(client));
  const missing = new Set<string>(ids);
  await again.until(({ data }) => {
    missing.delete(data.id ?? '');
    return missing.size === 0;
  });
  again.leave();
});

test.each(['', 'x', '-1', '1e3', '99999999999999999999', '9999999999999999999', '0x10'])(
  'an id that is none of ours (%j) begins anew, and says so',
  async (id) => {
    const client = await listen(id);
    expect((await client.until(() => true)).event).toBe('ready');
    client.leave();
  },
);

test('nobody listens without an access token', async () => {
  expect((await api.call('GET', '/v1/events')).status).toBe(401);
});
