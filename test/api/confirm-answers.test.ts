/** What the answers of the engine, and the stored rows, mean to the payer (spec §13). */
import type { EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ConfirmOutcome, ConfirmRequest } from '../../workflows/deal/messages';
import { insertPayment, moveDeal } from '../fixtures/rows';
import { type BareApi, dealOf, deviceOf, type Member, NO_ENGINE, otherCardOf, startBareApi } from './bare-api';

let confirmAnswer: (request: ConfirmRequest) => EngineAnswer<ConfirmOutcome>;
let meanwhile: () => Promise<unknown>;
const asked: ConfirmRequest[] = [];
const engine = {
  ...NO_ENGINE,
  knock: async () => undefined,
  async confirm(_deal: unknown, request: ConfirmRequest) {
    asked.push(request);
    await meanwhile();
    return confirmAnswer(request);
  },
};

/** After the quote's end (10 min), before the access token's (15 min). */
const EXPIRED_MS = 660_000;

let now = new Date();
let api: BareApi;
let payer: Member;
let id: string;
let otherCard: string;
beforeAll(async () => {
  api = await startBareApi({ engine, clock: () => now });
});
afterAll(() => api.stop());
beforeEach(async () => {
  now = new Date();
  asked.length = 0;
  meanwhile = async () => undefined;
  confirmAnswer = () => ({ kind: 'unreachable' });
  payer = await api.member();
  id = await dealOf(payer);
  otherCard = await otherCardOf(payer);
});

const confirm = (cardId = payer.cardId) => payer.post(`/v1/deals/${id}/confirm`, { cardId, deviceId: 'device' });
const addPayment = (more: object) => insertPayment(api.deps.db, payer, id, { amount: 10_300, ...more });
const change = (columns: object) => api.deps.db('deals').where({ id }).update(columns);
const paid = async () => {
  await addPayment({ status: 'PAID', payment_key: `pay_${id}` });
  await moveDeal(api.deps.db, id, 'PAID');
};
const decided = (outcome: Record<string, unknown>, cardId?: string) => {
  confirmAnswer = ({ attempt, cardId: own }) =>
    ({ kind: 'decided', outcome: { attempt, cardId: cardId ?? own, ...outcome } }) as EngineAnswer<ConfirmOutcome>;
};

test.each<[string, Record<string, unknown>, number, string | undefined]>([
  ['charged', { kind: 'charged' }, 200, undefined],
  ['declined', { kind: 'declined', code: 'insufficient-funds' }, 402, 'card-declined'],
  ['blocked', { kind: 'blocked', rules: ['user-daily-count'] }, 422, 'risk-blocked'],
  ['refused for lack of the risk store', { kind: 'unavailable' }, 503, 'unavailable'],
  ['closed by expiry', { kind: 'closed', cause: 'expired' }, 409, 'quote-expired'],
  ['closed by a cancel', { kind: 'closed', cause: 'cancelled' }, 409, 'deal-closed'],
])('a confirm that was %s answers so', async (_name, outcome, status, code) => {
  decided(outcome);
  const { body, headers, ...answer } = await confirm();
  expect([answer.status, body.code]).toEqual([status, code]);
  expect(asked).toEqual([{ attempt: 1, cardId: payer.cardId, ...deviceOf(api, payer) }]);
  if (status === 503) expect(headers.get('retry-after')).toBe('5');
});

test('a decline and a block say why, in words and by code', async () => {
  decided({ kind: 'declined', code: 'insufficient-funds' });
  expect((await confirm()).body).toMatchObject({
    reason: 'insufficient-funds',
    detail: expect.stringContaining('부족'),
  });
  decided({ kind: 'declined', code: 'never-heard-of' });
  expect((await confirm()).body).toMatchObject({ detail: expect.stringContaining('승인되지') });
  decided({ kind: 'blocked', rules: ['card-hourly-count'] });
  expect((await confirm()).body).toMatchObject({
    rules: ['card-hourly-count'],
    detail: expect.stringContaining('한 시간'),
  });
});

test('the outcome of another card is not told as one of this card', async () => {
  for (const outcome of [{ kind: 'declined', code: 'X' }, { kind: 'blocked', rules: [] }, { kind: 'unavailable' }]) {
    decided(outcome, otherCard);
    expect((await confirm()).body.code).toBe('charge-in-progress');
  }
  decided({ kind: 'charged' }, otherCard);
  expect((await confirm()).body.code).toBe('already-charged');
});

test('no answer in time is 202 only when the confirm is surely kept', async () => {
  confirmAnswer = () => ({ kind: 'pending', durable: false });
  expect((await confirm()).status).toBe(503);
  confirmAnswer = () => ({ kind: 'pending', durable: true });
  const durable = await confirm();
  expect([durable.status, durable.body.id]).toEqual([202, id]);
  confirmAnswer = () => ({ kind: 'pending', durable: false });
  meanwhile = () => addPayment({});
  expect((await confirm()).status).toBe(202); // the intent row of this attempt exists
});

test.each([{ kind: 'closed' }, { kind: 'refused', type: 'AskDatabase', message: '' }] as const)(
  'when the run knows nothing ($kind) the database answers',
  async (given) => {
    confirmAnswer = () => given;
    expect((await confirm()).status).toBe(503);
    meanwhile = paid;
    const { status, body } = await confirm();
    expect([status, body.status]).toEqual([200, 'PAID']);
  },
);

test('each attempt has the next number after those decided', async () => {
  await addPayment({ attempt: 1, status: 'FAILED', decline_code: 'X' });
  await addPayment({ attempt: 2, status: 'FAILED', decline_code: 'X' });
  decided({ kind: 'charged' });
  await confirm();
  await addPayment({ attempt: 3 });
  await confirm();
  expect(asked.map(({ attempt }) => attempt)).toEqual([3, 3]);
});

test('a repeated request is told how its own attempt ended, and begins no other', async () => {
  const path = `/v1/deals/${id}/confirm`;
  const body = { cardId: payer.cardId, deviceId: 'device' };
  confirmAnswer = () => ({ kind: 'pending', durable: true });
  expect((await payer.post(path, body, 'mine')).status).toBe(202);
  await addPayment({ status: 'FAILED', decline_code: 'stolen-card' });
  const again = await payer.post(path, body, 'mine');
  expect([again.status, again.body.reason]).toEqual([402, 'stolen-card']);
  expect(asked).toHaveLength(1);
  await payer.post(path, body, 'another');
  expect(asked.at(-1)?.attempt).toBe(2);
});

test('a paid deal answers its own card, and refuses another', async () => {
  await paid();
  expect((await confirm()).status).toBe(200);
  expect((await confirm(otherCard)).body.code).toBe('already-charged');
  for (const status of ['TRANSFERRING', 'TRANSFER_FAILED']) {
    await moveDeal(api.deps.db, id, status);
    expect((await confirm()).body.status).toBe(status);
  }
  expect(asked).toEqual([]);
});

test('a charge found late beside another one does not count as the card of the deal', async () => {
  await addPayment({ attempt: 1, card_id: otherCard, status: 'PAID', payment_key: `late_${id}`, late: true });
  await addPayment({ attempt: 2, status: 'PAID', payment_key: `pay_${id}` });
  await moveDeal(api.deps.db, id, 'PAID');
  expect((await confirm()).status).toBe(200);
  expect((await confirm(otherCard)).body.code).toBe('already-charged');
});

test('while a card is undecided another is refused, even after the quote has expired', async () => {
  await addPayment({});
  expect((await confirm(otherCard)).body.code).toBe('charge-in-progress');
  now = new Date(Date.now() + EXPIRED_MS);
  decided({ kind: 'charged' });
  expect((await confirm()).status).toBe(200);
});

test('an expired quote, a closed deal and an unknown card are told before anyone is asked', async () => {
  const stranger = await api.member();
  const foreign = await confirm(stranger.cardId);
  expect([foreign.status, foreign.body.code]).toEqual([404, 'not-found']);
  now = new Date(Date.now() + EXPIRED_MS);
  expect((await confirm(stranger.cardId)).body.code).toBe('quote-expired');
  await change({ cancel_requested_at: now });
  expect((await confirm()).body.code).toBe('deal-closed');
  await moveDeal(api.deps.db, id, 'CANCELLED');
  expect((await confirm()).body.code).toBe('deal-closed');
  expect(asked).toEqual([]);
});
