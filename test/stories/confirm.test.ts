import { recordWaiting } from '../../db/deals';
import { openRedis } from '../../infra/redis';
import { WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { cardEnding, type DealView, type Payer } from '../fixtures/payer';
import { headerOf, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

test('fifty confirms at once, each with a key of its own, are one charge', async () => {
  const payer = await house.payer();
  const [cardId, recipientId] = await Promise.all([payer.registerCard(), payer.addRecipient()]);
  const { id, dealNo } = await payer.createDeal(recipientId);
  const answers = await Promise.all(Array.from({ length: 50 }, () => payer.confirm(id, cardId)));
  for (const { status, body } of answers) {
    expect([200, 202]).toContain(status);
    expect(body.id).toBe(id);
  }
  expect(answers.some(({ status }) => status === 200)).toBe(true);
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await payer.deal(id)).payments).toHaveLength(1);
  expect((await groundTruth(house, dealNo)).charges).toBe(1);
  await expectMoneyBalanced(house, dealNo);
});

test('fifty confirms at once under one key are one charge', async () => {
  const payer = await house.payer();
  const [cardId, recipientId] = await Promise.all([payer.registerCard(), payer.addRecipient()]);
  const { id, dealNo } = await payer.createDeal(recipientId);
  const answers = await Promise.all(Array.from({ length: 50 }, () => payer.confirm(id, cardId, 'one-key')));
  for (const { status, body } of answers)
    if (status === 409) expect(body.code).toBe('request-in-flight');
    else expect([200, 202]).toContain(status);
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await groundTruth(house, dealNo)).charges).toBe(1);
  await expectMoneyBalanced(house, dealNo);
});

test('a confirm repeated after it was answered gives the same answer and charges nothing', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  const cardId = await payer.registerCard();
  const first = await payer.confirm(id, cardId, 'my-key');
  const again = await payer.confirm(id, cardId, 'my-key');
  expect([again.status, again.body]).toEqual([first.status, first.body]);
  await payer.waitForStatus(id, 'COMPLETED');
  const later = await payer.confirm(id, cardId); // same card, another key
  expect([later.status, later.body.status]).toEqual([200, 'COMPLETED']);
  await expectMoneyBalanced(house, dealNo);
});

test('a confirm that an earlier version has begun, with the client’s own text as device, is charged, and keeps no text', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId } = story;
  const earlier = { attempt: 1, cardId, deviceId: 'my-phone' };
  expect(await house.engine.confirm(headerOf(story), earlier, 10_000)).toMatchObject({ kind: 'decided' });
  await payer.waitForStatus(id, 'COMPLETED');
  const [payment] = await house.db('payments').where({ deal_id: id });
  expect(JSON.stringify(payment)).not.toContain('my-phone');
  await expectMoneyBalanced(house, dealNo);
});

test('another card is refused once the deal is paid', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await payer.confirm(id, await payer.registerCard());
  const other = await payer.confirm(id, await payer.registerCard(cardEnding('7777')));
  expect([other.status, other.body.code]).toEqual([409, 'already-charged']);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('while one card is undecided another is refused, and the same card joins', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  const [slow, other] = [await payer.registerCard(), await payer.registerCard(cardEnding('7777'))];
  await house.sandboxes.softpayment.setFaults({
    fault: 'slow',
    match: { orderId: `${dealNo}-1` },
    delayMs: WHEN_HURRIED,
  });
  const first = payer.confirm(id, slow);
  await house.chargeAsked(`${dealNo}-1`);
  const joining = payer.confirm(id, slow);
  const refused = await payer.confirm(id, other);
  house.sandboxes.softpayment.hurry(`${dealNo}-1`);
  const joined = await joining;
  expect([refused.status, refused.body.code]).toEqual([409, 'charge-in-progress']);
  expect(joined.status).toBe(200);
  expect((await first).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('a card may be declined twice and a third one pays: each attempt has its own order id', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  for (const last4 of ['0101', '0102'])
    expect((await payer.confirm(id, await payer.registerCard(cardEnding(last4)))).status).toBe(402);
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  const deal = await payer.waitForStatus(id, 'COMPLETED');
  expect(deal.payments.map(({ orderId, status }) => [orderId, status])).toEqual([
    [`${dealNo}-1`, 'FAILED'],
    [`${dealNo}-2`, 'FAILED'],
    [`${dealNo}-3`, 'PAID'],
  ]);
  await expectMoneyBalanced(house, dealNo);
});

test('a card is charged at most three times an hour: the fourth is blocked and nothing is charged', async () => {
  const payer = await house.payer();
  const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient()];
  for (let n = 0; n < 3; n++) {
    const { id } = await payer.createDeal(recipientId, 10_000 + n);
    expect((await payer.confirm(id, cardId)).status).toBe(200);
  }
  const { id, dealNo } = await payer.createDeal(recipientId, 20_000);
  const blocked = await payer.confirm(id, cardId);
  expect([blocked.status, blocked.body.code]).toEqual([422, 'risk-blocked']);
  expect((await groundTruth(house, dealNo)).charges).toBe(0);
  expect(await payer.deal(id)).toMatchObject({ status: 'PENDING', payments: [{ attempt: 1, status: 'FAILED' }] });
  expect((await payer.confirm(id, await payer.registerCard(cardEnding('7777')))).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

/** To two accounts, since one that many cards pay is a pattern. */
async function sixDeals(payer: Payer): Promise<DealView[]> {
  const recipients = [await payer.addRecipient(), await payer.addRecipient()];
  const deals: DealView[] = [];
  for (let n = 0; n < 6; n++) deals.push(await payer.createDeal(recipients[n % 2] ?? '', 10_000 + n));
  return deals;
}

test('five deals a day pass and the sixth is blocked, however they race', async () => {
  const payer = await house.payer();
  const cards: string[] = [];
  for (let n = 0; n < 6; n++) cards.push(await payer.registerCard(cardEnding(`300${n}`)));
  const deals = await sixDeals(payer);
  const answers = await Promise.all(deals.map(({ id }, n) => payer.confirm(id, cards[n] ?? '')));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 422]);
});

test('the sixth deal of a day is blocked whatever Redis has counted', async () => {
  const payer = await house.payer();
  const deals = await sixDeals(payer);
  for (const { id } of deals.slice(0, 5))
    expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  const redis = await openRedis(house.config.redisUrl);
  const counted = deals.slice(0, 4).map(({ id }) => id);
  expect(await redis.hdel(`fds:user:${payer.userId}:daily:deals`, ...counted)).toBe(4);
  redis.disconnect();
  const { id = '', dealNo = '' } = deals[5] ?? {};
  const blocked = await payer.confirm(id, await payer.registerCard());
  expect([blocked.status, blocked.body.code]).toEqual([422, 'risk-blocked']);
  expect((await groundTruth(house, dealNo)).charges).toBe(0);
});

test('a quote that expired can be confirmed by nobody, and nothing is charged', async () => {
  const brief = await startHouse({ policy: { quoteMs: 1 } });
  try {
    const payer = await brief.payer();
    const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient()];
    const { id, dealNo } = await payer.createDeal(recipientId);
    const late = await payer.confirm(id, cardId);
    expect([late.status, late.body.code]).toEqual([409, 'quote-expired']);
    expect((await groundTruth(brief, dealNo)).charges).toBe(0);
  } finally {
    await brief.stop();
  }
});

test('a declined deal is cancelled when its quote expires', async () => {
  const brief = await startHouse({ policy: { quoteMs: 8_000 } });
  try {
    const payer = await brief.payer();
    const cardId = await payer.registerCard(cardEnding('0101'));
    const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
    expect((await payer.confirm(id, cardId)).status).toBe(402);
    await payer.waitForStatus(id, 'CANCELLED');
    await expectMoneyBalanced(brief, dealNo);
    const late = await payer.confirm(id, await payer.registerCard());
    expect([late.status, late.body.code]).toEqual([409, 'deal-closed']);
  } finally {
    await brief.stop();
  }
});

test('what operators were told of a charge that had not even begun, while a store was down, is settled once it is decided', async () => {
  const { payer, id, cardId } = await prepareDeal(house, { card: '0101' });
  const about = { leg: 'charge', attempt: 1 } as const;
  const unknown = { reason: 'charge-unknown', nextMoveInMs: 1_000, about } as const;
  for (const raise of ['alarm', 'task'] as const)
    await recordWaiting(house.db, { dealId: id, ...unknown, raise }, new Date());
  expect((await payer.confirm(id, cardId)).status).toBe(402);
  expect(await house.db('operator_tasks').where({ deal_id: id }).whereNull('closed_at')).toEqual([]);
});
