/** Leaving: what stands in the way, what ends, what stays, and that nothing is charged afterwards. */
import { randomUUID } from 'node:crypto';
import { openCharge } from '../../activities/deal/charge-intent';
import type { Trx } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll } from '../../db/invariants/invariant';
import { enqueueNotice } from '../../db/notices';
import { claimNotices } from '../../db/outbox';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { DealId } from '../../workflows/domain/ids';
import { callerOf, codeSentTo, logIn, outboxOf, type SignedUp, signUpWith } from '../fixtures/account';
import { DEVICE } from '../fixtures/device';
import { poll } from '../fixtures/poll';
import { insertDeal, insertPayment, insertRefund, moveDeal, type Person } from '../fixtures/rows';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

interface Payer extends SignedUp, Person {}

let last = 0;
const newPhone = (): string => `0104444${(++last).toString().padStart(4, '0')}`;

/** A member with a card and a verified recipient. */
async function newPayer(): Promise<Payer> {
  const { db, keys } = api.deps;
  const member = await signUpWith(api, newPhone());
  const card = { billingKey: `bill_${randomUUID()}`, maskedNumber: '433012******0001', issuer: '신한카드' };
  const cardId = String((await member.call('POST', '/v1/cards', card)).body.id);
  const recipient = { user_id: member.id, bank_code: '088', verified_at: new Date() };
  const recipientId = randomUUID();
  await db('bank_accounts').insert({
    ...{ ...recipient, id: recipientId, account_hash: recipientId, account_last4: '5678' },
    holder_name_encrypted: await keys.encrypt('김수취', placeOf('holderName', recipientId)),
    account_number_encrypted: await keys.encrypt('11012345678', placeOf('accountNumber', recipientId)),
  });
  return { ...member, userId: member.id, cardId, recipientId };
}
const leave = (member: SignedUp, password = member.password) =>
  member.call('POST', '/v1/users/me/withdrawal', { password });
const dealOf = async (payer: Payer): Promise<DealId> => (await insertDeal(api.deps.db, payer)) as DealId;

/** What the workflow does to charge a confirmed deal, up to the moment before the PG is asked. */
function intend(trx: Trx, payer: Payer, dealId: DealId) {
  const at = new Date();
  const counters = { userDailyCount: 1, userDailyAmount: 10_000, cardHourlyCount: 1 };
  const decision = { verdict: 'PASS', rules: [], counters, kstDay: kstDayOf(at) } as const;
  const pace = { holdMs: 1, pgKeyWindowMs: 1_000_000, chargeSettleMs: 1 };
  const request = { dealId, attempt: 1, cardId: payer.cardId, ...DEVICE, decision, ...pace };
  return openCharge(trx, request, at, api.deps.log);
}

test('ends every session, and neither log-in, refresh, reset nor code lets the member in again', async () => {
  const payer = await newPayer();
  const other = await logIn(api, payer.email, payer.password);
  expect((await leave(payer)).status).toBe(204);
  for (const token of [payer.accessToken, String(other.body.accessToken)])
    expect((await callerOf(api, token)('GET', '/v1/cards')).status).toBe(401);
  const { refreshToken } = other.body;
  expect((await api.call('POST', '/v1/auth/refresh', { refreshToken })).status).toBe(401);
  expect((await logIn(api, payer.email, payer.password)).status).toBe(401);
  expect((await api.call('POST', '/v1/auth/password-resets', { phone: payer.phone })).status).toBe(202);
  const told = (await outboxOf(api, payer.phone)).map(({ template }) => template);
  expect(told).toEqual(['membership-ended']);
  expect(await api.deps.db('devices').where({ user_id: payer.id }).whereNull('deleted_at')).toEqual([]);
});

test('frees the phone and the e-mail for another membership, which has nothing of the first', async () => {
  const payer = await newPayer();
  await leave(payer);
  const again = await signUpWith(api, payer.phone, payer.email);
  expect(again.id).not.toBe(payer.id);
  for (const list of ['cards', 'recipients', 'deals'])
    expect((await again.call('GET', `/v1/${list}`)).body.items).toEqual([]);
});

test('makes the billing keys unusable, and leaves everything encrypted', async () => {
  const payer = await newPayer();
  await leave(payer);
  const { db, keys } = api.deps;
  const card = await db('cards').where({ id: payer.cardId }).first();
  expect(await keys.decrypt(card.billing_key_encrypted, placeOf('billingKey', payer.cardId))).toBe('removed');
  expect(card.deleted_at).not.toBeNull();
  expect(await db('bank_accounts').where({ id: payer.recipientId }).whereNull('deleted_at')).toEqual([]);
  const laws = INVARIANTS.filter(({ name }) => /encrypted/.test(name));
  const { findings } = await examineAll(db, laws, { now: new Date(), stuckAfterS: 600 });
  expect(findings.flatMap(({ breaks }) => breaks).filter(({ fact }) => fact.includes(payer.cardId))).toEqual([]);
});

test('needs the password', async () => {
  const payer = await newPayer();
  const answer = await leave(payer, 'another horse battery');
  expect([answer.status, answer.body.code]).toEqual([422, 'wrong-password']);
  expect((await payer.call('GET', '/v1/cards')).status).toBe(200);
});

test('keeps deals, and a notice that comes later still reaches the phone', async () => {
  const payer = await newPayer();
  const { db, keys } = api.deps;
  const dealId = await dealOf(payer);
  for (const state of ['PAID', 'TRANSFERRING', 'COMPLETED']) await moveDeal(db, dealId, state);
  expect((await leave(payer)).status).toBe(204);
  expect(await db('deals').where({ id: dealId }).first()).toMatchObject({ status: 'COMPLETED', user_id: payer.id });
  const params = { dealNo: 'PL1', amount: 10_300, statementBy: '2026-12-02' };
  await enqueueNotice(db, { template: 'deal-refunded', event: dealId, userId: payer.id, dealId, params });
  const all = await claimNotices(db, 'news', { channel: 'sms', most: 1_000, leaseMs: 60_000 });
  const due = all.find(({ template }) => template === 'deal-refunded');
  expect(await keys.decrypt(due?.addressEncrypted ?? '', placeOf('phone', payer.id))).toBe(payer.phone);
});

describe('is refused while', () => {
  const completed = async (payer: Payer): Promise<DealId> => {
    const dealId = await dealOf(payer);
    for (const state of ['PAID', 'TRANSFERRING', 'COMPLETED']) await moveDeal(api.deps.db, dealId, state);
    return dealId;
  };
  const PAID = { status: 'PAID', decided_at: new Date(), approved_at: new Date() };

  test.each<[string, (payer: Payer) => Promise<DealId>]>([
    [
      'a deal is paid',
      async (payer) => {
        const dealId = await dealOf(payer);
        await moveDeal(api.deps.db, dealId, 'PAID');
        return dealId;
      },
    ],
    [
      'a deal is confirmed and waits for another card',
      async (payer) => {
        const dealId = await dealOf(payer);
        await api.deps.db('deals').where({ id: dealId }).update({ confirmed_at: new Date() });
        return dealId;
      },
    ],
    [
      'a transfer has failed',
      async (payer) => {
        const dealId = await dealOf(payer);
        for (const state of ['PAID', 'TRANSFERRING', 'TRANSFER_FAILED']) await moveDeal(api.deps.db, dealId, state);
        return dealId;
      },
    ],
    [
      'a charge of a deal that was closed is undecided',
      async (payer) => {
        const dealId = await dealOf(payer);
        await moveDeal(api.deps.db, dealId, 'CANCELLED');
        await insertPayment(api.deps.db, payer, dealId);
        return dealId;
      },
    ],
    [
      'a late charge is not given back yet',
      async (payer) => {
        const dealId = await dealOf(payer);
        await moveDeal(api.deps.db, dealId, 'CANCELLED');
        await insertPayment(api.deps.db, payer, dealId, { ...PAID, payment_key: dealId, late: true });
        return dealId;
      },
    ],
    [
      'a part of the fee is on its way back',
      async (payer) => {
        const dealId = await completed(payer);
        const paymentId = await insertPayment(api.deps.db, payer, dealId, { ...PAID, payment_key: dealId });
        await insertRefund(api.deps.db, dealId, paymentId, {
          ...{ principal: 0, fee: 100, amount: 100, cause: 'fee-refunded' },
        });
        return dealId;
      },
    ],
    [
      'a doubt about money is open',
      async (payer) => {
        const dealId = await completed(payer);
        await api.deps.db('doubts').insert({ deal_id: dealId, kind: 'charge-denied', raised_by: 'webhook' });
        return dealId;
      },
    ],
    [
      'the card issuer disputes a charge',
      async (payer) => {
        const dealId = await completed(payer);
        const paymentId = await insertPayment(api.deps.db, payer, dealId, { ...PAID, payment_key: dealId });
        const dispute = { reference: dealId, amount: 10_300, evidence: 'letter' };
        await api.deps.db('chargebacks').insert({
          ...{ ...dispute, id: randomUUID(), deal_id: dealId, payment_id: paymentId },
        });
        return dealId;
      },
    ],
  ])('%s', async (_, make) => {
    const payer = await newPayer();
    const dealId = await make(payer);
    const answer = await leave(payer);
    expect([answer.status, answer.body.code, answer.body.dealIds]).toEqual([409, 'deals-open', [dealId]]);
    expect((await payer.call('GET', '/v1/cards')).body.items).toHaveLength(1);
  });
});

describe('a quote that nobody has confirmed', () => {
  test('is no obstacle, and is never charged afterwards', async () => {
    const payer = await newPayer();
    const dealId = await dealOf(payer);
    expect((await leave(payer)).status).toBe(204);
    const { db } = api.deps;
    const intent = await db.transaction((trx) => intend(trx, payer, dealId));
    expect(intent).toEqual({ outcome: { kind: 'blocked', rules: ['member-withdrawn'] } });
    expect(await db('payments').where({ deal_id: dealId })).toMatchObject([{ status: 'FAILED', sent_at: null }]);
    expect(await db('risk_decisions').where({ deal_id: dealId })).toMatchObject([{ reserved: false }]);
  });

  test('whose charge is about to be sent holds the withdrawal up, which then finds it', async () => {
    const payer = await newPayer();
    const dealId = await dealOf(payer);
    const { db } = api.deps;
    const trx = await db.transaction();
    expect(await intend(trx, payer, dealId)).toMatchObject({ fresh: true });
    const leaving = leave(payer);
    const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await poll(async () => (await db.raw(waits)).rows.length > 0, Boolean, { what: 'the withdrawal waits' });
    await trx.commit();
    const answer = await leaving;
    expect([answer.status, answer.body.dealIds]).toEqual([409, [dealId]]);
  });

  test('and a withdrawal at the same moment: exactly one wins', async () => {
    const outcomes = [];
    for (let round = 0; round < 15; round++) {
      const payer = await newPayer();
      const dealId = await dealOf(payer);
      const [left, intent] = await Promise.all([
        leave(payer),
        api.deps.db.transaction((trx) => intend(trx, payer, dealId)),
      ]);
      outcomes.push(`${left.status} ${'fresh' in intent ? 'charged' : intent.outcome.kind}`);
    }
    expect(outcomes.filter((outcome) => outcome !== '204 blocked' && outcome !== '409 charged')).toEqual([]);
  });
});

test('a code that went out before is nothing after', async () => {
  const payer = await newPayer();
  await api.call('POST', '/v1/auth/password-resets', { phone: payer.phone });
  const code = await codeSentTo(api, payer.phone, 'password-reset-code');
  await leave(payer);
  const body = { phone: payer.phone, code, newPassword: 'another horse battery' };
  const answer = await api.call('POST', '/v1/auth/password-resets/confirm', body);
  expect([answer.status, answer.body.code]).toEqual([422, 'invalid-code']);
});
