/** Nobody becomes their own second person: by a new authenticator in between, or by making admins at the server. */
import { give } from '../../../api/operator/give';
import type { OperatorDeps } from '../../../api/operator/order';
import { createAdmin, reset } from '../../../api/operator/people';
import { approve } from '../../../api/operator/requests';
import { changeRole } from '../../../api/operator/roles';
import { disableAdminUser } from '../../../db/admin-users';
import { actingAs } from '../../fixtures/operator-accounts';
import { SEALED } from '../../fixtures/rows';
import { withoutEngine } from '../../fixtures/without-engine';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
let deps: OperatorDeps;
beforeEach(async () => {
  database = await testDatabase();
  deps = withoutEngine(database.db);
});
afterEach(() => database.drop());

test('a role that was asked for is not given to who has got a new authenticator since', async () => {
  const { db } = database;
  const [kim, lee] = [await actingAs(db, 'kim', 'admin'), await actingAs(db, 'lee', 'admin')];
  await actingAs(db, 'bob', 'viewer');
  const input = { role: 'finance', reason: 'ticket 17' } as const;
  const answer = await give(deps, kim, changeRole, { about: { handle: 'bob' }, input });
  if (answer.kind !== 'requested') throw new Error(answer.words);
  const by = { actor: kim, invitedBy: kim.id, now: new Date(), reason: 'the phone is lost' };
  expect(await reset(db, 'bob', by)).toMatchObject({ kind: 'done' });
  const accepted = { status: 'ACTIVE', password_hash: '-', totp_secret_encrypted: SEALED };
  await db('admin_users')
    .where({ handle: 'bob' })
    .update({ ...accepted, invite_hash: null, invite_expires_at: null })
    .increment('version');
  expect(await approve(deps, lee, answer.requestId)).toMatchObject({ words: expect.stringMatching(/STALE.*changed/) });
  expect(await db('admin_users').where({ handle: 'bob' }).first('role')).toEqual({ role: 'viewer' });
});

test('who disables the other admin makes none at the server; when none is left one is made, and everybody is told', async () => {
  const { db } = database;
  const by = { actor: { actor: 'server:root' }, now: new Date() };
  await actingAs(db, 'kim', 'admin');
  await actingAs(db, 'lee', 'admin');
  const end = (handle: string) => db.transaction((trx) => disableAdminUser(trx, handle, by.now));
  await end('lee');
  expect(await createAdmin(db, 'park', by)).toMatchObject({ kind: 'refused' });
  await end('kim');
  expect(await createAdmin(db, 'park', by)).toMatchObject({ kind: 'done' });
  const task = await db('operator_tasks').where({ reason: 'break-glass-used', closed_at: null }).first();
  expect(task.detail).toContain('server:root, park is invited to be an admin');
});
