/** A charge over months, from the confirm to the PG's own journal; the months belong to the attempt for ever. */
import { openCharge } from '../../activities/deal/charge-intent';
import { recordActivities } from '../../activities/deal/records';
import { createLog } from '../../infra/log';
import { expectMoneyBalanced } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import type { DealView } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { prepareDeal, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: NO_ANSWERS });
});
afterAll(() => house.stop());

const confirm = ({ payer, id, cardId }: Story, installmentMonths?: number) =>
  payer.post<DealView>(`/v1/deals/${id}/confirm`, { cardId, deviceId: 'test-device', installmentMonths });
/** What the PG wrote down of the order: its requests and its effects, each with the months. */
async function monthsAtPg(orderId: string): Promise<[string, unknown][]> {
  const entries = (await house.sandboxes.softpayment.journal()).filter((entry) => entry.orderId === orderId);
  return entries.map((entry) => [entry.kind, (entry as { installmentMonths?: number }).installmentMonths]);
}

test('a card is charged over the months that the payer chose, and the deal tells them', async () => {
  const story = await prepareDeal(house);
  const { status, body } = await confirm(story, 3);
  expect([status, body.payments]).toMatchObject([200, [{ attempt: 1, installmentMonths: 3 }]]);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect((await story.payer.call('GET', `/v1/deals/${story.id}`)).body).toMatchObject({
    card: { id: story.cardId, maskedNumber: expect.stringMatching(/1234$/) },
    completedAt: expect.stringMatching(/Z$/),
    ...{ refundedAt: null, statementBy: null, actions: [] },
  });
  expect(await monthsAtPg(`${story.dealNo}-1`)).toEqual([
    ['request', 3],
    ['effect', 3],
  ]);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a charge at once says nothing of months, as before there were any', async () => {
  const story = await prepareDeal(house);
  await confirm(story);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await monthsAtPg(`${story.dealNo}-1`)).toEqual([
    ['request', undefined],
    ['effect', undefined],
  ]);
});

test('what the PG charged without an answer is asked for again over the same months, and charged once', async () => {
  const story = await prepareDeal(house, { card: '0105' });
  await confirm(story, 12);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  const seen = await monthsAtPg(`${story.dealNo}-1`);
  expect(seen.filter(([kind]) => kind === 'request').length).toBeGreaterThan(1);
  expect(seen.filter(([kind]) => kind === 'effect')).toHaveLength(1);
  expect(new Set(seen.map(([, months]) => months))).toEqual(new Set([12]));
  await expectMoneyBalanced(house, story.dealNo);
});

test('a declined attempt is followed by one over other months', async () => {
  const story = await prepareDeal(house, { card: '0101' });
  expect((await confirm(story, 6)).status).toBe(402);
  const cardId = await story.payer.registerCard();
  expect((await confirm({ ...story, cardId }, 2)).status).toBe(200);
  const deal = await story.payer.call('GET', `/v1/deals/${story.id}`);
  expect(deal.body.payments).toMatchObject([
    { attempt: 1, status: 'FAILED', installmentMonths: 6 },
    { attempt: 2, installmentMonths: 2 },
  ]);
  expect(await monthsAtPg(`${story.dealNo}-2`)).toEqual([
    ['request', 2],
    ['effect', 2],
  ]);
});

test('the months of an attempt are those of its intent, whatever is said of it later', async () => {
  const story = await prepareDeal(house, { card: '0103' });
  const answer = confirm(story, 4);
  await house.chargeAsked(`${story.dealNo}-1`);
  const later = { dealId: story.id, attempt: 1, cardId: story.cardId, ...DEVICE, installmentMonths: 9 };
  const log = createLog('test', 'silent');
  const limits = { decision: null, holdMs: 0, pgKeyWindowMs: 1_000_000_000, chargeSettleMs: 0 };
  const intent = await house.db.transaction((trx) => openCharge(trx, { ...later, ...limits }, new Date(), log));
  expect(intent).toMatchObject({ row: { payment: { installmentMonths: 4 } } });
  const clock = () => new Date();
  const facts = await recordActivities({ db: house.db, clock, log }).loadDeal(story.id);
  expect(facts.undecidedCharge).toEqual({
    attempt: 1,
    cardId: story.cardId,
    deviceId: expect.stringMatching(/^[\da-f-]{36}$/),
    deviceTextHash: expect.stringMatching(/^[\w-]{43}$/),
    installmentMonths: 4,
  });
  await answer;
  await story.payer.waitForStatus(story.id, 'COMPLETED');
});
