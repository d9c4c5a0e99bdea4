/** A card's hour is the card's, whoever has it; and what a decision keeps of its deal. */
import { randomUUID } from 'node:crypto';
import { addCard, removeCard } from '../../../db/cards';
import { countCardCharge, recheckLimits, storeDecision } from '../../../db/risk';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { mayCharge } from '../../../workflows/domain/screening';
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
    if (mayCharge(decision)) await countCardCharge(trx, cardId, at);
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
    const shown = { maskedNumber: '411111******1111', issuer: 'Card', fingerprint: null, expiry: null };
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

/** The same card under as many billing keys; `shown`: as the payer's app passes it on. */
const registerOften = async (
  { userId }: Person,
  { maskedNumber, printOf }: { maskedNumber: string; printOf: () => string | null },
) => {
  const ids: string[] = [];
  for (let n = 1; n <= 5; n++) {
    const key = { billingKeyEncrypted: '-', billingKeyHashes: { odd: randomUUID(), even: null } };
    const shown = { maskedNumber, issuer: 'Card', fingerprint: printOf(), expiry: null };
    const added = await addCard(database.db, { id: randomUUID(), userId, ...key, ...shown });
    ids.push(added.kind === 'added' ? added.id : added.kind);
  }
  return ids;
};
const chargeEach = async (payer: Person, cards: readonly string[]) => {
  const rules: (readonly string[])[] = [];
  for (const card of cards) rules.push((await pay(payer, card)).rules);
  return rules.flat().filter((rule) => rule === 'card-hourly-count');
};

const PRINT = randomUUID();
test.each([
  ['its fingerprint, whatever else is said of it', () => PRINT, (n: number) => `41111${n}******1111`, true],
  ['payer, number and issuer, when the PG tells no fingerprint', () => null, () => '422222******2222', false],
])('a card that is registered five times has one hour, by %s', async (_by, printOf, numberOf, isTheSame) => {
  const payer = await insertPerson(database.db);
  const cards = await registerOften(payer, { printOf, maskedNumber: numberOf(1) });
  expect(new Set(cards).size).toBe(5);
  expect(await chargeEach(payer, cards)).toEqual(['card-hourly-count', 'card-hourly-count']);
  const other = await insertPerson(database.db);
  const theirs = await registerOften(other, { printOf, maskedNumber: numberOf(2) });
  expect(await chargeEach(other, theirs.slice(0, 1))).toEqual(isTheSame ? ['card-hourly-count'] : []);
});

test('of five intents at once on one card, by two payers, three are let through', async () => {
  const payers = [await insertPerson(database.db), await insertPerson(database.db)] as const;
  const cards = payers.map(({ cardId }) => cardId);
  const removed = { is_default: false, deleted_at: NOON, first_card_id: cards[0] };
  await database.db('cards').whereIn('id', cards).update(removed);
  const [one, other] = payers;
  const payTo = async ({ userId, cardId }: Person) =>
    pay({ userId, cardId, recipientId: (await insertPerson(database.db)).recipientId }, cardId);
  const decisions = await Promise.all([one, other, one, other, one].map(payTo));
  expect(decisions.filter(({ verdict }) => verdict !== 'BLOCK')).toHaveLength(3);
});

test.each([true, false])('whether the payer chose the memo (%s) is kept with the decision', async (chosen) => {
  const payer = await insertPerson(database.db);
  const dealId = await insertDeal(database.db, payer, { memo_changed: chosen });
  await intend(payer, dealId, payer.cardId);
  const decided = await database.db('risk_decisions').where({ deal_id: dealId }).first();
  expect(decided.memo_changed).toBe(chosen);
});
