/**
 * A deal's `actions` agree with what happens in every state: an action is named exactly when its route lets it go on,
 * and, for a cancel, when the deal's workflow would take it.
 */

import { randomUUID } from 'node:crypto';
import { requestActivities } from '../../activities/deal/requests';
import { stopLeg } from '../../db/stop-switches';
import type { DealId } from '../../workflows/domain/ids';
import { liftStopOf } from '../fixtures/operator';
import { insertPayment, insertTransfer, moveDeal } from '../fixtures/rows';
import { type BareApi, dealOf, type Member, NO_ENGINE, startBareApi } from './bare-api';

const asked: string[] = [];
const engine = {
  ...NO_ENGINE,
  async confirm() {
    asked.push('confirm');
    return { kind: 'unreachable' } as const;
  },
  async cancel() {
    asked.push('cancel');
    return { kind: 'unreachable' } as const;
  },
};

/** After the quote's end (10 min), before the access token's (15 min). */
const EXPIRED_MS = 660_000;
let now = new Date();
let api: BareApi;
let payer: Member;
let id: string;
beforeAll(async () => {
  api = await startBareApi({ engine, clock: () => now });
  payer = await api.member();
});
afterAll(() => api.stop());
beforeEach(async () => {
  now = new Date();
  payer = await api.member();
  id = await dealOf(payer);
});

const move = async (...states: string[]) => {
  for (const state of states) await moveDeal(api.deps.db, id, state);
};
const pay = (more: Record<string, unknown>) => insertPayment(api.deps.db, payer, id, more);
const paid = async () => {
  await pay({ status: 'PAID', payment_key: `pay_${id}` });
  await move('PAID');
};
const sent = async (...states: string[]) => {
  await paid();
  await move('TRANSFERRING');
  await insertTransfer(api.deps.db, payer, id);
  await move(...states);
};
const declined = (more: Record<string, unknown> = {}) =>
  pay({ status: 'FAILED', decline_code: 'stolen-card', ...more });
const doubt = () =>
  api.deps.db('doubts').insert({ deal_id: id, kind: 'charge-claimed', attempt: 1, raised_by: 'webhook' });

/** How a deal may stand, and what spec §4 and §13 let its payer do then. */
const STANDINGS: readonly (readonly [string, () => Promise<unknown>, readonly string[]])[] = [
  ['a quote', async () => undefined, ['confirm', 'cancel']],
  ['declined once', () => declined(), ['confirm', 'cancel']],
  ['a charge undecided', () => pay({}), ['cancel']],
  ['another charge undecided after a decline', () => declined().then(() => pay({ attempt: 2 })), ['cancel']],
  ['declined, and in doubt', () => declined().then(doubt), ['cancel']],
  [
    'declined, and charged late',
    () => declined({ status: 'PAID', payment_key: `l_${id}`, late: true }),
    ['confirm', 'cancel'],
  ],
  ['paid', paid, ['cancel']],
  ['being transferred', () => sent(), []],
  ['failed', () => sent('TRANSFER_FAILED'), []],
  ['completed', () => sent('COMPLETED'), []],
  ['returned', () => sent('COMPLETED', 'TRANSFER_FAILED'), []],
  ['refunded after a failure', () => sent('TRANSFER_FAILED', 'REFUNDED'), []],
  ['refunded while held', () => paid().then(() => move('REFUNDED')), []],
  ['cancelled', () => move('CANCELLED'), []],
];
const WISHES = [false, true];
const TIMES = [0, EXPIRED_MS];
const CASES = STANDINGS.flatMap(([name, make, may]) =>
  WISHES.flatMap((cancelRequested) =>
    TIMES.map((laterMs) => {
      const expired = laterMs > 0;
      const left = may.filter((action) => !cancelRequested && !(expired && action === 'confirm'));
      return { name, cancelRequested, expired, laterMs, make, left };
    }),
  ),
);

const actions = async () => (await payer.call('GET', `/v1/deals/${id}`)).body.actions;
/** Whether the route let it go on to the deal's workflow. */
async function goesOn(action: 'confirm' | 'cancel'): Promise<boolean> {
  asked.length = 0;
  const body = action === 'confirm' ? { cardId: payer.cardId, deviceId: 'device' } : {};
  await payer.post(`/v1/deals/${id}/${action}`, body, randomUUID());
  return asked.length > 0;
}
/** What the workflow would do with a cancel, without doing it. */
async function isCancelTaken(): Promise<boolean> {
  const { db, clock } = api.deps;
  let taken = '';
  const rolledBack = db.transaction(async (trx) => {
    const { requestCancel } = requestActivities({ db: trx, clock });
    taken = await requestCancel({ dealId: id as DealId, actor: 'payer', reason: 'payer' });
    throw new Error('roll back');
  });
  await expect(rolledBack).rejects.toThrow('roll back');
  return taken === 'accepted';
}

test.each(CASES)(
  '$name, cancel requested: $cancelRequested, expired: $expired: the payer may $left',
  async ({ make, cancelRequested, laterMs, left }) => {
    await make();
    if (cancelRequested) await api.deps.db('deals').where({ id }).update({ cancel_requested_at: now });
    now = new Date(now.getTime() + laterMs);
    expect(await actions()).toEqual(left);
    const isUndecided = (await api.deps.db('payments').where({ deal_id: id, status: 'PENDING' })).length > 0;
    // A charge that is under way is joined, and nothing new is begun.
    if (!isUndecided) expect(await goesOn('confirm')).toBe(left.includes('confirm'));
    expect(await goesOn('cancel')).toBe(left.includes('cancel'));
    if (!cancelRequested) expect(await isCancelTaken()).toBe(left.includes('cancel'));
  },
);

test('while charges are stopped nobody may confirm, and everybody may cancel', async () => {
  const { db } = api.deps;
  const stop = { leg: 'charge', source: 'operator', actor: 'operator:kim', reason: 'test' } as const;
  await stopLeg(db, stop);
  try {
    expect(await actions()).toEqual(['cancel']);
    expect([await goesOn('confirm'), await goesOn('cancel')]).toEqual([false, true]);
  } finally {
    await liftStopOf(db, 'charge');
  }
  expect(await actions()).toEqual(['confirm', 'cancel']);
  expect(await goesOn('confirm')).toBe(true);
});

test('each answer of a deal names its actions: made, listed, cancelled', async () => {
  const quote = { recipientId: payer.recipientId, principal: 10_000, purpose: '월세' };
  const made = await payer.post('/v1/deals', quote);
  expect(made.body.actions).toEqual(['confirm', 'cancel']);
  const { items } = (await payer.call('GET', '/v1/deals')).body as { items: { actions: string[] }[] };
  expect(items.map((deal) => deal.actions)).toEqual([
    ['confirm', 'cancel'],
    ['confirm', 'cancel'],
  ]);
  await api.deps.db('deals').where({ id }).update({ cancel_requested_at: now });
  const cancelled = await payer.post(`/v1/deals/${id}/cancel`);
  expect([cancelled.status, cancelled.body.actions]).toEqual([202, []]);
});
