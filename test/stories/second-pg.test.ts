/**
 * A PG that speaks nothing of Softpayment's wire stands behind the same port: whole deals, with nothing else changed.
 */
import { randomUUID } from 'node:crypto';
import { businessDayAfter } from '../../workflows/domain/business-calendar';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { accountEnding, type Payer } from '../fixtures/payer';
import { createSecondPg } from '../infra/providers/second-pg/client';
import { POOR_CARD, SECOND_PG_KEY, type SecondPg, startSecondPg } from '../infra/providers/second-pg/server';
import { type House, startHouse } from '../servers/house';

let pg: SecondPg;
let house: House;
let truth: Pick<House, 'db' | 'sandboxes'>;
const client = () => createSecondPg({ url: pg.url, apiKey: SECOND_PG_KEY, timeoutMs: 1_000 });
beforeAll(async () => {
  pg = await startSecondPg();
  house = await startHouse({ providers: { pg: client() } });
  const softpayment = { ...house.sandboxes.softpayment, journal: pg.journal };
  truth = { db: house.db, sandboxes: { ...house.sandboxes, softpayment } };
});
afterAll(async () => {
  await house.stop();
  await pg.stop();
});

/** As its form would give it to the payer's browser. */
async function registerCard(payer: Payer, end = ''): Promise<string> {
  const card = { billingKey: `second-${randomUUID()}${end}`, maskedNumber: '411111******1234', issuer: '롯데카드' };
  return String((await payer.call('POST', '/v1/cards', card)).body.id);
}

async function prepare(account = '1234') {
  const payer = await house.payer();
  const [cardId, recipientId] = await Promise.all([registerCard(payer), payer.addRecipient(accountEnding(account))]);
  return { payer, cardId, ...(await payer.createDeal(recipientId)) };
}

test('a deal over another PG completes, and its settlement file tells the charge in our words', async () => {
  const { payer, cardId, id, dealNo, total } = await prepare();
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await payer.path(id)).toEqual(['PENDING', 'PAID', 'TRANSFERRING', 'COMPLETED']);
  await expectMoneyBalanced(truth, dealNo);
  const lines = [];
  for await (const batch of client().settlementFile('2026-03-02')) lines.push(...batch);
  expect(lines).toContainEqual(expect.objectContaining({ orderId: `${dealNo}-1`, kind: 'payment', amount: total }));
});

test('a deal over another PG whose recipient cannot be paid is given back in full, by its own terms', async () => {
  const { payer, cardId, id, dealNo, total } = await prepare('0202');
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'REFUNDED');
  expect(await groundTruth(truth, dealNo)).toMatchObject({
    charges: 1,
    charged: total,
    refunded: total,
    transferred: 0,
  });
  await expectMoneyBalanced(truth, dealNo);
  const { params } = await house.db('notices').where({ deal_id: id, template: 'deal-refunded' }).first('params');
  const { decided_at: at } = await house.db('refunds').where({ deal_id: id }).first('decided_at');
  expect(params.statementBy).toBe(businessDayAfter(at, client().terms.statementDays));
  const { body } = await payer.call('GET', `/v1/deals/${id}`);
  expect(body).toMatchObject({ refundedAt: at.toISOString(), statementBy: params.statementBy, actions: [] });
});

test('what another PG did without an answer is asked for again under its key, and done once', async () => {
  const { payer, cardId, id, dealNo } = await prepare('0202');
  pg.loseAnswerOf(`${dealNo}-1`);
  pg.loseAnswerOf(`${dealNo}-R1`);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'REFUNDED');
  expect([pg.requestsOf(`${dealNo}-1`), pg.requestsOf(`${dealNo}-R1`)]).toEqual([2, 2]);
  await expectMoneyBalanced(truth, dealNo);
});

test('a card that another PG declines is declined in our words, and another card completes the deal', async () => {
  const { payer, cardId, id, dealNo } = await prepare();
  const declined = await payer.confirm(id, await registerCard(payer, POOR_CARD));
  expect([declined.status, declined.body.code]).toEqual([402, 'card-declined']);
  expect((await payer.deal(id)).payments).toMatchObject([{ status: 'FAILED', declineCode: 'insufficient-funds' }]);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(truth, dealNo);
});
