/** What a payer's cancel is answered (spec §4, §5.10): from the row where it says, else by the engine. */
import { randomUUID } from 'node:crypto';
import type { EngineAnswer } from '../../infra/temporal/deal-engine';
import type { CancelOutcome } from '../../workflows/deal/messages';
import { insertTransfer, moveDeal } from '../fixtures/rows';
import { type BareApi, type Member, NO_ENGINE, startBareApi } from './bare-api';

let answer: EngineAnswer<CancelOutcome>;
let meanwhile: () => Promise<unknown>;
let asked = 0;
const engine = {
  ...NO_ENGINE,
  knock: async () => undefined,
  async cancel() {
    asked += 1;
    await meanwhile();
    return answer;
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
  answer = { kind: 'unreachable' };
  meanwhile = async () => undefined;
  asked = 0;
  payer = await api.member();
  const quote = { recipientId: payer.recipientId, principal: 10_000, purpose: '월세' };
  id = String((await payer.post('/v1/deals', quote)).body.id);
});

const cancel = (key?: string) => payer.post(`/v1/deals/${id}/cancel`, {}, key);
const move = (status: string) => moveDeal(api.deps.db, id, status);
const record = () => api.deps.db('deals').where({ id }).update({ cancel_requested_at: new Date() });

test('a cancel answers 200 when the deal has ended, 202 when it will, 503 when nobody knows', async () => {
  expect((await cancel()).status).toBe(503);
  answer = { kind: 'pending', durable: false };
  expect((await cancel()).status).toBe(503);
  answer = { kind: 'decided', outcome: { kind: 'closed' } };
  meanwhile = async () => {
    await record();
    await move('CANCELLED');
  };
  const ended = await cancel();
  expect([ended.status, ended.body.status]).toEqual([200, 'CANCELLED']);
});

test.each<EngineAnswer<CancelOutcome>>([
  { kind: 'closed' },
  { kind: 'pending', durable: false },
  { kind: 'unreachable' },
  { kind: 'refused', type: 'AskDatabase', message: '' },
])('when the waiting update ends without an answer ($kind) the row answers', async (given) => {
  answer = given;
  expect((await cancel()).status).toBe(503);
  meanwhile = record;
  const requested = await cancel();
  expect([requested.status, requested.body.cancelRequested]).toEqual([202, true]);
});

test('a recorded cancel pressed again is answered from its row, and nobody is asked', async () => {
  await record();
  const presses = await Promise.all(Array.from({ length: 100 }, () => cancel()));
  for (const { status, body } of presses) expect([status, body.cancelRequested]).toEqual([202, true]);
  await move('CANCELLED');
  expect((await cancel()).status).toBe(200);
  expect(asked).toBe(0);
});

test('202 is not kept: the same key hears of the end', async () => {
  const key = randomUUID();
  meanwhile = record;
  expect((await cancel(key)).status).toBe(202);
  await move('CANCELLED');
  expect((await cancel(key)).status).toBe(200);
  expect(asked).toBe(1);
});

test('a cancel is refused once the transfer exists, and when the deal ended otherwise', async () => {
  answer = { kind: 'refused', type: 'NotCancellable', message: '' };
  expect((await cancel()).body.code).toBe('not-cancellable');
  await move('PAID');
  await move('TRANSFERRING');
  await insertTransfer(api.deps.db, payer, id);
  for (let press = 0; press < 3; press++) expect((await cancel()).body.code).toBe('not-cancellable');
  expect(asked).toBe(1);
});

test('a quote that expired into CANCELLED was not cancelled by its payer', async () => {
  await move('CANCELLED');
  expect((await cancel()).body.code).toBe('not-cancellable');
  expect(asked).toBe(0);
});

test('of a recorded cancel too nobody hears but its payer, and a version that was seen counts', async () => {
  await record();
  const stranger = await api.member();
  expect((await stranger.post(`/v1/deals/${id}/cancel`)).body.code).toBe('not-found');
  const outdated = await payer.post(`/v1/deals/${id}/cancel`, {}, randomUUID(), { 'if-match': '"7"' });
  expect(outdated.body.code).toBe('version-mismatch');
});
