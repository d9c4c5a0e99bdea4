/** What a payer does while a card that they removed long ago loses its key. */
import { randomUUID } from 'node:crypto';
import { type SignedUp, signUpWith } from '../fixtures/account';
import { poll } from '../fixtures/poll';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

let last = 0;
/** Of a member who removed it two months ago. */
async function removedCard() {
  const member = await signUpWith(api, `0104555${(++last).toString().padStart(4, '0')}`);
  const card = { billingKey: `bill_${randomUUID()}`, maskedNumber: '433012******0001', issuer: '신한카드' };
  const id = String((await member.call('POST', '/v1/cards', card)).body.id);
  await member.call('DELETE', `/v1/cards/${id}`);
  const { db } = api.deps;
  await db('cards')
    .where({ id })
    .update({ deleted_at: db.raw(`now() - interval '60 days'`) });
  return { member, card, id };
}

/** Asks while the card is being destroyed, and lets that end once the request waits for it. */
async function whileDestroyed<T>(ask: () => Promise<T>): Promise<T> {
  const { db } = api.deps;
  const waiting = async () => {
    const { rows } = await db.raw(`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%"cards"%'`);
    return rows[0].n as number;
  };
  let answer: Promise<T> | undefined;
  await db.transaction(async (destroying) => {
    await destroying.raw(`select removed_cards('race', 500)`);
    answer = ask();
    await poll(waiting, (n) => n === 1, { what: 'the request waits' });
  });
  return answer as Promise<T>;
}

const cardOf = (id: string) => api.deps.db('cards').where({ id }).first('emptied_at', 'billing_key_encrypted');
const EMPTY = { emptied_at: expect.any(Date), billing_key_encrypted: null };

test('a card that is registered again is another one', async () => {
  const { member, card, id } = await removedCard();
  const { status, body } = await whileDestroyed(() => member.call('POST', '/v1/cards', card));
  expect(status).toBe(201);
  expect(body.id).not.toBe(id);
  expect(await cardOf(id)).toEqual(EMPTY);
});

test('a member leaves, and the card gets no key again', async () => {
  const { member, id } = await removedCard();
  const leave = ({ call, password }: SignedUp) => call('POST', '/v1/users/me/withdrawal', { password });
  expect((await whileDestroyed(() => leave(member))).status).toBe(204);
  expect(await cardOf(id)).toEqual(EMPTY);
});
