/** A request that was approved, and is not carried out yet, is stopped by a person, or by the end of its time. */
import { lookAfterRequests } from '../../../activities/batches/requests';
import type { OperatorDeps } from '../../../api/operator/order';
import { fund } from '../../../api/operator/owner-funds';
import { approve, reject, withdraw } from '../../../api/operator/requests';
import { lift } from '../../../api/operator/stops';
import type { Operator } from '../../../db/admin-sessions';
import { examineAll } from '../../../db/invariants/invariant';
import { REQUEST_INVARIANTS } from '../../../db/invariants/requests';
import { finishRequest, takeRequest } from '../../../db/operator-requests';
import { bookOwnerFunds } from '../../../db/owner-funds';
import { stopLeg } from '../../../db/stop-switches';
import { createLog } from '../../../infra/log';
import { stopOf } from '../../fixtures/operator';
import { actingAs } from '../../fixtures/operator-accounts';
import { poll } from '../../fixtures/poll';
import { approvedRequest } from '../../fixtures/requests';
import { withoutEngine } from '../../fixtures/without-engine';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
let deps: OperatorDeps;
let kim: Operator;
let lee: Operator;
beforeEach(async () => {
  database = await testDatabase();
  deps = withoutEngine(database.db);
  kim = await actingAs(database.db, 'kim', 'finance');
  lee = await actingAs(database.db, 'lee', 'finance');
  await stopLeg(database.db, stopOf('charge'));
});
afterEach(async () => {
  const { findings } = await examineAll(database.db, REQUEST_INVARIANTS, { now: new Date(), stuckAfterS: 600 });
  expect(findings.filter(({ total }) => total > 0)).toEqual([]);
  await database.drop();
});

/** Who waits for a row that another transaction has. */
const WAITS = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
const INPUT = { leg: 'charge', reason: 'ticket 17' } as const;
const standing = async (id: string) =>
  (await database.db('operator_requests').where({ id }).first('standing')).standing;
const lifts = () => database.db('stop_switch_events').where({ action: 'lift' });
const told = (id: string) => database.db('admin_audit_logs').where({ subject: id }).orderBy('seq').pluck('action');

test('what was approved and is not carried out yet is stopped by another operator, or its maker, in their words', async () => {
  const hanging = () => approvedRequest(database.db, { kind: 'lift', subject: 'charge' });
  const [maker, checker] = await Promise.all([
    actingAs(database.db, 'maker', 'finance'),
    actingAs(database.db, 'choi', 'finance'),
  ]);
  const [first, second] = [await hanging(), await hanging()];
  expect(await reject(deps, maker, first, 'no')).toMatchObject({ kind: 'refused' });
  expect(await withdraw(deps, kim, first)).toMatchObject({ kind: 'refused' });
  expect(await standing(first)).toBe('APPROVED');
  expect(await reject(deps, checker, first, 'the wrong leg')).toMatchObject({ kind: 'done' });
  expect(await withdraw(deps, maker, second, 'not needed')).toMatchObject({ kind: 'done' });
  const rows = database.db('operator_requests').whereIn('id', [first, second]).orderBy('ended_at');
  expect(await rows.select('standing', 'outcome')).toEqual([
    { standing: 'REFUSED', outcome: 'rejected by operator:choi: the wrong leg' },
    { standing: 'REFUSED', outcome: 'withdrawn by operator:maker: not needed' },
  ]);
  expect([await told(first), await told(second)]).toEqual([
    ['request-rejected', 'request-rejected'], // the first of them was refused
    ['request-withdrawn'],
  ]);
  for (const request of [first, second]) {
    expect(await lift.carryOut(deps, { operator: 'kim', request }, INPUT)).toMatchObject({ kind: 'refused' });
    expect(await approve(deps, lee, request)).toMatchObject({ words: expect.stringMatching(/REFUSED.*by operator:/) });
  }
  expect(await lifts()).toEqual([]);
});

test.each([
  ['reject', (id: string) => reject(deps, lee, id, 'no')],
  ['withdraw', async (id: string) => withdraw(deps, await actingAs(database.db, 'maker', 'finance'), id)],
])('of the effect and a %s at once one wins: whoever has the request first', async (_how, stop) => {
  const { db } = database;
  const asked = { amount: 1_000, at: '2026-03-02T10:00:00+09:00' };
  const agreed = (subject: string) =>
    approvedRequest(db, { kind: 'fund', subject, input: { ...asked, reference: subject } });
  const money = { amount: 1_000, reason: 'ticket 17', actor: 'operator:maker', at: new Date() };
  const [taken, both] = [await agreed('TOP-UP-1'), await agreed('TOP-UP-2')];
  const effect = await db.transaction();
  expect(await takeRequest(effect, { request: taken, kind: 'fund', doing: { subject: 'TOP-UP-1' } })).toMatchObject({
    kind: 'taken',
  });
  const late = stop(taken);
  const waits = async () => (await db.raw(WAITS)).rows.length;
  await poll(waits, (n) => n > 0, { what: 'that it waits for the effect' });
  await finishRequest(effect, taken);
  await bookOwnerFunds(effect, { ...money, reference: 'TOP-UP-1' }, taken);
  await effect.commit();
  expect([(await late).kind, await standing(taken)]).toEqual(['refused', 'DONE']);
  const input = { ...asked, reference: 'TOP-UP-2', reason: 'ticket 17' };
  const answers = await Promise.all([stop(both), fund.carryOut(deps, { operator: 'maker', request: both }, input)]);
  const isStopped = answers[0].kind === 'done';
  expect(answers[1].kind).toBe(isStopped ? 'refused' : 'done');
  expect(await standing(both)).toBe(isStopped ? 'REFUSED' : 'DONE');
  expect(await db('owner_funds').where({ request_id: both })).toHaveLength(isStopped ? 0 : 1);
});

test('what was approved, and was not carried out within a day of its time, is over', async () => {
  const hanging = () => approvedRequest(database.db, { kind: 'lift', subject: 'charge', hoursOver: 25 });
  const [first, second] = [await hanging(), await hanging()];
  const young = await approvedRequest(database.db, { kind: 'lift', subject: 'charge', hoursOver: 23 });
  for (const request of [first, second])
    expect(await lift.carryOut(deps, { operator: 'kim', request }, INPUT)).toMatchObject({ kind: 'refused' });
  expect(await approve(deps, lee, first)).toMatchObject({ words: expect.stringMatching(/REFUSED.*not carried out/) });
  await lookAfterRequests(database.db, createLog('test', 'silent'));
  expect(await Promise.all([first, second, young].map(standing))).toEqual(['REFUSED', 'REFUSED', 'APPROVED']);
  expect([await told(second), await lifts()]).toEqual([['request-expired'], []]);
});
