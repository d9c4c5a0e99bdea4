/** What operators order beside deals: each does what it says, once a key, by who may, and is in the audit. */
import { randomInt, randomUUID } from 'node:crypto';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { noteBegun, noteEnded } from '../../../db/batch-runs';
import { raise } from '../../../db/operator-tasks';
import type { DealEngine } from '../../../infra/temporal/deal-engine';
import type { DealId } from '../../../workflows/domain/ids';
import { insertCanary } from '../../fixtures/canary';
import { poll } from '../../fixtures/poll';
import { insertDeal, insertPayment, insertPerson } from '../../fixtures/rows';
import { type BareApi, type LoggedInOperator, NO_ENGINE, startBareApi } from '../bare-api';

const REASON = 'ticket 4711';
const woken: unknown[] = [];
const engine: DealEngine = {
  ...NO_ENGINE,
  resume: async (dealId, news) => {
    woken.push([dealId, news?.leg]);
  },
};
let api: BareApi;
let admin: LoggedInOperator;
beforeAll(async () => {
  api = await startBareApi({ engine });
  admin = await api.operator('admin');
});
afterEach(() => db()('stop_switches').delete());
afterAll(() => api.stop());

const order = (path: string, body: object = {}, key: string = randomUUID(), by = admin) =>
  by.call('POST', `/v1/admin/${path}`, { reason: REASON, ...body }, { 'idempotency-key': key });
const db = () => api.deps.db;
const stops = () => db()('stop_switches').pluck('leg');
const audited = (action: string) => db()('admin_audit_logs').where({ action }).orderBy('seq').pluck('outcome');

test('a stop is thrown by one operator at once, under one key once; it is lifted by two', async () => {
  const key = randomUUID();
  expect(await order('stops/transfer/throw', {}, key)).toMatchObject({ status: 200, body: { outcome: 'done' } });
  expect((await order('stops/transfer/throw', {}, key)).headers.get('idempotency-replayed')).toBe('true');
  expect(await stops()).toEqual(['transfer']);
  expect(await audited('stop')).toEqual(['asked', 'done']);
  const again = await order('stops/transfer/throw');
  expect(again).toMatchObject({ status: 200, body: { outcome: 'done', words: expect.stringContaining('already') } });
  const lifted = await order('stops/transfer/lift');
  expect(lifted).toMatchObject({ status: 202, body: { outcome: 'requested', requestId: expect.any(String) } });
  expect(await stops()).toEqual(['transfer']);
  const viewer = await api.operator('viewer');
  expect((await order('stops/charge/throw', {}, randomUUID(), viewer)).body).toMatchObject({ right: 'stops.throw' });
  expect(await stops()).toEqual(['transfer']);
});

test('a request that was made is the answer of its key for good', async () => {
  const key = randomUUID();
  const slip = { amount: 5_000, reference: `B-${randomUUID()}`, at: '2026-03-02T14:05:00+09:00' };
  const made = await order('float/fund', slip, key);
  expect(made.status).toBe(202);
  await db()('operator_requests')
    .where({ id: made.body.requestId })
    .update({ standing: 'WITHDRAWN', ended_at: new Date(), outcome: 'changed my mind' });
  const again = await order('float/fund', slip, key);
  expect([again.status, again.body]).toEqual([202, made.body]);
  expect(await db()('operator_requests').where({ subject: slip.reference })).toHaveLength(1);
  expect((await order('float/withdraw', { ...slip, reference: 'other' })).status).toBe(202);
  expect(await db()('owner_funds')).toEqual([]);
});

test('a task is closed by its number, of a deal or of the whole system, once', async () => {
  const dealId = await insertDeal(db(), await insertPerson(db()), { confirmed_at: new Date() });
  await raise(db(), dealId as DealId, 'task', 'charge-denied');
  await raise(db(), null, 'task', 'event-unreadable', 'one');
  const open = () => db()('operator_tasks').whereNull('closed_at').orderBy('id');
  for (const { id } of await open()) expect((await order(`tasks/${id}/close`)).status).toBe(200);
  expect(await open()).toEqual([]);
  const [{ id }] = await db()('operator_tasks');
  expect(await order(`tasks/${id}/close`)).toMatchObject({ status: 409, body: { code: 'not-now' } });
  expect((await order('tasks/999999/close')).status).toBe(404);
});

test('a break is accepted by two, of the version that was seen', async () => {
  const { dealId } = await insertCanary(api);
  const [{ id, version }] = await db()('reconciliation_breaks').where({ deal_id: dealId });
  const accept = (seen: number) =>
    admin.call(
      'POST',
      `/v1/admin/breaks/${id}/accept`,
      { reason: REASON },
      {
        ...{ 'idempotency-key': randomUUID(), 'if-match': `"${seen}"` },
      },
    );
  expect(await accept(version + 1)).toMatchObject({ status: 412, body: { code: 'version-mismatch' } });
  expect(await db()('operator_requests').where({ kind: 'accept' })).toEqual([]);
  expect(await accept(version)).toMatchObject({ status: 202, body: { outcome: 'requested' } });
});

async function eventOf(says: 'done' | 'failed'): Promise<{ dealId: string; eventId: string }> {
  const person = await insertPerson(db());
  const dealId = await insertDeal(db(), person, { confirmed_at: new Date() });
  await insertPayment(db(), person, dealId, { sent_at: new Date() });
  const { deal_no } = await db()('deals').where({ id: dealId }).first('deal_no');
  const { amount } = await db()('payments').where({ deal_id: dealId }).first('amount');
  const eventId = `evt_${randomUUID()}`;
  await db()('pg_webhook_events').insert({
    ...{ provider: 'softpayment', event_id: eventId, type: 'payment.done', body: Buffer.from('{}'), deal_no },
    ...{ leg: 'charge', attempt: 1, says, amount, payment_key: `pay_${randomUUID()}` },
  });
  return { dealId, eventId };
}

test('a webhook is judged again as the sweep judges it: its deal is told, once a key', async () => {
  const { dealId, eventId } = await eventOf('done');
  await db()('deals').where({ id: dealId }).update({ waiting_reason: 'charge-unknown', waiting_since: new Date() });
  const [path, key] = [`webhook-events/softpayment/${eventId}/process`, randomUUID()];
  const answer = await order(path, {}, key);
  expect(answer).toMatchObject({ status: 200, body: { words: expect.stringContaining('deal is told') } });
  await order(path, {}, key);
  expect(woken).toEqual([[dealId, 'charge']]);
  expect((await order('webhook-events/bank/evt_none/process')).status).toBe(404);
  const support = await api.operator('support');
  expect((await order(path, {}, randomUUID(), support)).body).toMatchObject({ right: 'webhooks.process' });
});

/** A Schedule of this test's own, that never runs by itself. */
async function schedule(): Promise<string> {
  const letters = Array.from({ length: 12 }, () => String.fromCharCode(97 + randomInt(26))).join('');
  const scheduleId = `test-${letters}`;
  await api.deps.temporal.schedule.create({
    scheduleId,
    spec: { calendars: [{ hour: '*', minute: 0 }] },
    action: { type: 'startWorkflow', workflowType: 'invariantCheckWorkflow', taskQueue: 'nobody', args: [] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP },
    state: { paused: true },
  });
  return scheduleId;
}

test('a Schedule runs now, is paused with why, goes on, and makes up for a time; another one is not there', async () => {
  const id = await schedule();
  const handle = api.deps.temporal.schedule.getHandle(id);
  const state = async () => (await handle.describe()).state;
  try {
    expect((await order(`schedules/${id}/unpause`)).status).toBe(200);
    expect((await state()).paused).toBe(false);
    expect((await order(`schedules/${id}/pause`)).status).toBe(200);
    expect(await state()).toMatchObject({ paused: true, note: `paused by operator:${admin.handle}: ${REASON}` });
    expect((await order(`schedules/${id}/run`)).status).toBe(200);
    const span = { from: '2026-03-02T00:00:00+09:00', until: '2026-03-02T02:00:00+09:00' };
    expect((await order(`schedules/${id}/backfill`, span)).status).toBe(200);
    const wide = { ...span, until: '2026-03-09T00:00:00+09:00' };
    expect((await order(`schedules/${id}/backfill`, wide)).status).toBe(422);
    expect((await order('schedules/minute-sweep/backfill', span)).status).toBe(409);
    for (const verb of ['run', 'pause', 'unpause']) expect((await order(`schedules/none/${verb}`)).status).toBe(404);
    expect(await audited('pause-schedule')).toEqual(['asked', 'done', 'asked', 'refused']);
  } finally {
    await handle.delete();
  }
});

test('the list of Schedules shows the next times of each, and its last runs with what became of them, latest first', async () => {
  const id = await schedule();
  const at = (hour: number) => new Date(Date.UTC(2026, 2, 2, hour));
  const runs = [1, 2, 3].map((hour) => ({ runId: randomUUID(), batch: id, workflowId: id, scheduledAt: at(hour) }));
  await noteBegun(
    db(),
    runs.map((run) => ({ ...run, begunAt: run.scheduledAt })),
  );
  await noteEnded(db(), runs[0]?.runId ?? '', { endedAt: at(4), status: 'done', result: { laws: 47 } });
  await noteEnded(db(), runs[1]?.runId ?? '', { endedAt: at(5), status: 'failed', failure: 'it hung' });
  const shown = async () => {
    const { body } = await admin.call('GET', '/v1/admin/schedules');
    return (body.items as { id: string; nextRunsAt: string[]; runs: object[] }[]).find((item) => item.id === id);
  };
  try {
    const { nextRunsAt = [], runs: told } = (await poll(shown, (item) => item !== undefined, { what: 'listed' })) ?? {};
    const [first = 0, second = 0] = nextRunsAt.map((text) => Date.parse(text));
    expect([nextRunsAt.length, second - first]).toEqual([5, 3_600_000]);
    const of = (hour: number) => ({ scheduledAt: at(hour).toISOString(), begunAt: at(hour).toISOString() });
    expect(told).toEqual([
      { ...of(3), endedAt: null, status: 'running', result: null, failure: null },
      { ...of(2), endedAt: at(5).toISOString(), status: 'failed', result: null, failure: 'it hung' },
      { ...of(1), endedAt: at(4).toISOString(), status: 'done', result: { laws: 47 }, failure: null },
    ]);
  } finally {
    await api.deps.temporal.schedule.getHandle(id).delete();
  }
});

test('rubbish changes nothing: no reason, a phone in it, no key, another leg, a break that is no number', async () => {
  const standing = async () => [await stops(), await db()('operator_requests').count()];
  const before = await standing();
  const post = (path: string, body: unknown, headers = { 'idempotency-key': randomUUID() }) =>
    admin.call('POST', `/v1/admin/${path}`, body, headers);
  const answers = await Promise.all([
    post('stops/charge/throw', {}),
    post('stops/charge/throw', { reason: '010-1234-5678 asked' }),
    post('stops/charge/throw', { reason: REASON, leg: 'transfer' }),
    admin.call('POST', '/v1/admin/stops/charge/throw', { reason: REASON }),
    post('stops/refund/throw', { reason: REASON }),
    post('breaks/first/accept', { reason: REASON }),
    post('breaks/1.5/accept', { reason: REASON }),
    post('float/fund', { reason: REASON, amount: -1, reference: 'x', at: 'yesterday' }),
    post('float/fund', []),
    post('deals/none/orders/rule', { reason: REASON, leg: 'card' }),
    post('deals/none/orders/release', { reason: REASON }),
    post('breaks/999/accept', { reason: REASON }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 400, 404, 404, 404, 422, 422, 422, 404, 404]);
  expect(await standing()).toEqual(before);
});
