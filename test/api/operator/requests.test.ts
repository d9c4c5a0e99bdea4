/** What can pay twice is given by two different people: one asks, another approves, and it happens once or not at all. */
import { randomUUID } from 'node:crypto';
import { lookAfterRequests } from '../../../activities/batches/requests';
import { give } from '../../../api/operator/give';
import type { OperatorDeps } from '../../../api/operator/order';
import { fund } from '../../../api/operator/owner-funds';
import { approve, reject, withdraw } from '../../../api/operator/requests';
import { changeRole } from '../../../api/operator/roles';
import { lift } from '../../../api/operator/stops';
import type { Operator } from '../../../db/admin-sessions';
import { disableAdminUser } from '../../../db/admin-users';
import { examineAll } from '../../../db/invariants/invariant';
import { REQUEST_INVARIANTS } from '../../../db/invariants/requests';
import { stopLeg } from '../../../db/stop-switches';
import { createLog } from '../../../infra/log';
import { CORRECTED_BY_ONE_MAX, REQUEST_EDGES } from '../../../workflows/domain/operator-requests';
import type { OperatorRole } from '../../../workflows/domain/operator-roles';
import { stopOf } from '../../fixtures/operator';
import { actingAs } from '../../fixtures/operator-accounts';
import { approvedRequest } from '../../fixtures/requests';
import { insertDeal, insertPerson } from '../../fixtures/rows';
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

const INPUT = { leg: 'charge', reason: 'ticket 17' } as const;
const asked = (by = kim) => give(deps, by, lift, { about: {}, input: INPUT });
async function made(by = kim): Promise<string> {
  const answer = await asked(by);
  if (answer.kind !== 'requested') throw new Error(answer.words);
  return answer.requestId;
}
const standing = async (id: string) =>
  (await database.db('operator_requests').where({ id }).first('standing')).standing;
const lifts = () => database.db('stop_switch_events').where({ action: 'lift' });
const told = (id: string) => database.db('admin_audit_logs').where({ subject: id }).orderBy('seq').pluck('action');

/** The same request, whose day is over. */
async function outlived(id: string): Promise<string> {
  const row = await database.db('operator_requests').where({ id }).first();
  await withdraw(deps, kim, id);
  const json = { about: '{}', input: JSON.stringify(row.input), seen: JSON.stringify(row.seen) };
  const old = { id: randomUUID(), standing: 'PENDING', version: 1, expires_at: new Date(Date.now() - 1_000) };
  await database.db('operator_requests').insert({ ...row, ...json, ...old });
  return old.id;
}

test('nothing happens before another operator approves, and the same order again is the same request', async () => {
  const id = await made();
  expect(await asked()).toMatchObject({ kind: 'requested', requestId: id });
  expect(await asked(lee)).toMatchObject({ kind: 'refused', words: expect.stringContaining(id) });
  expect([await lifts(), await standing(id)]).toEqual([[], 'PENDING']);
  expect(await database.db('stop_switches')).toHaveLength(1);
});

test('approved by another it is carried out in its maker’s name, names its request, and each step is in the audit', async () => {
  const id = await made();
  expect(await approve(deps, lee, id, 'as agreed')).toMatchObject({ kind: 'done' });
  expect(await lifts()).toMatchObject([{ actor: 'operator:kim', reason: 'ticket 17', request_id: id }]);
  expect(await database.db('operator_requests').where({ id }).first()).toMatchObject({
    ...{ standing: 'DONE', maker_id: kim.id, checker_id: lee.id, decided_reason: 'as agreed' },
  });
  expect(await told(id)).toEqual(['request-made', 'request-approved', 'request-done']);
});

test('nobody approves or rejects what they asked for, nor without the right, nor with broken glass', async () => {
  const id = await made();
  const viewer = await actingAs(database.db, 'choi', 'viewer');
  const glass = { ...kim, id: null, handle: 'break-glass:root', role: 'break-glass' } as const;
  for (const who of [kim, viewer, glass]) {
    expect([who.handle, await approve(deps, who, id)]).toEqual([
      who.handle,
      expect.objectContaining({ kind: 'refused' }),
    ]);
    expect(await reject(deps, who, id, 'no')).toMatchObject({ kind: 'refused' });
  }
  expect([await standing(id), await lifts()]).toEqual(['PENDING', []]);
});

test('a request that nobody decided within a day is over', async () => {
  const id = await outlived(await made());
  expect(await approve(deps, lee, id)).toMatchObject({
    kind: 'refused',
    words: expect.stringMatching(/EXPIRED.*in time/),
  });
  expect([await standing(id), await lifts()]).toEqual(['EXPIRED', []]);
});

test('asked for again after its day it is another request, also before the minute has ended the first', async () => {
  const old = await outlived(await made());
  const [first, second] = await Promise.all([made(), made()]);
  expect([first, first === old]).toEqual([second, false]);
  expect([await standing(old), await standing(first)]).toEqual(['EXPIRED', 'PENDING']);
  expect([await told(old), await told(first)]).toEqual([['request-expired'], ['request-made']]);
  expect(await approve(deps, lee, first)).toMatchObject({ kind: 'done' });
});

test('what has changed since it was asked for is not approved', async () => {
  const id = await made();
  await stopLeg(database.db, { leg: 'charge', source: 'float', actor: 'system', reason: 'float low' });
  expect(await approve(deps, lee, id)).toMatchObject({
    kind: 'refused',
    words: expect.stringMatching(/STALE.*changed/),
  });
  expect([await standing(id), await lifts()]).toEqual(['STALE', []]);
});

test('approved twice, and carried out twice, it happened once', async () => {
  const id = await made();
  const first = await approve(deps, lee, id);
  expect([first.kind, (await approve(deps, lee, id)).kind]).toEqual(['done', 'done']);
  await stopLeg(database.db, stopOf('charge'));
  expect(await lift.carryOut(deps, { operator: 'kim', request: id }, INPUT)).toMatchObject({ kind: 'done' });
  expect(await lifts()).toHaveLength(1);
  expect(await database.db('stop_switches')).toHaveLength(1); // the second stop stands
});

test('fifty approvals at once are one effect', async () => {
  const id = await made();
  const checkers = await Promise.all(['a1', 'a2', 'a3', 'a4'].map((handle) => actingAs(database.db, handle, 'admin')));
  const fifty = Array.from({ length: 50 }, (_, n) => approve(deps, checkers[n % checkers.length] as Operator, id));
  const kinds = new Set((await Promise.all(fifty)).map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['done']));
  expect([await standing(id), (await lifts()).length]).toEqual(['DONE', 1]);
});

/** By a request of its own, as it is done. */
async function roleBecomes(handle: string, role: OperatorRole): Promise<void> {
  const request = await approvedRequest(database.db, { kind: 'role', subject: handle, input: { role } });
  expect(await changeRole.carryOut(deps, { operator: 'kim', handle, request }, { role, reason: 'r' })).toMatchObject({
    kind: 'done',
  });
}

test('the maker’s and the checker’s role count as they are when it is approved', async () => {
  const [first, second, third] = [await made(), await given('TOP-UP-1'), await given('TOP-UP-2')];
  await roleBecomes('lee', 'viewer');
  expect(await approve(deps, lee, first)).toMatchObject({ kind: 'refused', why: 'no-right' }); // a role of before
  expect(await standing(first)).toBe('PENDING');
  const park = await actingAs(database.db, 'park', 'admin');
  await roleBecomes('kim', 'support');
  expect(await approve(deps, park, second)).toMatchObject({ words: expect.stringMatching(/STALE.*may not ask/) });
  await database.db.transaction((trx) => disableAdminUser(trx, 'kim', new Date()));
  expect(await approve(deps, park, third)).toMatchObject({ words: expect.stringMatching(/STALE.*may not ask/) });
  expect([await lifts(), await database.db('owner_funds')]).toEqual([[], []]);
});

async function given(reference: string): Promise<string> {
  const input = { amount: 1_000, reference, at: '2026-03-02T10:00:00+09:00', reason: 'ticket 17' };
  const answer = await give(deps, kim, fund, { about: {}, input });
  if (answer.kind !== 'requested') throw new Error(answer.words);
  return answer.requestId;
}

test('what was rejected, or taken back, is never carried out; only its maker takes it back', async () => {
  const first = await made();
  expect(await withdraw(deps, lee, first)).toMatchObject({ kind: 'refused' });
  expect(await reject(deps, lee, first, 'not yet')).toMatchObject({ kind: 'done' });
  const second = await made();
  expect(await withdraw(deps, kim, second)).toMatchObject({ kind: 'done' });
  for (const id of [first, second]) expect(await approve(deps, lee, id)).toMatchObject({ kind: 'refused' });
  expect([await standing(first), await standing(second), await lifts()]).toEqual(['REJECTED', 'WITHDRAWN', []]);
  expect([await told(first), await told(second)]).toEqual([
    ['request-made', 'request-rejected'],
    ['request-made', 'request-withdrawn'],
  ]);
});

test('the database records nothing of this kind without two people, and lets no request go back or change', async () => {
  const { db } = database;
  const refused = { code: 'PL004' };
  const id = await made();
  const only = () => db('operator_requests').where({ id });
  await expect(
    only().update({ standing: 'APPROVED', checker_id: kim.id, decided_at: new Date() }),
  ).rejects.toMatchObject({
    ...{ code: '23514', constraint: 'operator_requests_two_people' },
  });
  await expect(only().update({ standing: 'DONE', checker_id: lee.id })).rejects.toMatchObject(refused);
  const event = { leg: 'charge', source: 'operator', action: 'lift', actor: 'operator:kim', reason: 'r' };
  await expect(db('stop_switch_events').insert(event)).rejects.toMatchObject(refused);
  await expect(db('stop_switch_events').insert({ ...event, request_id: id })).rejects.toMatchObject(refused);
  const funds = { reference: 'X', amount: 1, at: new Date(), actor: 'operator:kim', reason: 'r' };
  await expect(db('owner_funds').insert(funds)).rejects.toMatchObject(refused);
  const dealId = await insertDeal(db, await insertPerson(db));
  for (const cause of ['rule', 'manual-transfer', 'accept-break']) {
    const row = {
      deal_id: dealId,
      from_state: 'PENDING',
      to_state: 'PENDING',
      actor: 'operator:kim',
      cause,
      note: 'r',
    };
    await expect(db('deal_events').insert(row)).rejects.toMatchObject(refused);
  }
  await expect(db('admin_users').where({ handle: 'lee' }).update({ role: 'admin' })).rejects.toMatchObject(refused);
  const invited = {
    handle: 'eve',
    role: 'finance',
    status: 'INVITED',
    invite_hash: 'x',
    invite_expires_at: new Date(),
  };
  await expect(db('admin_users').insert({ ...invited, id: randomUUID(), invited_by: kim.id })).rejects.toMatchObject(
    refused,
  );
  expect(await approve(deps, lee, id)).toMatchObject({ kind: 'done' });
  await expect(only().update({ standing: 'PENDING', ended_at: null })).rejects.toMatchObject(refused);
});

test('where a request goes from where is one list, in the code and in the database', async () => {
  const { rows } = await database.db.raw(`select prosrc from pg_proc where proname = 'guard_requests'`);
  const pairs = [...rows[0].prosrc.matchAll(/\('([A-Z]+)', '([A-Z]+)'\)/g)].map(([, from, to]) => `${from} ${to}`);
  const allowed = pairs.filter((pair) => pair !== 'DELETE TRUNCATE');
  expect(allowed).toEqual(Object.entries(REQUEST_EDGES).flatMap(([from, to]) => to.map((one) => `${from} ${one}`)));
});

test('from how much on two people correct an account is one number, in the code and in the database', async () => {
  const { rows } = await database.db.raw(`select prosrc from pg_proc where proname = 'guard_two_people'`);
  const [, most] = rows[0].prosrc.match(/principal <= (\d+)/) ?? [];
  expect(Number(most)).toBe(CORRECTED_BY_ONE_MAX);
});

test('the minute ends what nobody decided, and tells of what was approved and hangs, until it is carried out', async () => {
  const log = createLog('test', 'silent');
  const old = await outlived(await made());
  const hanging = await approvedRequest(database.db, { kind: 'lift', subject: 'charge', minutesAgo: 3 });
  await lookAfterRequests(database.db, log);
  expect(await standing(old)).toBe('EXPIRED');
  const tasks = () => database.db('operator_tasks').where({ closed_at: null }).select('reason', 'detail');
  expect(await tasks()).toEqual([{ reason: 'request-not-carried-out', detail: hanging }]);
  expect(await lift.carryOut(deps, { operator: 'kim', request: hanging }, INPUT)).toMatchObject({ kind: 'done' });
  await lookAfterRequests(database.db, log);
  expect(await tasks()).toEqual([]);
});
