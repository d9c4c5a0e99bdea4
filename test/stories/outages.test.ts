import { batchActivities } from '../../activities/batches/sweeps';
import { serverTime } from '../../db/server-time';
import { storeEvent } from '../../db/webhook-events';
import { createLog } from '../../infra/log';
import { readBankEvent } from '../../infra/providers/bank/webhook';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine, type DealEngine } from '../../infra/temporal/deal-engine';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { openWay, type TcpProxy } from '../faults/tcp-proxy';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { runBatch, sweepEventsOf } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, waitingDeal } from '../fixtures/story';
import { eventsClose } from '../fixtures/webhooks';
import { type House, startHouse } from '../servers/house';
import { testStack } from '../servers/stack';

let house: House;
let workersRedis: TcpProxy;
let bank: FaultBoard;
let pg: FaultBoard;
beforeAll(async () => {
  workersRedis = await openWay(new URL(testStack().redisUrl).host);
  house = await startHouse({ policy: { giveUpAfterMs: 3_000 }, workersRedisUrl: workersRedis.through });
  bank = faultBoard(house.sandboxes.bank);
  pg = faultBoard(house.sandboxes.softpayment);
});
afterAll(async () => {
  await house.stop();
  await workersRedis.close();
});

test.each(['cut', 'silence'] as const)(
  'without its risk store (%s) a confirm is refused for now and charges nothing; later the same deal is paid',
  async (trouble) => {
    const { payer, id, dealNo, cardId } = await prepareDeal(house);
    workersRedis[trouble]();
    const refused = await payer.confirm(id, cardId, 'one-key').finally(workersRedis.mend);
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await payer.deal(id)).toMatchObject({
      status: 'PENDING',
      waiting: { reason: 'card-needed' },
      payments: [{ attempt: 1, status: 'FAILED', declineCode: 'risk-unavailable' }],
    });
    expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 0 });
    const paid = await poll(
      () => payer.confirm(id, cardId, 'one-key'),
      ({ status }) => status !== 503, // the worker is about to reconnect
      { what: 'the risk store is back' },
    );
    expect(paid.status).toBe(200);
    const { payments } = await payer.waitForStatus(id, 'COMPLETED');
    expect(payments.at(-1)).toMatchObject({ orderId: `${dealNo}-${payments.length}`, status: 'PAID' });
    expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1 });
    await expectMoneyBalanced(house, dealNo);
  },
);

/** A completed deal whose money has come back, told by an event that was stored and then acted upon by nobody. */
async function untoldReturn() {
  const story = await prepareDeal(house, { account: '0209' });
  const { payer, id, dealNo } = story;
  const reference = `${dealNo}-T1`;
  await bank.strike({ fault: 'webhook-missing', match: { reference } });
  void beginConfirm(story);
  const back = await poll(
    async () =>
      (await house.sandboxes.bank.journal()).find((e) => e.effect === 'returned' && e.reference === reference),
    (entry) => entry !== undefined,
    { what: 'the money comes back' },
  );
  expect((await payer.deal(id)).status).toBe('COMPLETED');
  const { tradingDate, amount } = back as unknown as { tradingDate: string; amount: number };
  const told = { type: 'transfer.returned', data: { reference, tradingDate, amount, code: '0000' } };
  const body = Buffer.from(JSON.stringify(told));
  const event = { provider: 'bank', eventId: `evt_${dealNo}`, ...readBankEvent(body) } as const;
  await storeEvent(house.db, event, body);
  const row = () => house.db('pg_webhook_events').where({ event_id: event.eventId }).first();
  return { ...story, row };
}

test('an event that was stored but woke nobody wakes its deal once its wait is over', async () => {
  const { payer, id, dealNo, row } = await untoldReturn();
  await runBatch(house, 'minuteSweepWorkflow');
  expect([(await payer.deal(id)).status, (await row()).processed_at]).toEqual(['COMPLETED', null]);
  await sweepEventsOf(house, dealNo);
  await payer.waitForStatus(id, 'TRANSFER_FAILED');
  await eventsClose(house, dealNo, 'transfer.returned');
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
});

test('a sweep that cannot reach the engine keeps the event for a later one', async () => {
  const { payer, id, dealNo, row } = await untoldReturn();
  const { db, config, dataKeys } = house;
  const way = await openWay(config.temporal.address);
  const address = new URL(way.through(`http://${config.temporal.address}`)).host;
  const client = await openTemporal({ ...config.temporal, address }, dataKeys);
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).deals;
  const lost = createDealEngine({ client, taskQueue, policy: config.policy });
  const soon = (call: () => Promise<void>) => client.connection.withDeadline(Date.now() + 500, call);
  const engine: DealEngine = { ...lost, resume: (dealId, news) => soon(() => lost.resume(dealId, news)) };
  const clock = () => new Date();
  const policy = { ...config.policy, newsAgainMs: 60_000, newsAgainMaxMs: 60_000 };
  const cutOff = batchActivities({ db, engine, policy, readers: {}, clock, log: createLog('test', 'silent') });
  await db('pg_webhook_events')
    .where({ deal_no: dealNo })
    .update({ next_wake_at: new Date(0), wakes: 5_000 }); // open for more than half a year
  way.cut();
  expect(await cutOff.sweepWebhookEvents()).toEqual({ woken: 0 });
  await client.connection.close();
  await way.close();
  const kept = await row();
  expect(kept).toMatchObject({ processed_at: null, wakes: 5_001 });
  expect(kept.next_wake_at.getTime()).toBeGreaterThan((await serverTime(db)).getTime() + 30_000);
  expect((await payer.deal(id)).status).toBe('COMPLETED');
  await sweepEventsOf(house, dealNo);
  await payer.waitForStatus(id, 'REFUNDED');
  expect((await row()).processed_at).not.toBeNull();
  await expectMoneyBalanced(house, dealNo);
});

const expireNow = (id: string) =>
  house
    .db('deals')
    .where({ id })
    .update({ expires_at: new Date(Date.now() - 1) });

test('a quote nobody confirmed is cancelled by the sweep, and a confirm afterwards is told so', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  await expireNow(id);
  await runBatch(house, 'minuteSweepWorkflow');
  expect((await payer.deal(id)).status).toBe('CANCELLED');
  expect((await payer.timeline(id)).at(-1)).toMatchObject({ from: 'PENDING', to: 'CANCELLED', actor: 'system' });
  const late = await payer.confirm(id, cardId);
  expect([late.status, late.body.code]).toEqual([409, 'deal-closed']);
  await expectMoneyBalanced(house, dealNo);
});

test('a quote confirmed just before it expired stays, whether the card is undecided or was declined', async () => {
  const declined = await waitingDeal(house, 'card-needed', { card: '0101' });
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  await pg.strike({ fault: 'slow', match: { orderId: `${dealNo}-1` }, delayMs: WHEN_HURRIED });
  const confirmed = beginConfirm(story);
  await house.chargeAsked(`${dealNo}-1`);
  for (const quote of [declined.id, id]) await expireNow(quote);
  await runBatch(house, 'minuteSweepWorkflow');
  expect((await declined.payer.deal(declined.id)).status).toBe('PENDING');
  pg.hurry(`${dealNo}-1`);
  expect((await confirmed).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});
