/** A confirm whose run has ended, was begun anew, or knows less than the database is answered from the stored rows. */
import type { EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ConfirmOutcome } from '../../workflows/deal/messages';
import { insertDecision, insertPayment, moveDeal } from '../fixtures/rows';
import { type BareApi, dealOf, type Member, NO_ENGINE, otherCardOf, startBareApi } from './bare-api';

let answer: EngineAnswer<ConfirmOutcome>;
/** What becomes of the attempt while its confirm waits. */
let meanwhile: () => Promise<unknown>;
const engine = {
  ...NO_ENGINE,
  knock: async () => undefined,
  async confirm() {
    await meanwhile();
    return answer;
  },
};

let api: BareApi;
let payer: Member;
let id: string;
let otherCard: string;
beforeAll(async () => {
  api = await startBareApi({ engine });
});
afterAll(() => api.stop());
beforeEach(async () => {
  answer = { kind: 'closed' };
  meanwhile = async () => undefined;
  payer = await api.member();
  id = await dealOf(payer);
  otherCard = await otherCardOf(payer);
});

const confirm = (cardId = payer.cardId) => payer.post(`/v1/deals/${id}/confirm`, { cardId, deviceId: 'device' });
const store = (row: object) => insertPayment(api.deps.db, payer, id, { amount: 10_300, ...row });
const refuse = (code: string) => store({ status: 'FAILED', decline_code: code });
const change = (columns: object) => api.deps.db('deals').where({ id }).update(columns);

async function charge(): Promise<void> {
  await store({ status: 'PAID', payment_key: `pay_${id}` });
  await moveDeal(api.deps.db, id, 'PAID');
}
async function block(): Promise<void> {
  await refuse('risk-blocked');
  await insertDecision(api.deps.db, payer, id, { rules: ['user-daily-count'] });
}

const ROWS: readonly [string, () => Promise<unknown>, number, string | undefined][] = [
  ['charged', charge, 200, undefined],
  ['declined', () => refuse('stolen-card'), 402, 'card-declined'],
  ['blocked', block, 422, 'risk-blocked'],
  ['undecided', () => store({}), 202, undefined],
  ['refused for lack of the risk store', () => refuse('risk-unavailable'), 503, 'unavailable'],
  ['refused while another one is in doubt', () => refuse('charge-in-doubt'), 409, 'charge-in-progress'],
  ['refused by a stop', () => refuse('charges-stopped'), 503, 'charges-stopped'],
  ['nowhere', async () => undefined, 503, 'unavailable'],
];

describe.each<EngineAnswer<ConfirmOutcome>>([
  { kind: 'closed' },
  { kind: 'refused', type: 'AskDatabase', message: '' },
  { kind: 'unreachable' },
  { kind: 'pending', durable: false },
])('when the engine has no answer ($kind)', (given) => {
  test.each(ROWS)('an attempt that is %s by its row is answered so', async (_standing, stored, status, code) => {
    answer = given;
    meanwhile = stored;
    const { body, ...told } = await confirm();
    expect([told.status, body.code]).toEqual([status, code]);
  });
});

test('what is told of a stored decline or block says why, as the workflow would have', async () => {
  meanwhile = block;
  expect((await confirm()).body).toMatchObject({
    rules: ['user-daily-count'],
    detail: expect.stringContaining('하루'),
  });
  meanwhile = () => store({ attempt: 2, status: 'FAILED', decline_code: 'insufficient-funds', card_id: otherCard });
  expect((await confirm(otherCard)).body).toMatchObject({ reason: 'insufficient-funds' });
});

test('the stored outcome of another card is not told as one of this card', async () => {
  for (const row of [{}, { status: 'FAILED', decline_code: 'stolen-card' }]) {
    await api.deps.db('payments').where({ deal_id: id }).del();
    meanwhile = () => store({ ...row, card_id: otherCard });
    const { status, body } = await confirm();
    expect([status, body.code]).toEqual([409, 'charge-in-progress']);
  }
});

test('an attempt that was declined and found charged late is still a decline', async () => {
  const row = { status: 'PAID', payment_key: `late_${id}`, late: true, decline_code: 'stolen-card' };
  meanwhile = () => store(row);
  expect((await confirm()).body).toMatchObject({ code: 'card-declined', reason: 'stolen-card' });
});

test('a deal that was cancelled meanwhile is closed, whatever its attempt became', async () => {
  for (const row of [{ status: 'FAILED', decline_code: 'stolen-card' }, { attempt: 2 }]) {
    await change({ cancel_requested_at: null });
    meanwhile = async () => {
      await store(row);
      await change({ cancel_requested_at: new Date() });
    };
    expect((await confirm()).body.code).toBe('deal-closed');
  }
});
