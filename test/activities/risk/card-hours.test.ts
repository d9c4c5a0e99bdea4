/** A card's hour is the card's, whoever has it; and what a decision keeps of its deal. */
import { randomUUID } from 'node:crypto';
import { addCard, removeCard } from '../../../db/cards';
import { countCardCharge, recheckLimits, storeDecision } from '../../../db/risk';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { DEVICE } from '../../fixtures/device';
import { insertDeal, insertPerson, type Person } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';

const HOUR = 3_600_000;
const NOON = new Date('2026-03-02T12:00:00+09:00');
const later = (ms: number): Date => new Date(NOON.getTime() + ms);

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

/** What the charge intent of a deal does with the limits. */
async function intend({ userId }: Person, dealId: string, cardId: string, at = NOON) {
  const subject = { dealId: dealId as DealId, attempt: 1, userId, cardId, ...DEVICE, principal: won(10_000) };
  return database.db.transaction(async (trx) => {
    const decision = await recheckLimits(trx, { ...subject, at });
    await storeDecision(trx, { ...subject, decision });
    if (decision.verdict === 'PASS') await countCardCharge(trx, cardId, at);
    return decision;
  });
}

/** Another deal of the payer is charged to the card. */
const pay = async (payer: Person, cardId: string, at = NOON) =>
  intend(payer, await insertDeal(database.db, payer), cardId, at);

test('a card that changes hands keeps its hour', async () => {
  const [first, second] = [await insertPerson(database.db), await insertPerson(database.db)];
  const key = { billingKeyEncrypted: '-', billingKeyHashes: { odd: randomUUID(), even: null } };
  const register = async ({ userId }: Person): Promise<string> => {
    const shown = { maskedNumber: '411111******1111', issuer: 'Card' };
    const added = await addCard(database.db, { id: randomUUID(), userId, ...key, ...shown });
    return added.kind === 'added' ? added.id : added.kind;
  };
  const before = await register(first);
  await pay(first, before);
  await removeCard(database.db, first.userId, before, NOON);
  const after = await register(second);
  await pay(second, after, later(1));
  // A charge of the first payer's that was under way when the card went.
  expect((await pay(first, before, later(2))).counters.cardHourlyCount).toBe(3);
  expect(await pay(second, after, later(3))).toMatchObject({ verdict: 'BLOCK', rules: ['card-hourly-count'] });
  await removeCard(database.db, second.userId, after, later(4));
  expect(await pay(first, await register(first), later(4))).toMatchObject({ rules: ['card-hourly-count'] });
  expect((await pay(first, before, later(HOUR))).counters.cardHourlyCount).toBe(1);
  expect((await pay(second, after, later(HOUR))).counters.cardHourlyCount).toBe(2);
});

test('of five intents at once on one card, by two payers, three are let through', async () => {
  const payers = [await insertPerson(database.db), await insertPerson(database.db)] as const;
  const cards = payers.map(({ cardId }) => cardId);
  const removed = { is_default: false, deleted_at: NOON, first_card_id: cards[0] };
  await database.db('cards').whereIn('id', cards).update(removed);
  const [one, other] = payers;
  const decisions = await Promise.all([one, other, one, other, one].map((payer) => pay(payer, payer.cardId)));
  expect(decisions.filter(({ verdict }) => verdict === 'PASS')).toHaveLength(3);
});

test.each([true, false])('whether the payer chose the memo (%s) is kept with the decision', async (chosen) => {
  const payer = await insertPerson(database.db);
  const dealId = await insertDeal(database.db, payer, { memo_changed: chosen });
  await intend(payer, dealId, payer.cardId);
  const decided = await database.db('risk_decisions').where({ deal_id: dealId }).first();
  expect(decided.memo_changed).toBe(chosen);
});
