/** Rules of risk are proposed by one operator and made the active ones by two; a limit is never loosened. */
import { randomUUID } from 'node:crypto';
import { give } from '../../../api/operator/give';
import type { OperatorDeps } from '../../../api/operator/order';
import { approve } from '../../../api/operator/requests';
import { activateRiskSet, proposeRiskSet } from '../../../api/operator/risk-sets';
import type { Operator } from '../../../db/admin-sessions';
import { INVARIANTS } from '../../../db/invariants/all';
import { examineAll } from '../../../db/invariants/invariant';
import { recheckLimits, storeDecision } from '../../../db/risk';
import { pastDecisions } from '../../../db/risk-history';
import { activeNumbers, activeSet, findSet, listSets } from '../../../db/risk-sets';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { backtest } from '../../../workflows/domain/risk-backtest';
import { LIMIT_RULES, limitsOf, type RiskRule } from '../../../workflows/domain/risk-rules';
import { readRules } from '../../../workflows/domain/risk-set-errors';
import type { RiskDecision } from '../../../workflows/domain/screening';
import { DEVICE } from '../../fixtures/device';
import { rowOfOperator } from '../../fixtures/operator-accounts';
import { approvedRequest } from '../../fixtures/requests';
import { insertDeal, insertDecision, insertPayment, insertPerson, type Person } from '../../fixtures/rows';
import { withoutEngine } from '../../fixtures/without-engine';
import { type TestDatabase, testDatabase } from '../../servers/database';

const HOUR = 3_600_000;

let database: TestDatabase;
let deps: OperatorDeps;
let first: readonly RiskRule[];
beforeEach(async () => {
  database = await testDatabase();
  deps = withoutEngine(database.db);
  first = (await findSet(database.db, 1)).rules;
});
afterEach(async () => {
  const { findings } = await examineAll(database.db, INVARIANTS, { now: new Date(), stuckAfterS: 600 });
  expect(findings.filter(({ total, id }) => total > 0 && id === 'I15')).toEqual([]);
  await database.drop();
});

const changed = (id: string, more: Partial<RiskRule>): RiskRule[] =>
  first.map((rule) => (rule.id === id ? { ...rule, version: rule.version + 1, ...more } : rule));
const tighter = () => changed('user-daily-count', { limit: 1 });
const inAnHour = () => new Date(Date.now() + HOUR).toISOString();

async function operator(handle: string, role: 'risk' | 'finance'): Promise<Operator> {
  const id = await rowOfOperator(database.db, handle, role);
  return { id, handle, role, via: 'command', address: null } as Operator;
}

const propose = (rules: unknown, by = 'kim') =>
  proposeRiskSet.carryOut(
    deps,
    { operator: by },
    { rules: rules as RiskRule[] & Record<string, unknown>[], reason: 'ticket 17' },
  );

/** Two operators have agreed on it. */
async function activate(set: number, effectiveAt: string): Promise<void> {
  const input = { set, effectiveAt };
  const request = await approvedRequest(database.db, { kind: 'activate-risk-set', subject: `${set}`, input });
  const answer = await activateRiskSet.carryOut(deps, { operator: 'kim', request }, { ...input, reason: 'ticket 17' });
  expect(answer.kind).toBe('done');
}

test('the rules that come with the service are a good set, with the roadmap’s limits', async () => {
  expect(readRules(first).kind).toBe('rules');
  expect(limitsOf(await activeSet(database.db, new Date()))).toEqual(
    Object.fromEntries(Object.values(LIMIT_RULES).map(({ measure, max }) => [measure, max])),
  );
});

test('who activates a set now puts aside what was planned before for a later time', async () => {
  await propose(changed('new-member-high-amount', { limit: 2_000_000 }));
  await propose(tighter());
  await activate(2, inAnHour());
  expect(await activeNumbers(database.db)).toEqual({ active: 1, planned: [2] });
  await activate(3, new Date().toISOString());
  expect(await activeNumbers(database.db)).toEqual({ active: 3, planned: [] });
  expect((await activeSet(database.db, new Date(Date.now() + 2 * HOUR))).number).toBe(3);
});

test('a proposal is a set that nothing is judged by; the same one again is the same set', async () => {
  for (let n = 0; n < 2; n++) expect((await propose(tighter())).words).toContain('risk set 2');
  expect((await listSets(database.db)).map(({ number, effectiveAt }) => [number, effectiveAt !== null])).toEqual([
    [2, false],
    [1, true],
  ]);
  expect((await activeSet(database.db, new Date())).number).toBe(1);
});

test.each<[string, () => unknown, string]>([
  ['a loosened limit', () => changed('user-daily-count', { limit: 6 }), 'never loosened'],
  ['no limit at all', () => first.slice(1), 'this limit is missing'],
  ['an unknown measure', () => changed('denied', { measure: 'mood' as 'denied' }), '"mood" is no measure'],
  ['another rule under an old version', () => changed('denied', { version: 1, limit: 2 }), 'take the next one'],
])('%s is refused in words, and nothing is kept', async (_what, rules, words) => {
  const answer = await propose(rules());
  expect(answer).toMatchObject({ kind: 'refused', words: expect.stringContaining(words) });
  expect(await listSets(database.db)).toHaveLength(1);
});

test.each<[string, Partial<RiskRule>]>([
  ['loosened', { limit: 6 }],
  ['switched off', { mode: 'off' }],
  ['made to alert', { verdict: 'ALERT' }],
  ['bound to a condition', { when: [{ measure: 'denied', compare: '=', limit: 1 }] }],
  ['of something else', { measure: 'principal' }],
])('the database refuses a limit that is %s, whoever asks', async (_what, more) => {
  const rules = JSON.stringify(changed('user-daily-count', more));
  await expect(database.db('risk_sets').insert({ number: 2, rules, made_by: 'test', reason: 'test' })).rejects.toThrow(
    'risk_sets_limits',
  );
});

test('neither a set nor an activation is ever changed, and no set becomes active by one person', async () => {
  const { db } = database;
  await expect(db('risk_sets').update({ reason: 'other' })).rejects.toThrow();
  await expect(db('risk_set_activations').update({ effective_at: new Date() })).rejects.toThrow();
  await expect(db('risk_set_activations').del()).rejects.toThrow();
  await propose(tighter());
  const alone = { set_number: 2, effective_at: new Date(), actor: 'operator:kim', reason: 'test' };
  await expect(db('risk_set_activations').insert(alone)).rejects.toThrow('it takes two people');
});

test('one operator asks, another approves: the set is the active one from its time on', async () => {
  const { db } = database;
  await propose(tighter());
  const [kim, lee] = [await operator('kim', 'risk'), await operator('lee', 'finance')];
  const input = { set: 2, effectiveAt: inAnHour(), reason: 'ticket 17' };
  const asked = await give(deps, kim, activateRiskSet, { about: {}, input });
  if (asked.kind !== 'requested') throw new Error(asked.words);
  expect((await approve(deps, kim, asked.requestId)).kind).toBe('refused');
  expect((await approve(deps, lee, asked.requestId)).kind).toBe('done');
  expect((await activeSet(db, new Date())).number).toBe(1);
  expect((await activeSet(db, new Date(Date.now() + 2 * HOUR))).number).toBe(2);
});

test('a request for one set or time activates no other', async () => {
  await propose(tighter());
  const effectiveAt = inAnHour();
  const asked = { kind: 'activate-risk-set', subject: '2', input: { set: 2, effectiveAt } } as const;
  for (const input of [
    { set: 1, effectiveAt },
    { set: 2, effectiveAt: new Date(Date.now() + 2 * HOUR).toISOString() },
  ]) {
    const request = await approvedRequest(database.db, asked);
    const answer = await activateRiskSet.carryOut(deps, { operator: 'kim', request }, { ...input, reason: 'no' });
    expect(answer.kind).toBe('refused');
    await database
      .db('operator_requests')
      .where({ id: request })
      .update({ standing: 'REFUSED', ended_at: new Date(), outcome: '-' });
  }
});

test.each<[string, object, string]>([
  ['a set that is not there', { set: 9 }, 'no risk set 9'],
  ['a time that is over', { set: 1, effectiveAt: '2026-03-02T00:00:00+09:00' }, 'is over'],
])('%s is refused when it is asked for', async (_what, more, words) => {
  const kim = await operator('kim', 'risk');
  const input = { set: 1, effectiveAt: inAnHour(), reason: 'ticket 17', ...more };
  const answer = await give(deps, kim, activateRiskSet, { about: {}, input });
  expect(answer).toMatchObject({ kind: 'refused', words: expect.stringContaining(words) });
});

describe('decisions', () => {
  async function intend(person: Person, screened?: Pick<RiskDecision, 'set' | 'counters'>) {
    const dealId = (await insertDeal(database.db, person)) as DealId;
    const subject = { dealId, attempt: 1, userId: person.userId, cardId: person.cardId, ...DEVICE };
    return database.db.transaction(async (trx) => {
      const more = { principal: won(10_000), at: new Date(), ...(screened && { screened }) };
      const decision = await recheckLimits(trx, { ...subject, ...more });
      await storeDecision(trx, { ...subject, principal: won(10_000), decision });
      return { dealId, ...decision };
    });
  }

  test('the intent goes by the set of the screening, and keeps it with every measure and every answer', async () => {
    const payer = await insertPerson(database.db);
    await propose(tighter());
    await activate(2, new Date().toISOString());
    expect((await intend(payer)).verdict).toBe('PASS');
    expect(await intend(payer)).toMatchObject({ verdict: 'BLOCK', rules: ['user-daily-count'], set: 2 });
    const screened = { set: 1, counters: { recipientIsPayer: 0, newDevice: 1 } };
    const { dealId, verdict } = await intend(payer, screened);
    expect(verdict).toBe('PASS');
    const row = await database.db('risk_decisions').where({ deal_id: dealId }).first();
    expect([row.set_number, Object.keys(row.answers).sort()]).toEqual([1, first.map(({ id }) => id).sort()]);
    expect(row.counters).toMatchObject({ userDailyCount: 2, recipientIsPayer: 0, newDevice: 1, accountCards: 1 });
  });

  test('a pattern that the screening measured blocks the intent too', async () => {
    const screened = { set: 1, counters: { recipientIsPayer: 1 } };
    const decision = await intend(await insertPerson(database.db), screened);
    expect(decision).toMatchObject({ verdict: 'BLOCK', rules: ['recipient-is-payer'] });
  });

  test('one account paid by four cards in a day is blocked', async () => {
    const recipient = await insertPerson(database.db);
    const pay = async () => intend({ ...(await insertPerson(database.db)), recipientId: recipient.recipientId });
    for (let n = 1; n <= 3; n++) expect((await pay()).counters.accountCards).toBe(n);
    expect(await pay()).toMatchObject({ verdict: 'BLOCK', rules: ['account-many-cards'] });
  });
});

test('a backtest says what a set would have said of the past, and what ended in a chargeback', async () => {
  const { db } = database;
  const person = await insertPerson(db);
  const past = async (counters: object, disputed = false) => {
    const dealId = await insertDeal(db, person);
    const made = { counters: JSON.stringify(counters), created_at: new Date('2026-03-02T03:00:00Z') };
    await insertDecision(db, person, dealId, { verdict: 'PASS', reserved: true, ...made });
    if (!disputed) return;
    const payment = await insertPayment(db, person, dealId, { status: 'FAILED', decline_code: 'stolen-card' });
    const dispute = { id: randomUUID(), reference: `case-${payment}`, amount: 10_300, evidence: 'mail of the PG' };
    await db('chargebacks').insert({ ...dispute, payment_id: payment, deal_id: dealId });
  };
  await past({ userDailyCount: 1, recipientIsPayer: 0 });
  await past({ userDailyCount: 3 });
  await past({ userDailyCount: 3, recipientIsPayer: 1 }, true);
  await past({ userDailyCount: 1, deviceAccounts: 4 }, true);
  const rules = changed('user-daily-count', { limit: 2 });
  const [from, to] = [new Date('2026-03-01T15:00:00Z'), new Date('2026-03-02T15:00:00Z')];
  const { verdicts, rules: said } = await backtest({ number: 2, rules }, pastDecisions(db, from, to));
  expect(verdicts).toEqual({
    BLOCK: { decisions: 2, chargedBack: 1 },
    ALERT: { decisions: 1, chargedBack: 1 },
    HOLD: { decisions: 0, chargedBack: 0 },
    PASS: { decisions: 1, chargedBack: 0 },
  });
  expect(said['recipient-is-payer']).toEqual({ yes: 1, no: 1, unknown: 2, chargedBack: 1 });
  const none = await backtest({ number: 2, rules }, pastDecisions(db, to, new Date(to.getTime() + HOUR)));
  expect(Object.values(none.verdicts).map(({ decisions }) => decisions)).toEqual([0, 0, 0, 0]);
});
