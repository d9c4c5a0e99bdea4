/** Who is nobody's second person, as far as the house can know: in the code, and in the database by itself. */
import { randomUUID } from 'node:crypto';
import { give } from '../../../api/operator/give';
import type { OperatorDeps } from '../../../api/operator/order';
import { createAdmin, invite, reset } from '../../../api/operator/people';
import { approve, reject } from '../../../api/operator/requests';
import { changeRole, inviteByTwo } from '../../../api/operator/roles';
import { lift, stop } from '../../../api/operator/stops';
import type { Operator } from '../../../db/admin-sessions';
import { disableAdminUser, findAdminUser } from '../../../db/admin-users';
import { type Db, openDb } from '../../../db/connection';
import { examineAll } from '../../../db/invariants/invariant';
import { REQUEST_INVARIANTS } from '../../../db/invariants/requests';
import { approveRequest } from '../../../db/operator-requests';
import { stopLeg } from '../../../db/stop-switches';
import type { OperatorRole } from '../../../workflows/domain/operator-roles';
import { stopOf } from '../../fixtures/operator';
import { actingAs } from '../../fixtures/operator-accounts';
import { approvedRequest } from '../../fixtures/requests';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { withoutEngine } from '../../fixtures/without-engine';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
/** As the API reaches it: no right is taken for granted that it has not. */
let app: Db;
let deps: OperatorDeps;
let kim: Operator;
let lee: Operator;
beforeEach(async () => {
  database = await testDatabase();
  app = openDb({ databaseUrl: database.logins.app, poolMax: 10 });
  deps = withoutEngine(app);
  kim = await actingAs(database.db, 'kim', 'finance');
  lee = await actingAs(database.db, 'lee', 'admin');
  await stopLeg(database.db, stopOf('charge'));
});
afterEach(async () => {
  const { findings } = await examineAll(database.db, REQUEST_INVARIANTS, { now: new Date(), stuckAfterS: 600 });
  expect(findings.filter(({ total }) => total > 0)).toEqual([]);
  await app.destroy();
  await database.drop();
});

const INPUT = { leg: 'charge', reason: 'ticket 17' } as const;
const ofDatabase = { code: 'PL004' };
const glass = (): Operator => ({ ...kim, id: null, handle: 'break-glass:root', role: 'break-glass' });
async function liftAskedBy(operator: Operator): Promise<string> {
  const answer = await give(deps, operator, lift, { about: {}, input: INPUT });
  if (answer.kind !== 'requested') throw new Error(answer.words);
  return answer.requestId;
}
const requestOf = (id: string) => database.db('operator_requests').where({ id });
const standing = async (id: string) => (await requestOf(id).first('standing')).standing;
const lifts = () => database.db('stop_switch_events').where({ action: 'lift' });
/** What the database itself says of an approval by this operator. */
const approvedInRows = (id: string, checker: Operator) =>
  requestOf(id).update({ standing: 'APPROVED', checker_id: checker.id, decided_at: new Date() });

test('what whoever broke the glass asks for takes two operators, who may be one of them and whoever broke it', async () => {
  const id = await liftAskedBy(glass());
  expect(await approve(deps, lee, id)).toMatchObject({ kind: 'requested', requestId: id });
  expect([await standing(id), await lifts()]).toEqual(['PENDING', []]);
  expect(await approve(deps, lee, id)).toMatchObject({ kind: 'refused', words: expect.stringMatching(/another/) });
  expect([await standing(id), await lifts()]).toEqual(['PENDING', []]);
  expect(await approve(deps, kim, id)).toMatchObject({ kind: 'done' });
  expect(await requestOf(id).first()).toMatchObject({
    ...{ standing: 'DONE', maker_id: null, first_checker_id: lee.id, checker_id: kim.id },
  });
  expect(await lifts()).toHaveLength(1);
  const told = await database.db('admin_audit_logs').where({ subject: id, action: 'request-approved' }).orderBy('seq');
  expect(told.map(({ actor }) => actor)).toEqual(['operator:lee', 'operator:kim']);
});

test('two who approve it at once are two, and one who does so often is one', async () => {
  const id = await liftAskedBy(glass());
  await Promise.all(Array.from({ length: 10 }, () => approve(deps, lee, id)));
  expect([await standing(id), await lifts()]).toEqual(['PENDING', []]);
  await Promise.all(Array.from({ length: 10 }, () => approve(deps, kim, id)));
  expect([await standing(id), (await lifts()).length]).toEqual(['DONE', 1]);
});

test('the first of them counts while they are an operator who may approve, and may still say no', async () => {
  const [gone, stays] = [await actingAs(database.db, 'gone', 'finance'), await liftAskedBy(glass())];
  await approve(deps, gone, stays);
  await database.db.transaction((trx) => disableAdminUser(trx, 'gone', new Date()));
  expect(await approve(deps, lee, stays)).toMatchObject({ words: expect.stringMatching(/STALE/) });
  const anew = await liftAskedBy(glass());
  await approve(deps, kim, anew);
  expect(await reject(deps, kim, anew, 'not now')).toMatchObject({ kind: 'done' });
  expect([await standing(stays), await standing(anew), await lifts()]).toEqual(['STALE', 'REJECTED', []]);
});

test('the database takes no approval of one alone, nor the same one twice, of what a broken glass asks for', async () => {
  const id = await liftAskedBy(glass());
  await expect(approvedInRows(id, lee)).rejects.toMatchObject(ofDatabase);
  await requestOf(id).update({ first_checker_id: lee.id });
  await expect(requestOf(id).update({ first_checker_id: kim.id })).rejects.toMatchObject(ofDatabase);
  await expect(approvedInRows(id, lee)).rejects.toMatchObject({ constraint: 'operator_requests_two_checkers' });
  const ofOne = await database.db('stop_switches').first();
  expect(ofOne).toMatchObject({ leg: 'charge' });
  expect(await standing(id)).toBe('PENDING');
});

const atServer = { actor: { actor: 'server:root' }, invitedBy: null, now: new Date(), reason: 'the phone is lost' };
/** As if they had accepted, so long ago. */
async function acceptedAgain(handle: string, hoursAgo = 0): Promise<void> {
  await database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    const proofs = { password_hash: '-', totp_secret_encrypted: '-', invite_hash: null, invite_expires_at: null };
    await trx('admin_users')
      .where({ handle })
      .update({ status: 'ACTIVE', ...proofs });
    const since = trx.raw('server_reset_at - make_interval(hours => ?)', [hoursAgo]);
    await trx('admin_users').where({ handle }).update({ server_reset_at: since });
  });
}

test('who was reset at the server neither asks nor approves for a day: whoever did it may be them', async () => {
  const [byKim, other] = [await liftAskedBy(kim), await actingAs(database.db, 'choi', 'admin')];
  expect((await reset(database.db, 'lee', atServer)).kind).toBe('done');
  await acceptedAgain('lee', 23);
  expect(await approve(deps, lee, byKim)).toMatchObject({ words: expect.stringMatching(/reset at the server/) });
  await expect(approvedInRows(byKim, lee)).rejects.toMatchObject(ofDatabase);
  expect(await approve(deps, other, byKim)).toMatchObject({ kind: 'done' });
  await stopLeg(database.db, stopOf('charge'));
  const byLee = await liftAskedBy(lee);
  expect(await approve(deps, kim, byLee)).toMatchObject({ words: expect.stringMatching(/reset at the server/) });
  await expect(approvedInRows(byLee, kim)).rejects.toMatchObject(ofDatabase);
  const day = () => database.db('admin_users').where({ handle: 'lee' });
  await expect(day().update({ server_reset_at: null })).rejects.toMatchObject(ofDatabase);
  expect([await standing(byLee), (await lifts()).length]).toEqual(['PENDING', 1]);
  await acceptedAgain('lee', 2);
  expect(await approve(deps, kim, byLee)).toMatchObject({ kind: 'done' });
});

test('an admin who is made at the server when all others are gone is nobody’s second person for a day', async () => {
  const id = await liftAskedBy(kim);
  await database.db.transaction((trx) => disableAdminUser(trx, 'lee', new Date()));
  expect((await createAdmin(database.db, 'park', atServer)).kind).toBe('done');
  await acceptedAgain('park');
  const park = await actingAs(database.db, 'park', 'admin');
  expect(await approve(deps, park, id)).toMatchObject({ words: expect.stringMatching(/reset at the server/) });
  expect(await standing(id)).toBe('PENDING');
});

test('nobody approves what is asked for by whom they alone invited, or gave a new authenticator', async () => {
  const { db } = database;
  const [support, other] = [await actingAs(db, 'han', 'support'), await actingAs(db, 'choi', 'admin')];
  const by = { ...atServer, actor: lee, invitedBy: lee.id };
  expect((await reset(db, 'han', by)).kind).toBe('done');
  await acceptedAgain('han');
  expect((await findAdminUser(db, 'han'))?.status).toBe('ACTIVE');
  const deal_id = await insertDeal(db, await insertPerson(db));
  const asked = { subject: 'of han', subject_kind: 'deal', deal_id, about: '{}', input: '{}' };
  const id = randomUUID();
  const by_han = { maker_id: support.id, maker: 'operator:han', reason: 'ticket 17' };
  await db('operator_requests').insert({ id, kind: 'correct-account', ...asked, ...by_han });
  const approval = { checkers: ['admin'], makers: ['support'], reason: null } as const;
  const approvedBy = ({ id: checkerId }: Operator) =>
    app.transaction((trx) =>
      approveRequest(trx, { id, makerId: support.id }, { ...approval, checkerId: checkerId ?? '' }),
    );
  expect(await approvedBy(lee)).toBe('invited');
  await expect(approvedInRows(id, lee)).rejects.toMatchObject(ofDatabase);
  expect(await approvedBy(other)).toBe('approved');
});

/** `who` alone invites them, and holds the whole token. */
async function invitedBy(who: Operator, handle: string, role: OperatorRole = 'viewer'): Promise<Operator> {
  const by = { actor: who, invitedBy: who.id, now: new Date() };
  expect((await invite(app, { handle, role }, by)).kind).toBe('done');
  await acceptedAgain(handle);
  return actingAs(database.db, handle, role);
}
/** They are `role` from now on, as one asks and another approves. */
async function promoted(one: Operator, role: OperatorRole, maker: Operator, checker: Operator): Promise<Operator> {
  const input = { role, reason: 'ticket 17' };
  const answer = await give(deps, maker, changeRole, { about: { handle: one.handle }, input });
  if (answer.kind !== 'requested') throw new Error(JSON.stringify(answer));
  expect(await approve(deps, checker, answer.requestId)).toMatchObject({ kind: 'done' });
  return { ...one, role };
}
async function invitedByTwo(handle: string, maker: Operator, checker: Operator): Promise<Operator> {
  const input = { role: 'finance', reason: 'ticket 17', inviteHash: 'a'.repeat(64) } as const;
  const answer = await give(deps, maker, inviteByTwo, { about: { handle }, input });
  if (answer.kind !== 'requested') throw new Error(JSON.stringify(answer));
  expect(await approve(deps, checker, answer.requestId)).toMatchObject({ kind: 'done' });
  await acceptedAgain(handle);
  return actingAs(database.db, handle, 'finance');
}
/** Neither the code nor the database takes an approval of what `maker` asks for by `checker`, and of `other` both do. */
async function expectOne(maker: Operator, checker: Operator, other: Operator): Promise<void> {
  const id = await liftAskedBy(maker);
  expect(await approve(deps, checker, id)).toMatchObject({ words: expect.stringMatching(/one alone invited/) });
  await expect(approvedInRows(id, checker)).rejects.toMatchObject({
    ...ofDatabase,
    message: expect.stringMatching(/one alone invited/),
  });
  expect(await standing(id)).toBe('PENDING');
  expect(await approve(deps, other, id)).toMatchObject({ kind: 'done' });
  await stopLeg(database.db, stopOf('charge'));
}

test('whom one alone invited is no second person of theirs in either direction, whatever role they get', async () => {
  const choi = await actingAs(database.db, 'choi', 'admin');
  const han = await promoted(await invitedBy(lee, 'han'), 'finance', lee, choi);
  await expectOne(lee, han, kim);
  await expectOne(han, lee, kim);
  const mighty = await promoted(han, 'admin', choi, lee);
  await expectOne(lee, mighty, kim);
  const id = await liftAskedBy(glass());
  expect(await approve(deps, mighty, id)).toMatchObject({ kind: 'requested' });
  expect(await approve(deps, lee, id)).toMatchObject({ words: expect.stringMatching(/one alone invited/) });
  await expect(approvedInRows(id, lee)).rejects.toMatchObject(ofDatabase);
  expect(await approve(deps, kim, id)).toMatchObject({ kind: 'done' });
});

test('two of one inviter are no two, nor is whom the invited one invites alone', async () => {
  const choi = await actingAs(database.db, 'choi', 'admin');
  const [han, jin] = [await invitedBy(lee, 'han'), await invitedBy(lee, 'jin')];
  const [first, second] = [await promoted(han, 'admin', lee, choi), await promoted(jin, 'finance', lee, choi)];
  await expectOne(second, first, kim);
  const third = await promoted(await invitedBy(first, 'mo'), 'finance', first, choi);
  await expectOne(third, lee, kim);
});

test('two whom two people invited are two, of each other and of who asked for it, until one alone resets one', async () => {
  const choi = await actingAs(database.db, 'choi', 'admin');
  const [han, jin] = [await invitedByTwo('han', lee, choi), await invitedByTwo('jin', lee, choi)];
  for (const checker of [jin, lee, choi]) {
    expect(await approve(deps, checker, await liftAskedBy(han))).toMatchObject({ kind: 'done' });
    await stopLeg(database.db, stopOf('charge'));
  }
  const viewer = await promoted(jin, 'viewer', lee, choi);
  const hands = () => database.db('admin_users').where({ handle: 'jin' }).first('invited_by', 'invited_by_two');
  expect(await hands()).toEqual({ invited_by: lee.id, invited_by_two: true });
  expect((await reset(app, 'jin', { ...atServer, actor: choi, invitedBy: choi.id })).kind).toBe('done');
  expect(await hands()).toEqual({ invited_by: choi.id, invited_by_two: false });
  await acceptedAgain('jin');
  await expectOne(await promoted(viewer, 'finance', lee, choi), choi, lee);
});

test('the database takes nobody for invited by two without their request, also not by that of a role', async () => {
  const choi = await actingAs(database.db, 'choi', 'admin');
  await promoted(await invitedBy(lee, 'han'), 'finance', lee, choi);
  const han = () => database.db('admin_users').where({ handle: 'han' });
  await expect(han().update({ invited_by_two: true })).rejects.toMatchObject(ofDatabase);
  await invitedByTwo('jin', lee, choi);
  const jin = () => database.db('admin_users').where({ handle: 'jin' });
  await expect(jin().update({ invited_by: choi.id })).rejects.toMatchObject(ofDatabase);
  const anew = { invite_hash: 'x', invite_expires_at: new Date(), status: 'INVITED', password_hash: null };
  await expect(jin().update(anew)).rejects.toMatchObject(ofDatabase);
  await jin().update({ ...anew, invited_by: choi.id, invited_by_two: false });
});

test('a stop that is thrown again is not lifted by what was asked for before', async () => {
  const { db } = database;
  const asked = await liftAskedBy(kim);
  const agreed = await approvedRequest(db, { kind: 'lift', subject: 'charge' });
  expect(await give(deps, lee, stop, { about: {}, input: { ...INPUT, reason: 'another fault' } })).toMatchObject({
    ...{ kind: 'done', words: expect.stringMatching(/already/) },
  });
  expect(await approve(deps, lee, asked)).toMatchObject({ words: expect.stringMatching(/STALE/) });
  expect(await lift.carryOut(deps, { operator: 'maker', request: agreed }, INPUT)).toMatchObject({ kind: 'refused' });
  const event = { leg: 'charge', source: 'operator', action: 'lift', actor: 'operator:maker', reason: 'r' };
  await requestOf(agreed).update({ standing: 'DONE', ended_at: new Date() });
  await expect(db('stop_switch_events').insert({ ...event, request_id: agreed })).rejects.toMatchObject(ofDatabase);
  expect([await lifts(), await db('stop_switches')]).toMatchObject([[], [{ leg: 'charge', version: 2 }]]);
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('operator_requests').where({ id: agreed }).delete();
  });
  expect(await approve(deps, lee, await liftAskedBy(kim))).toMatchObject({ kind: 'done' });
  expect(await lifts()).toHaveLength(1);
});
