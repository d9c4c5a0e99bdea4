/** A confirm that the risk rules blocked is told so again from its row (spec §5.10): same deal, card and device. */
import { randomUUID } from 'node:crypto';
import { kstDayOf, nextKstMidnight } from '../../workflows/domain/bank-calendar';
import { insertDecision, insertPayment } from '../fixtures/rows';
import { type BareApi, dealOf, deviceOf, type Member, NO_ENGINE, otherCardOf, startBareApi } from './bare-api';

let asked = 0;
const engine = {
  ...NO_ENGINE,
  async confirm() {
    asked += 1;
    return { kind: 'unreachable' } as const;
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
  asked = 0;
  payer = await api.member();
  id = await dealOf(payer);
  otherCard = await otherCardOf(payer);
});

const confirm = (more: object = {}, dealId = id) =>
  payer.post(`/v1/deals/${dealId}/confirm`, { cardId: payer.cardId, deviceId: 'device', ...more });
const decide = (columns: object = {}, dealId = id) =>
  insertDecision(api.deps.db, payer, dealId, {
    rules: ['card-hourly-count'],
    kst_day: kstDayOf(new Date()),
    device_text_hash: deviceOf(api, payer).deviceTextHash,
    ...columns,
  });

test('a blocked confirm pressed again is told the same rules, and the workflow is not asked', async () => {
  await insertPayment(api.deps.db, payer, id, { status: 'FAILED', decline_code: 'risk-blocked' });
  await decide();
  const presses = await Promise.all(Array.from({ length: 100 }, () => confirm()));
  for (const { status, body } of presses) {
    expect([status, body.code, body.rules]).toEqual([422, 'risk-blocked', ['card-hourly-count']]);
    expect(body.detail).toContain('한 시간');
  }
  expect(asked).toBe(0);
  expect(await api.deps.db('payments').where({ deal_id: id })).toHaveLength(1);
});

test('who was blocked by a pattern is told nothing of it, and may object: a person looks, once', async () => {
  await decide({ rules: ['account-many-cards'] });
  const told = await confirm();
  expect([told.body.rules, told.body.freesAt]).toEqual([['not-possible'], undefined]);
  expect(JSON.stringify(told.body)).not.toContain('account-many-cards');
  for (let n = 0; n < 3; n++) expect((await payer.post(`/v1/deals/${id}/objection`)).status).toBe(204);
  const tasks = await api.deps.db('operator_tasks').where({ deal_id: id }).pluck('reason');
  expect(tasks).toEqual(['risk-objection']);
});

test('nobody objects to what is not blocked, or by a limit alone, nor for another', async () => {
  expect((await payer.post(`/v1/deals/${id}/objection`)).status).toBe(404);
  await decide();
  expect((await payer.post(`/v1/deals/${id}/objection`)).status).toBe(404);
  await decide({ rules: ['account-many-cards'], attempt: 2 });
  const other = await api.member();
  expect((await other.post(`/v1/deals/${id}/objection`)).status).toBe(404);
});

test('of many deals that are blocked a payer objects once, until a person has answered', async () => {
  const more = await dealOf(payer);
  for (const deal of [id, more]) {
    await decide({ rules: ['account-many-cards'] }, deal);
    expect((await payer.post(`/v1/deals/${deal}/objection`)).status).toBe(204);
  }
  const told = api.deps.db('operator_tasks').whereIn('deal_id', [id, more]);
  expect(await told.pluck('deal_id')).toEqual([id]);
});

test('what was blocked before midnight is judged anew on the new day', async () => {
  await decide({ rules: ['user-daily-count'], kst_day: '2026-03-02' });
  await confirm();
  expect(asked).toBeGreaterThan(0);
});

test('a limit is told with the time at which it frees', async () => {
  await decide({ rules: ['user-daily-count'] });
  expect((await confirm()).body.freesAt).toEqual(nextKstMidnight(new Date()).toISOString());
});

test('the answer of a block is kept under its key', async () => {
  await decide();
  const body = { cardId: payer.cardId, deviceId: 'device' };
  const key = randomUUID();
  await payer.post(`/v1/deals/${id}/confirm`, body, key);
  await api.deps.db('risk_decisions').where({ deal_id: id }).del();
  const again = await payer.post(`/v1/deals/${id}/confirm`, body, key);
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([422, 'true']);
});

test.each<[string, () => Promise<unknown>, () => object]>([
  ['another card', () => decide(), () => ({ cardId: otherCard })],
  ['another device', () => decide(), () => ({ deviceId: 'other-device' })],
  ['a device in other letters', () => decide(), () => ({ deviceId: 'Device' })],
  ['a decision that let it pass', () => decide({ verdict: 'PASS' }), () => ({})],
  ['a decision that only held it', () => decide({ verdict: 'ALERT' }), () => ({})],
  ['a risk store that was silent', () => decide({ verdict: 'UNAVAILABLE' }), () => ({})],
  ['a block of long ago', () => decide({ created_at: api.deps.db.raw(`now() - interval '1 hour'`) }), () => ({})],
  ['a block of another deal', async () => decide({}, await dealOf(payer)), () => ({})],
  ['no decision at all', async () => undefined, () => ({})],
])('with %s the workflow is asked', async (_what, stage, more) => {
  await stage();
  await confirm(more());
  expect(asked).toBe(1);
});

test('the payer who was blocked joins a charge that is undecided meanwhile', async () => {
  await decide();
  await insertPayment(api.deps.db, payer, id, { attempt: 2 });
  expect((await confirm()).status).toBe(503);
  expect(asked).toBe(1);
});

test('what is told before any limit stays so: a card of somebody else, a cancelled deal, a missing device', async () => {
  await decide();
  const { cardId } = await api.member();
  expect((await confirm({ cardId })).body.code).toBe('not-found');
  expect((await confirm({ deviceId: '' })).body.code).toBe('invalid-request');
  expect((await confirm({ deviceId: 'x'.repeat(65) })).body.code).toBe('invalid-request');
  await api.deps.db('deals').where({ id }).update({ cancel_requested_at: new Date() });
  expect((await confirm()).body.code).toBe('deal-closed');
  expect(asked).toBe(0);
});
