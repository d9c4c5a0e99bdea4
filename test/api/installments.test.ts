/** Instalments at confirm (할부): which months are taken, and that they are a part of what "the same confirm" means. */
import { randomUUID } from 'node:crypto';
import type { EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ConfirmOutcome, ConfirmRequest } from '../../workflows/deal/messages';
import { insertPayment, moveDeal } from '../fixtures/rows';
import { type BareApi, deviceOf, type Member, NO_ENGINE, startBareApi } from './bare-api';

let answer: (request: ConfirmRequest) => EngineAnswer<ConfirmOutcome>;
let meanwhile: () => Promise<unknown>;
const asked: ConfirmRequest[] = [];
const engine = {
  ...NO_ENGINE,
  async confirm(_deal: unknown, request: ConfirmRequest) {
    asked.push(request);
    await meanwhile();
    return answer(request);
  },
};

let api: BareApi;
let payer: Member;
let id: string;
beforeAll(async () => {
  api = await startBareApi({ engine });
});
afterAll(() => api.stop());
beforeEach(async () => {
  asked.length = 0;
  meanwhile = async () => undefined;
  answer = ({ attempt, cardId }) => ({ kind: 'decided', outcome: { kind: 'charged', attempt, cardId } });
  payer = await api.member();
  id = await dealWorth(100_000);
});

async function dealWorth(principal: number): Promise<string> {
  const deal = { recipientId: payer.recipientId, principal, purpose: '월세' };
  return String((await payer.post('/v1/deals', deal)).body.id);
}
const confirm = (more: object = {}, key: string = randomUUID(), headers = {}) =>
  payer.post(`/v1/deals/${id}/confirm`, { cardId: payer.cardId, deviceId: 'device', ...more }, key, headers);
const over = async (installmentMonths: number) => {
  const { status, body } = await confirm({ installmentMonths });
  return [status, body.code];
};
const addPayment = (more: object) => insertPayment(api.deps.db, payer, id, { amount: 103_000, ...more });

test('the months travel with the confirm; at once is what it was before there were any', async () => {
  for (const months of [2, 12]) {
    asked.length = 0;
    expect((await confirm({ installmentMonths: months })).status).toBe(200);
    expect(asked).toEqual([{ attempt: 1, cardId: payer.cardId, ...deviceOf(api, payer), installmentMonths: months }]);
  }
  for (const more of [{}, { installmentMonths: 0 }]) {
    asked.length = 0;
    await confirm(more);
    expect(asked).toEqual([{ attempt: 1, cardId: payer.cardId, ...deviceOf(api, payer) }]);
  }
});

test.each([1, 13, -2, 2.5, '3', null, true, [3]])(
  '%j months are refused in words, and nobody is asked',
  async (months) => {
    const { status, body } = await confirm({ installmentMonths: months });
    expect([status, body.code]).toEqual([422, 'invalid-request']);
    expect(body.errors).toMatchObject([{ path: 'installmentMonths', message: expect.any(String) }]);
    expect(asked).toEqual([]);
  },
);

test('the document lists the months that are taken', async () => {
  const { body } = await api.call('GET', '/v1/openapi.json');
  expect(body).toHaveProperty(
    ['paths', '/v1/deals/{dealId}/confirm', 'post', 'requestBody', 'content', 'application/json', 'schema'],
    expect.objectContaining({
      properties: expect.objectContaining({
        installmentMonths: expect.objectContaining({
          type: 'integer',
          enum: [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        }),
      }),
    }),
  );
});

test('below a total of 50,000 won only a charge at once is taken', async () => {
  id = await dealWorth(48_543); // 49,999 in all
  for (const [language, words] of [
    ['ko', '50,000원'],
    ['en', '50,000 won'],
  ] as const) {
    const { status, body } = await confirm({ installmentMonths: 2 }, randomUUID(), { 'accept-language': language });
    expect([status, body.code]).toEqual([422, 'invalid-request']);
    expect(body.errors).toMatchObject([{ path: 'installmentMonths', message: expect.stringContaining(words) }]);
  }
  expect(asked).toEqual([]);
  expect(await over(0)).toEqual([200, undefined]);
  id = await dealWorth(48_544); // 50,000 in all
  expect(await over(2)).toEqual([200, undefined]);
});

test('while a charge is undecided other instalments are refused, and the same ones join it', async () => {
  await addPayment({ installment_months: 3 });
  for (const months of [0, 2, 12]) expect(await over(months)).toEqual([409, 'charge-in-progress']);
  expect(asked).toEqual([]);
  expect(await over(3)).toEqual([200, undefined]);
});

test('a charge at once that is undecided is joined by no instalments', async () => {
  await addPayment({});
  expect(await over(3)).toEqual([409, 'charge-in-progress']);
  expect(await over(0)).toEqual([200, undefined]);
});

test('a deal that is paid answers its card, whatever the months', async () => {
  await addPayment({ status: 'PAID', payment_key: `pay_${id}`, installment_months: 3 });
  await moveDeal(api.deps.db, id, 'PAID');
  for (const months of [0, 3, 6]) expect(await over(months)).toEqual([200, undefined]);
  expect((await confirm()).body.payments).toMatchObject([{ attempt: 1, installmentMonths: 3 }]);
  expect(asked).toEqual([]);
});

test.each<[string, object]>([
  ['declined', { kind: 'declined', code: 'stolen-card' }],
  ['blocked', { kind: 'blocked', rules: [] }],
  ['refused for lack of the risk store', { kind: 'unavailable' }],
])(
  'a charge over other months that this one raced with, and that was %s, is not told as this one',
  async (_, outcome) => {
    meanwhile = () => addPayment({ status: 'FAILED', decline_code: 'stolen-card', installment_months: 3 });
    answer = ({ attempt, cardId }) => ({ kind: 'decided', outcome: { attempt, cardId, ...outcome } as ConfirmOutcome });
    expect(await over(6)).toEqual([409, 'charge-in-progress']);
  },
);

test('a charge over other months that this one raced with, and that was done, is the deal’s charge', async () => {
  meanwhile = async () => {
    await addPayment({ status: 'PAID', payment_key: `pay_${id}`, installment_months: 3 });
    await moveDeal(api.deps.db, id, 'PAID');
  };
  const { status, body } = await confirm({ installmentMonths: 6 });
  expect([status, body.status]).toEqual([200, 'PAID']);
});

test('a charge over other months that this one raced with, and that is undecided, refuses it', async () => {
  meanwhile = () => addPayment({ installment_months: 3 });
  answer = () => ({ kind: 'pending', durable: true });
  expect(await over(6)).toEqual([409, 'charge-in-progress']);
});

test('the same key with other months is another request', async () => {
  await confirm({ installmentMonths: 3 }, 'one-key');
  const other = await confirm({ installmentMonths: 6 }, 'one-key');
  expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
});

test('the database takes no other months, and none below 50,000 won', async () => {
  for (const months of [1, 13, -1])
    await expect(addPayment({ installment_months: months })).rejects.toThrow('payments_installment_months');
  await expect(addPayment({ amount: 49_999, installment_months: 2 })).rejects.toThrow('payments_installments_from');
  await addPayment({ amount: 50_000, installment_months: 2 });
});
