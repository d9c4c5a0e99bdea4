import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { accountEnding, callApi } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 1_500 } });
});
afterAll(() => house.stop());

type Provider = 'softpayment' | 'bank';

async function paidDeal(last4: string) {
  const payer = await house.payer();
  const deal = await payer.createDeal(await payer.addRecipient(accountEnding(last4)));
  await payer.confirm(deal.id, await payer.registerCard());
  return { payer, ...deal };
}

async function completedDeal(last4 = '1234') {
  const deal = await paidDeal(last4);
  await deal.payer.waitForStatus(deal.id, 'COMPLETED');
  return deal;
}

/** The first delivery of an event about this deal, as it was sent. */
async function delivered(provider: Provider, key: string) {
  const journal = await poll(
    house.sandboxes[provider].journal,
    (entries) => entries.some(({ kind, body }) => kind === 'webhook' && body?.includes(key)),
    { what: `a webhook about ${key}` },
  );
  const entry = journal.find(({ kind, body }) => kind === 'webhook' && body?.includes(key));
  if (!entry?.headers || !entry.body || !entry.url) throw new Error('a webhook without its request');
  return { id: entry.id ?? '', url: entry.url, headers: entry.headers, body: entry.body };
}

function signed(
  provider: Provider,
  body: string,
  { secret = house.secrets[provider], ageS = 0, id = `evt_${randomUUID()}` },
) {
  const timestamp = `${Math.floor(Date.now() / 1_000) - ageS}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

const send = (provider: Provider, body: string, headers: Record<string, string>) =>
  callApi(house.places.apiUrl, 'POST', `/v1/webhooks/${provider}`, body, headers);
const eventRows = (event_id: string) => house.db('pg_webhook_events').where({ event_id });

test.each(['softpayment', 'bank'] as const)(
  'a webhook of %s delivered 100 times has the effect of one',
  async (provider) => {
    const { payer, id, dealNo } = await completedDeal();
    const event = await delivered(provider, dealNo);
    const before = await payer.timeline(id);
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(provider, event.body, event.headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await eventRows(event.id)).toHaveLength(1);
    expect(await payer.timeline(id)).toEqual(before);
    await expectMoneyBalanced(house, dealNo);
  },
);

test.each(['softpayment', 'bank'] as const)(
  'a forged, altered, stale or unsigned webhook of %s is refused and kept nowhere',
  async (provider) => {
    const { dealNo } = await completedDeal();
    const { body } = await delivered(provider, dealNo);
    const other = provider === 'bank' ? 'softpayment' : 'bank';
    const refused: [string, Record<string, string>][] = [
      [body, signed(provider, body, { secret: `whsec_${randomBytes(32).toString('base64')}` })],
      [body, signed(provider, body, { secret: house.secrets[other] })],
      [body.replace(dealNo, 'P0'), signed(provider, body, {})],
      [body, signed(provider, body, { ageS: 330 })],
      [body, signed(provider, body, { ageS: -330 })],
      [body, {}],
    ];
    const before = await house.db('pg_webhook_events').count();
    for (const [text, headers] of refused) expect((await send(provider, text, headers)).status).toBe(401);
    expect(await house.db('pg_webhook_events').count()).toEqual(before);
  },
);

test('a webhook of an unknown type is stored and answered 200', async () => {
  const body = JSON.stringify({ type: 'payment.sparkled', data: {} });
  const headers = signed('softpayment', body, {});
  expect((await send('softpayment', body, headers)).status).toBe(200);
  expect(await eventRows(headers['webhook-id'])).toHaveLength(1);
});

test('a webhook that lies changes nothing: the provider is asked', async () => {
  const { payer, id, dealNo, principal } = await completedDeal();
  const lie = {
    type: 'transfer.returned',
    data: { reference: `${dealNo}-T1`, tradingDate: '2026-01-01', amount: principal, code: '0000' },
  };
  const body = JSON.stringify(lie);
  const headers = signed('bank', body, {});
  expect((await send('bank', body, headers)).status).toBe(200);
  await poll(
    () => eventRows(headers['webhook-id']).first(),
    (row) => row?.processed_at !== null,
    { what: 'the lie is dealt with' },
  );
  expect((await payer.deal(id)).status).toBe('COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test.each(['webhook-duplicate', 'webhook-reordered', 'webhook-late', 'webhook-missing', 'webhook-forged'])(
  'a deal whose webhooks suffer "%s" completes all the same',
  async (fault) => {
    const both = [house.sandboxes.softpayment, house.sandboxes.bank];
    for (const sandbox of both) await sandbox.setFaults({ fault, delayMs: 300 });
    const { dealNo } = await completedDeal('0206');
    for (const sandbox of both) await sandbox.setFaults();
    await expectMoneyBalanced(house, dealNo);
  },
);

test('a charge declined first and done later is given back at once, and another card still completes the deal', async () => {
  const payer = await house.payer();
  const { id, dealNo, total } = await payer.createDeal(await payer.addRecipient());
  await house.sandboxes.softpayment.setFaults({ fault: 'late-success', match: { orderId: `${dealNo}-1` }, times: 1 });
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(402);
  await poll(
    () => groundTruth(house, dealNo),
    ({ refunded }) => refunded === total,
    { what: 'the late charge is given back' },
  );
  await poll(
    () => house.db('doubts').where({ deal_id: id, closed_at: null }),
    (doubts) => doubts.length === 0,
    { what: 'that is booked, and nothing is in doubt any more' },
  );
  expect((await payer.deal(id)).status).toBe('PENDING');
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
});

test('a charge that turns out done after the deal was completed with another card is given back', async () => {
  const payer = await house.payer();
  const { id, dealNo, total } = await payer.createDeal(await payer.addRecipient());
  await house.sandboxes.softpayment.setFaults({
    fault: 'late-success',
    match: { orderId: `${dealNo}-1` },
    delayMs: WHEN_HURRIED,
  });
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(402);
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  house.sandboxes.softpayment.hurry(`${dealNo}-1`);
  await poll(
    () => groundTruth(house, dealNo),
    ({ refunded }) => refunded === total,
    { what: 'the late charge is given back' },
  );
  expect((await payer.deal(id)).status).toBe('COMPLETED');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
});

test('a charge that turns out done after the payer cancelled is given back and the deal stays cancelled', async () => {
  const payer = await house.payer();
  const { id, dealNo, total } = await payer.createDeal(await payer.addRecipient());
  await house.sandboxes.softpayment.setFaults({
    fault: 'late-success',
    match: { orderId: `${dealNo}-1` },
    delayMs: WHEN_HURRIED,
  });
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(402);
  expect((await payer.cancel(id)).status).toBe(200);
  house.sandboxes.softpayment.hurry(`${dealNo}-1`);
  await poll(
    () => groundTruth(house, dealNo),
    ({ refunded }) => refunded === total,
    { what: 'the late charge is given back' },
  );
  expect((await payer.deal(id)).status).toBe('CANCELLED');
  await expectMoneyBalanced(house, dealNo);
});

test('a transfer that comes back reopens the deal by its webhook alone, and is refunded', async () => {
  const { payer, id, dealNo } = await paidDeal('0209');
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
});

test('a transfer return said 100 times is booked once', async () => {
  const { payer, id, dealNo } = await paidDeal('0209');
  await payer.waitForStatus(id, 'TRANSFER_FAILED');
  const event = await delivered('bank', '"transfer.returned"');
  await Promise.all(Array.from({ length: 100 }, () => send('bank', event.body, event.headers)));
  await payer.waitForStatus(id, 'REFUNDED');
  expect(await house.db('ledger_journals').where({ deal_id: id, kind: 'return' })).toHaveLength(1);
  await expectMoneyBalanced(house, dealNo);
});
