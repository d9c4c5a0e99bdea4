/** How somebody becomes an operator, and is one no longer. */
import { randomUUID } from 'node:crypto';
import { createAdmin, reset } from '../../../api/operator/people';
import { inviteByTwo } from '../../../api/operator/roles';
import { hashOfInvitation, hashOfToken, newInviteToken } from '../../../api/operator/tokens';
import { totpNow } from '../../../api/operator/totp';
import { disableAdminUser, findInvited } from '../../../db/admin-users';
import { approvedRequest } from '../../fixtures/requests';
import { withoutEngine } from '../../fixtures/without-engine';
import { type BareApi, type LoggedInOperator, startBareApi } from '../bare-api';

const HOUR_MS = 3_600_000;
let now = new Date('2026-03-02T01:00:00Z');
let api: BareApi;
let admin: LoggedInOperator;
beforeAll(async () => {
  api = await startBareApi({ clock: () => now });
});
beforeEach(async () => {
  admin = await api.operator('admin');
});
afterAll(() => api.stop());

const PASSWORD = 'four lamps over the desk';
let n = 0;
const invited = async (more: object = {}) => {
  const handle = `lee.${++n}`;
  const { status, body } = await admin.call('POST', '/v1/admin/invitations', { handle, role: 'support', ...more });
  expect(status).toBe(201);
  return { handle, token: String(body.token) };
};
const look = (token: string) => api.call('POST', '/v1/admin/invitations/look', { token });
const accept = async (token: string, secret: string, password = PASSWORD) =>
  api.call('POST', '/v1/admin/invitations/accept', { token, password, totpCode: totpNow(secret, now) });

test('whoever is invited sets up an authenticator and a password, and logs in with the role that was given', async () => {
  const { handle, token } = await invited();
  const shown = await look(token);
  expect(shown.body).toMatchObject({ handle, uri: expect.stringContaining(`otpauth://totp/PLIC:${handle}?secret=`) });
  expect((await look(token)).body).toEqual(shown.body);
  expect((await accept(token, String(shown.body.secret))).status).toBe(204);
  const totpCode = totpNow(String(shown.body.secret), now);
  const logIn = () => api.call('POST', '/v1/admin/sessions', { handle, password: PASSWORD, totpCode });
  expect((await logIn()).status).toBe(401); // the code of the acceptance has counted
  now = new Date(now.getTime() + 60_000);
  const again = { handle, password: PASSWORD, totpCode: totpNow(String(shown.body.secret), now) };
  expect((await api.call('POST', '/v1/admin/sessions', again)).body).toMatchObject({ operator: { role: 'support' } });
});

test('an invitation counts once, of two at once too; a wrong code or a weak password leaves it', async () => {
  const { handle, token } = await invited();
  const secret = String((await look(token)).body.secret);
  const wrong = await api.call('POST', '/v1/admin/invitations/accept', {
    token,
    password: PASSWORD,
    totpCode: '000000',
  });
  expect(wrong).toMatchObject({ status: 422, body: { code: 'invalid-code' } });
  for (const weak of ['short', 'password12345'])
    expect((await accept(token, secret, weak)).body).toMatchObject({ code: 'invalid-request' });
  const both = await Promise.all([accept(token, secret), accept(token, secret)]);
  expect(both.map(({ status }) => status).sort()).toEqual([204, 401]);
  expect((await look(token)).status).toBe(401);
  const taken = await admin.call('POST', '/v1/admin/invitations', { handle, role: 'admin', reason: 'r' });
  expect(taken).toMatchObject({ status: 409, body: { code: 'handle-taken' } });
});

test('an invitation is over after three days, and when another one takes its place', async () => {
  const { handle, token } = await invited();
  const first = String((await look(token)).body.secret);
  const second = await admin.call('POST', '/v1/admin/invitations', { handle, role: 'viewer' });
  expect((await look(token)).status).toBe(401);
  const anew = String((await look(String(second.body.token))).body.secret);
  expect(anew).not.toBe(first);
  now = new Date(now.getTime() + 72 * HOUR_MS);
  expect((await accept(String(second.body.token), anew)).status).toBe(401);
});

test('who is disabled is an operator no longer, and nobody takes their handle', async () => {
  const kim = await api.operator('risk');
  const path = `/v1/admin/operators/${kim.handle}/disable`;
  expect((await admin.call('POST', path, {})).status).toBe(422);
  expect((await admin.call('POST', path, { reason: 'has left' })).status).toBe(204);
  expect((await kim.call('GET', '/v1/admin/me')).status).toBe(401);
  expect((await admin.call('POST', path, { reason: 'again' })).status).toBe(404);
  const taken = await admin.call('POST', '/v1/admin/invitations', { handle: kim.handle, role: 'risk' });
  expect(taken.body).toMatchObject({ code: 'handle-taken' });
  const [row] = await api.deps.db('admin_users').where({ handle: kim.handle });
  expect([row.password_hash, row.totp_secret_encrypted]).toEqual([null, null]);
});

test('neither password, secret nor token of an operator is in the clear in any row', async () => {
  const { token } = await invited();
  const secret = String((await look(token)).body.secret);
  await accept(token, secret);
  const rows = JSON.stringify([
    await api.deps.db('admin_users'),
    await api.deps.db('admin_sessions'),
    await api.deps.db('admin_audit_logs'),
  ]);
  for (const plain of [token, secret, PASSWORD, admin.token]) expect(rows).not.toContain(plain);
});

test('who is invited to move money, and who gets another role, two admins say; before, a token opens nothing, and neither has it whole', async () => {
  const second = await api.operator('admin');
  const order = (by: LoggedInOperator, path: string, body: object = {}) =>
    by.call('POST', `/v1/admin/${path}`, body, { 'idempotency-key': randomUUID() });
  const handle = `lee.${++n}`;
  const given = { handle, role: 'finance', reason: 'ticket 17' };
  expect((await admin.call('POST', '/v1/admin/invitations', { ...given, reason: undefined })).status).toBe(422);
  const { status, body } = await admin.call('POST', '/v1/admin/invitations', given);
  expect(status).toBe(202);
  expect((await look(String(body.token))).status).toBe(401);
  const shown = await second.call('GET', `/v1/admin/requests/${body.requestId}`);
  expect(shown.body).toMatchObject({
    kind: 'invite',
    subject: handle,
    input: { role: 'finance' },
    standing: 'PENDING',
  });
  expect(shown.body.input).not.toHaveProperty('inviteHash');
  expect((await order(admin, `requests/${body.requestId}/approve`)).status).toBe(409);
  const approved = await order(second, `requests/${body.requestId}/approve`);
  expect(approved.status).toBe(200);
  const [first, other] = [String(body.token), String(approved.body.token)];
  for (const half of [first, other, `${other}.${first}`, `${first}.${first}`])
    expect(await findInvited(api.deps.db, hashOfInvitation(half), now)).toBeUndefined(); // neither is who was invited
  const kept = JSON.stringify([
    await api.deps.db('admin_users'),
    await api.deps.db('operator_requests'),
    await api.deps.db('admin_audit_logs'),
  ]);
  expect([kept.includes(first), kept.includes(other)]).toEqual([false, false]);
  const secret = String((await look(`${first}.${other}`)).body.secret);
  expect((await accept(`${first}.${other}`, secret)).status).toBe(204);
  const role = await order(admin, `operators/${second.handle}/role`, { role: 'viewer', reason: 'ticket 18' });
  expect(role).toMatchObject({ status: 202, body: { outcome: 'requested' } });
  const third = await api.operator('admin');
  expect((await order(third, `requests/${role.body.requestId}/approve`)).status).toBe(200);
  expect((await second.call('GET', '/v1/admin/me')).body).toMatchObject({ role: 'viewer' });
});

/** All of them are disabled, and there never was another. */
async function noAdmin(): Promise<void> {
  const handles: string[] = await api.deps.db('admin_users').where({ role: 'admin' }).pluck('handle');
  await api.deps.db.transaction(async (trx) => {
    for (const handle of handles) await disableAdminUser(trx, handle, now);
    await trx('admin_users').where({ role: 'admin' }).update({ role: 'viewer' });
  });
}

test('a command makes the first admin and the second, and no third', async () => {
  await noAdmin();
  const by = { actor: { actor: 'server:root' }, now };
  const made = await Promise.all(['one', 'two', 'three'].map((handle) => createAdmin(api.deps.db, handle, by)));
  expect(made.map(({ kind }) => kind).sort()).toEqual(['done', 'done', 'refused']);
});

test('while no admin has accepted the command replaces a lost token; then it does not, and a name of before is refused in words', async () => {
  await noAdmin();
  const make = (handle: string) => createAdmin(api.deps.db, handle, { actor: { actor: 'server:root' }, now });
  const words = /is, or was, an operator: choose another handle/;
  expect(await make(admin.handle)).toMatchObject({ kind: 'refused', words: expect.stringMatching(words) });
  const lost = await make('first');
  await make('second');
  expect(await make('third')).toMatchObject({ kind: 'refused' });
  const anew = await make('first');
  if (lost.kind !== 'done' || anew.kind !== 'done') throw new Error('nobody was invited');
  expect((await look(lost.token)).status).toBe(401);
  const secret = String((await look(anew.token)).body.secret);
  expect((await accept(anew.token, secret)).status).toBe(204);
  expect(await make('second')).toMatchObject({ kind: 'refused' });
});

test('the audit is read by those who may, and exported as a table in which no text is worked out', async () => {
  const { call } = await api.operator('auditor');
  const kim = await api.operator('risk');
  const boss = await api.operator('admin');
  await boss.call('POST', `/v1/admin/operators/${kim.handle}/disable`, { reason: '=HYPERLINK("x") "quoted"' });
  const { body } = await call('GET', `/v1/admin/audit?subject=${kim.handle}&action=disable`);
  expect(body.items).toMatchObject([{ actor: `operator:${boss.handle}`, role: 'admin', via: 'api', outcome: 'done' }]);
  const answer = await fetch(`${api.url}/v1/admin/audit.csv?action=disable&subject=${kim.handle}`, {
    headers: { authorization: `Bearer ${(await api.operator('auditor')).token}` },
  });
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(await answer.text()).toContain(`"'=HYPERLINK(""x"") ""quoted"""`);
});

test('who has lost their authenticator is out, is invited anew with the role that they had, and everybody is told', async () => {
  const { db } = api.deps;
  const kim = await api.operator('risk');
  const by = { ...{ actor: { actor: 'operator:lee' }, invitedBy: admin.id, now }, reason: 'the phone is lost' };
  const made = await reset(db, kim.handle, by);
  if (made.kind !== 'done') throw new Error(made.words);
  expect((await kim.call('GET', '/v1/admin/me')).status).toBe(401);
  const before = { handle: kim.handle, password: kim.password, totpCode: kim.codeAt(now) };
  expect((await api.call('POST', '/v1/admin/sessions', before)).status).toBe(401);
  const secret = String((await look(made.token)).body.secret);
  expect((await accept(made.token, secret)).status).toBe(204);
  now = new Date(now.getTime() + 60_000);
  const again = { handle: kim.handle, password: PASSWORD, totpCode: totpNow(secret, now) };
  const entered = await api.call('POST', '/v1/admin/sessions', again);
  expect(entered.body).toMatchObject({ operator: { handle: kim.handle, role: 'risk' } });
  const task = await db('operator_tasks').where({ reason: 'break-glass-used', closed_at: null }).first();
  expect(task.detail).toContain(`operator:lee, for ${kim.handle}: the phone is lost`);
  const audited = await db('admin_audit_logs').where({ action: 'reset-authenticator', subject: kim.handle });
  expect(audited).toMatchObject([{ actor: 'operator:lee', reason: 'the phone is lost', outcome: 'done' }]);
});

test('who holds a role of two people gets a new authenticator by two: one alone could act in their name', async () => {
  const { db } = api.deps;
  const kim = await api.operator('finance');
  const by = { ...{ actor: { actor: 'operator:lee' }, invitedBy: admin.id, now }, reason: 'the phone is lost' };
  expect(await reset(db, kim.handle, by)).toMatchObject({
    kind: 'refused',
    words: expect.stringMatching(/two people/),
  });
  expect((await kim.call('GET', '/v1/admin/me')).status).toBe(200);
  const token = newInviteToken();
  const input = { role: 'finance', inviteHash: hashOfToken(token), reason: 'the phone is lost' } as const;
  const about = { operator: 'lee', handle: kim.handle };
  expect(await inviteByTwo.judge?.(db, about, { ...input, role: 'admin' })).toMatchObject({ kind: 'refused' });
  expect(await inviteByTwo.judge?.(db, about, input)).toBeUndefined();
  const deps = withoutEngine(db);
  expect(await inviteByTwo.carryOut(deps, about, input)).toMatchObject({ kind: 'refused' });
  const request = await approvedRequest(db, { kind: 'invite', subject: kim.handle, input });
  const done = await inviteByTwo.carryOut(deps, { ...about, request }, input);
  const whole = `${token}.${done.kind === 'done' ? done.token : ''}`;
  expect((await kim.call('GET', '/v1/admin/me')).status).toBe(401);
  const secret = String((await look(whole)).body.secret);
  expect((await accept(whole, secret)).status).toBe(204);
});

test('at the server a new authenticator is given to an admin alone, and to nobody who was disabled', async () => {
  const { db } = api.deps;
  const atServer = { ...{ actor: { actor: 'server:root' }, invitedBy: null, now }, reason: 'nobody can log in' };
  const kim = await api.operator('finance');
  expect(await reset(db, kim.handle, atServer)).toMatchObject({ kind: 'refused' });
  expect((await kim.call('GET', '/v1/admin/me')).status).toBe(200);
  const second = await api.operator('admin');
  expect((await reset(db, second.handle, atServer)).kind).toBe('done');
  await db.transaction((trx) => disableAdminUser(trx, second.handle, now));
  expect((await reset(db, second.handle, atServer)).kind).toBe('refused');
});
