/** Orders of operators by themselves: what they take, and what they do before, or without, a deal's workflow. */
import { randomUUID } from 'node:crypto';
import { z } from '../../../api/http/zod';
import { acceptBreak } from '../../../api/operator/accept-break';
import { closeSystemTask } from '../../../api/operator/close-task';
import { DEAL_ORDERS } from '../../../api/operator/deal-orders';
import { holdDeal, holdMember, liftLegalHold } from '../../../api/operator/legal-holds';
import { answerOf, type DealOrder, type OperatorDeps, type Order } from '../../../api/operator/order';
import { fund, withdraw } from '../../../api/operator/owner-funds';
import { dealReport, whatWaits } from '../../../api/operator/reports';
import { lift, stop } from '../../../api/operator/stops';
import { operatorName } from '../../../api/operator/texts';
import { raise } from '../../../db/operator-tasks';
import type { EngineAnswer } from '../../../infra/temporal/deal-engine';
import type { DealId } from '../../../workflows/domain/ids';
import { OPERATOR_TASKS } from '../../../workflows/domain/operator-tasks';
import { approvedRequest } from '../../fixtures/requests';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
let deps: OperatorDeps;
beforeAll(async () => {
  database = await testDatabase();
  const engine = () => Promise.reject(new Error('the engine was asked for'));
  deps = { db: database.db, engine };
});
afterAll(() => database.drop());

const WHY = { reason: 'ticket 17' };
const BY = { operator: 'kim' };
const ENOUGH: Readonly<Record<string, object>> = {
  release: WHY,
  refund: WHY,
  retry: WHY,
  'correct-account': { ...WHY, recipientId: randomUUID() },
  'refund-fee': { ...WHY, amount: 1_000, requestId: 'r1' },
  chargeback: { ...WHY, standing: 'open', reference: 'CB-1', evidence: 'mail of the PG' },
  rule: {
    ...{ ...WHY, leg: 'charge', attempt: 1, verdict: 'done', evidence: 'line 7 of the file', paymentKey: 'pk-1' },
    evidenceAt: '2026-03-02T14:05:00+09:00',
  },
  'close-task': { ...WHY, task: 'overdue' },
  'pay-by-hand': WHY,
  'stop-paying-by-hand': WHY,
  'manual-transfer': {
    recipientId: randomUUID(),
    ...{ ...WHY, bankReference: 'SLIP-7', tradingDate: '2026-03-02', amount: 100_000 },
    ...{ evidence: 'slip in the safe', evidenceAt: '2026-03-02T14:05:00+09:00' },
  },
};
const ORDERS: readonly (readonly [string, Pick<Order, 'input'>, object])[] = [
  ...Object.entries(DEAL_ORDERS).map(([name, order]) => [name, order, ENOUGH[name] ?? {}] as const),
  ['close-task of the system', closeSystemTask, { ...WHY, task: 'float-low' }],
  ['stop', stop, { ...WHY, leg: 'charge' }],
  ['lift', lift, { ...WHY, leg: 'transfer' }],
  ['hold a deal', holdDeal as Order, { ...WHY, code: 'dispute', until: '2027-06-30' }],
  ['hold a member', holdMember as Order, { ...WHY, code: 'dispute', member: randomUUID() }],
  ['lift a hold', liftLegalHold as Order, { ...WHY, hold: 1 }],
  ['accept', acceptBreak as Order, { ...WHY, case: 'CB-1' }],
];
/** Texts that people write; the others are ids, which may look like a number by chance. */
const WORDS = ['reason', 'evidence', 'reference', 'case', 'bankReference'];

test.each(ORDERS)(
  '%s is given with a reason, takes nothing that is not its own, and no word of it names a person',
  (_, order, given) => {
    const { success } = order.input.safeParse(given);
    expect(success).toBe(true);
    expect(order.input.safeParse({ ...given, reason: ' ' }).success).toBe(false);
    expect(order.input.safeParse({ ...given, whom: 'kim' }).success).toBe(false);
    for (const word of WORDS.filter((name) => name in given))
      for (const text of ['told by kim@example.com', '010-1234-5678', 'eyJhbGciOiJIUzI1NiJ9.x', '010\n1234\n5678'])
        expect([word, order.input.safeParse({ ...given, [word]: text }).success]).toEqual([word, false]);
  },
);

test('an operator’s name is no phone number and no address, and a pasted text is kept as one line', () => {
  expect(operatorName.safeParse('kim@example.com').success).toBe(false);
  expect(operatorName.parse(' kim  lee ')).toBe('kim lee');
  expect(stop.input.parse({ leg: 'charge', reason: 'the float\n is\tlow ' })).toEqual({
    leg: 'charge',
    reason: 'the float is low',
  });
});

test('a ruling names the attempt, and the time, of its evidence, and a done charge its paymentKey', () => {
  const { input } = DEAL_ORDERS.rule as DealOrder;
  const takes = (change: object) => input.safeParse({ ...ENOUGH.rule, ...change }).success;
  for (const missing of ['attempt', 'evidence', 'evidenceAt', 'paymentKey'])
    expect([missing, takes({ [missing]: undefined })]).toEqual([missing, false]);
  expect(takes({ leg: 'transfer', paymentKey: undefined })).toBe(true);
  for (const evidenceAt of [
    'yesterday',
    '2026-03-02',
    '2026-03-02T14:05:00',
    new Date(Date.now() + 3_600_000).toISOString(),
  ])
    expect([evidenceAt, takes({ evidenceAt })]).toEqual([evidenceAt, false]);
});

test('what can pay twice, or moves money by hand, is given by two people', () => {
  const two = Object.entries(DEAL_ORDERS).flatMap(([name, order]) => (order.two ? [name] : []));
  expect(two).toEqual(['correct-account', 'rule', 'manual-transfer', 'stop-paying-by-hand']); // the first of large deals
  expect([acceptBreak, lift, fund, withdraw].map(({ two }) => two)).toEqual([true, true, true, true]);
});

test('a transfer by hand names whom it paid, a slip, a day that has come, whole won, and evidence of few words', () => {
  const { input } = DEAL_ORDERS['manual-transfer'] as DealOrder;
  const takes = (change: object) => input.safeParse({ ...ENOUGH['manual-transfer'], ...change }).success;
  for (const missing of ['recipientId', 'bankReference', 'tradingDate', 'amount', 'evidence', 'evidenceAt'])
    expect([missing, takes({ [missing]: undefined })]).toEqual([missing, false]);
  expect(takes({ tradingDate: '2999-01-01' })).toBe(false);
  expect(takes({ amount: 0.5 })).toBe(false);
  expect(takes({ evidence: 'x'.repeat(201) })).toBe(false);
});

test('a deal that is not there, or was never confirmed, is ordered nothing, and the engine is not asked', async () => {
  const id = await insertDeal(database.db, await insertPerson(database.db));
  const { deal_no: dealNo } = await database.db('deals').where({ id }).first('deal_no');
  for (const [name, order] of Object.entries(DEAL_ORDERS)) {
    const input = order.input.parse(ENOUGH[name]);
    const nowhere = await order.carryOut(deps, { ...BY, dealNo: 'P404' }, input);
    expect([name, nowhere]).toEqual([name, { kind: 'refused', why: 'not-found', words: 'there is no deal P404' }]);
    const unconfirmed = await order.carryOut(deps, { ...BY, dealNo }, input);
    const why = name === 'close-task' ? 'not-found' : 'not-now';
    expect([name, unconfirmed]).toEqual([name, expect.objectContaining({ kind: 'refused', why })]);
  }
});

test.each<[EngineAnswer<void>, object]>([
  [
    { kind: 'decided', outcome: undefined },
    { kind: 'done', words: 'accepted' },
  ],
  [
    { kind: 'refused', type: 'NotNow', message: 'it is not held' },
    { kind: 'refused', why: 'not-now', words: 'it is not held' },
  ],
  [{ kind: 'closed' }, { kind: 'refused', why: 'not-now' }],
  [
    { kind: 'pending', durable: false },
    { kind: 'refused', why: 'pending' },
  ],
  [{ kind: 'unreachable' }, { kind: 'refused', why: 'unreachable' }],
])('what the engine answers (%j) is an order carried out, or a refusal that says why', (answer, said) => {
  expect(answerOf(answer, 'accepted')).toMatchObject(said);
});

test('a task is closed once, by whom and why is kept, and another deal’s stays', async () => {
  const person = await insertPerson(database.db);
  const [mine, other] = (await Promise.all([1, 2].map(() => insertDeal(database.db, person)))) as [DealId, DealId];
  for (const id of [mine, other]) await raise(database.db, id, 'task', 'refund-not-ours');
  const { deal_no: dealNo } = await database.db('deals').where({ id: mine }).first('deal_no');
  const order = DEAL_ORDERS['close-task'] as DealOrder;
  const close = () => order.carryOut(deps, { ...BY, dealNo }, { ...WHY, task: 'refund-not-ours' });
  const before = await whatWaits(database.db);
  expect(before.deals.find((deal) => deal.dealNo === dealNo)).toMatchObject({ tasks: ['refund-not-ours'] });
  expect(await close()).toEqual({ kind: 'done', words: `${dealNo}: refund-not-ours closed` });
  expect(await close()).toMatchObject({ kind: 'refused', why: 'not-found' });
  const kept = await database.db('deal_events').where({ deal_id: mine, actor: 'operator:kim' }).select('cause', 'note');
  expect(kept).toEqual([{ cause: 'close-task', note: 'refund-not-ours: ticket 17' }]);
  const open = await database
    .db('operator_tasks')
    .where({ reason: 'refund-not-ours', closed_at: null })
    .pluck('deal_id');
  expect(open).toEqual([other]);
});

test('who reads what waits, or one deal, is told what each open task means and what to do', async () => {
  const id = (await insertDeal(database.db, await insertPerson(database.db))) as DealId;
  await raise(database.db, null, 'alarm', 'float-low', 'balance 1 won');
  await raise(database.db, id, 'task', 'overdue');
  await raise(database.db, id, 'alarm', 'charge-unknown'); // of a wait: the runbook's table of waits has it
  const { meaning, toDo } = OPERATOR_TASKS.overdue;
  const advice = { reason: 'overdue', meaning, toDo };
  const { advice: all, tasks } = await whatWaits(database.db);
  expect(all).toEqual(expect.arrayContaining([advice, expect.objectContaining({ reason: 'float-low' })]));
  expect(all.filter(({ reason }) => reason === 'charge-unknown')).toEqual([]);
  expect(tasks).toMatchObject([{ reason: 'float-low', severity: 'alarm', detail: 'balance 1 won' }]);
  const { deal_no: dealNo } = await database.db('deals').where({ id }).first('deal_no');
  expect(await dealReport(database.db, dealNo, 'viewer')).toMatchObject({
    ...{ kind: 'done', advice: [advice], report: { ledger: null } },
  });
  expect(await dealReport(database.db, dealNo, 'finance')).toMatchObject({ report: { ledger: [] } });
  const closed = await closeSystemTask.carryOut(deps, BY, { ...WHY, task: 'float-low' });
  expect(closed).toEqual({ kind: 'done', words: 'float-low closed' });
  const [row] = await database.db('operator_tasks').where({ reason: 'float-low' });
  expect(row.detail).toBe('balance 1 won | closed by kim: ticket 17');
});

test('a stop is thrown once and lifted once, in the operator’s name', async () => {
  const given = { leg: 'charge', ...WHY } as const;
  expect(await stop.carryOut(deps, BY, given)).toEqual({ kind: 'done', words: 'new charges are stopped' });
  expect(await lift.carryOut(deps, BY, given)).toMatchObject({ kind: 'refused', words: expect.stringMatching(/two/) });
  const liftUnder = async (request: string) => lift.carryOut(deps, { ...BY, request }, given);
  const agreed = () => approvedRequest(database.db, { kind: 'lift', subject: 'charge' });
  const request = await agreed();
  expect(await liftUnder(request)).toMatchObject({ kind: 'done' });
  expect(await liftUnder(request)).toMatchObject({ kind: 'done' }); // its answer may have got lost
  expect(await liftUnder(await agreed())).toMatchObject({ kind: 'refused', why: 'not-now' });
  const thrown = await database.db('stop_switch_events').orderBy('id').select('action', 'actor', 'source');
  expect(thrown).toEqual(['stop', 'lift'].map((action) => ({ action, actor: 'operator:kim', source: 'operator' })));
});

test('every order is an object that a route can document', () => {
  for (const [, order] of ORDERS) expect(order.input).toBeInstanceOf(z.ZodObject);
});
