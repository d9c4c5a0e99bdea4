/** Operators log in with a password and a code, and stay in only while they are operators who are at work. */
import { logIn } from '../../../api/operator/log-in';
import { hashOfToken } from '../../../api/operator/tokens';
import { useAdminSession } from '../../../db/admin-sessions';
import { changeAdminRole, disableAdminUser } from '../../../db/admin-users';
import { finishRequest } from '../../../db/operator-requests';
import { insertOperator, type TestOperator, tokenOf } from '../../fixtures/operator-accounts';
import { approvedRequest } from '../../fixtures/requests';
import { type BareApi, startBareApi } from '../bare-api';

const MINUTE_MS = 60_000;
let now = new Date('2026-03-02T01:00:00Z');
const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * MINUTE_MS);
};

let api: BareApi;
let kim: TestOperator;
beforeAll(async () => {
  api = await startBareApi({ clock: () => now });
});
beforeEach(async () => {
  kim = await insertOperator(api.deps, 'finance');
});
afterEach(() => later(60));
afterAll(() => api.stop());

const HERE = { place: 'api', address: '203.0.113.7' } as const;
const proofOf = ({ handle, password, codeAt }: TestOperator) => ({ handle, password, totpCode: codeAt(now) });
const wrong = () => ({ ...proofOf(kim), password: 'another lamp over it' });
const tries = async (n: number, given = wrong, from: Parameters<typeof logIn>[1] = HERE) => {
  for (let i = 0; i < n; i++) expect(await logIn(api.deps, from, given())).toBeUndefined();
};
const isIn = async (token: string, place: 'api' | 'command' = 'api', address: string | null = HERE.address) =>
  (await useAdminSession(api.deps.db, { tokenHash: hashOfToken(token), place, address, now })) !== undefined;

test('the right password and code open a session that says who one is; logged out, its token opens nothing', async () => {
  const opened = await api.call('POST', '/v1/admin/sessions', proofOf(kim));
  expect(opened).toMatchObject({ status: 201, body: { operator: { handle: kim.handle, role: 'finance' } } });
  const headers = { authorization: `Bearer ${opened.body.token}` };
  expect((await api.call('GET', '/v1/admin/me', undefined, headers)).body).toEqual(opened.body.operator);
  expect((await api.call('DELETE', '/v1/admin/sessions/current', undefined, headers)).status).toBe(204);
  expect((await api.call('GET', '/v1/admin/me', undefined, headers)).status).toBe(401);
  const [session] = await api.deps.db('admin_sessions').where({ operator_id: kim.id });
  expect(JSON.stringify(session)).not.toContain(opened.body.token);
});

test('a refusal is the same whatever was wrong', async () => {
  const answers = [];
  for (const mistake of [{ handle: 'nobody' }, { password: 'another lamp over it' }, { totpCode: '000000' }]) {
    const { status, body } = await api.call('POST', '/v1/admin/sessions', { ...proofOf(kim), ...mistake });
    answers.push({ ...body, requestId: '', status });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 401, code: 'unauthenticated' });
});

test('a refusal asks for as much, and writes as much, whether there is such an operator', async () => {
  const { db, keys } = api.deps;
  const asked: string[] = [];
  db.on('query', ({ sql }: { sql: string }) => void asked.push(sql));
  const decrypt: typeof keys.decrypt = (...given) => {
    asked.push('decrypt');
    return keys.decrypt(...given);
  };
  const deps = { ...api.deps, keys: { ...keys, decrypt } };
  const workOf = async (handle: string) => {
    asked.length = 0;
    expect(await logIn(deps, HERE, { ...wrong(), handle })).toBeUndefined();
    return [...asked];
  };
  const ofKim = await workOf(kim.handle);
  expect(ofKim).toHaveLength(4); // who it is, the count of tries, the secret, the audit
  expect(await workOf('nobody')).toEqual(ofKim);
  const [entry] = await db('admin_audit_logs').orderBy('seq', 'desc').limit(1);
  expect(entry).toMatchObject({ actor: 'nobody', action: 'log-in', subject: null, outcome: 'refused' });
});

test('a code counts once, also of two who send it at once; one of a minute ago, or of a minute ahead, is none', async () => {
  const both = await Promise.all([logIn(api.deps, HERE, proofOf(kim)), logIn(api.deps, HERE, proofOf(kim))]);
  expect(both.filter((opened) => opened !== undefined)).toHaveLength(1);
  expect(await logIn(api.deps, HERE, proofOf(kim))).toBeUndefined();
  for (const minutes of [-1, 1]) {
    const totpCode = kim.codeAt(new Date(now.getTime() + minutes * MINUTE_MS));
    expect(await logIn(api.deps, HERE, { ...proofOf(kim), totpCode })).toBeUndefined();
  }
  later(0.5);
  expect(await logIn(api.deps, HERE, proofOf(kim))).toBeDefined();
});

test('after five wrong tries nothing is heard for a minute, then for twice as long each time, at most an hour', async () => {
  await tries(5);
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    later(minutes - 0.1);
    expect(await logIn(api.deps, HERE, proofOf(kim))).toBeUndefined();
    later(0.2);
    await tries(1);
  }
  later(61);
  expect(await logIn(api.deps, HERE, proofOf(kim))).toBeDefined();
  later(1);
  await tries(4);
  expect(await logIn(api.deps, HERE, proofOf(kim))).toBeDefined();
});

test('tries at once are counted one by one', async () => {
  await Promise.all(Array.from({ length: 8 }, () => logIn(api.deps, HERE, wrong())));
  expect(await logIn(api.deps, HERE, proofOf(kim))).toBeUndefined();
});

test('who guesses from elsewhere locks the operator out neither here nor at the command line', async () => {
  await tries(9, wrong, { ...HERE, address: '198.51.100.1' });
  expect(await logIn(api.deps, HERE, proofOf(kim))).toBeDefined();
  later(1);
  expect(await logIn(api.deps, { place: 'command', address: null }, proofOf(kim))).toBeDefined();
});

test('a session of the API is none at the command line, and the other way round', async () => {
  const ofTheApi = await tokenOf(api.deps, kim, HERE);
  const ofTheCommand = await tokenOf(api.deps, kim, { place: 'command', address: null });
  expect([await isIn(ofTheApi), await isIn(ofTheCommand, 'command', null)]).toEqual([true, true]);
  expect([await isIn(ofTheApi, 'command', null), await isIn(ofTheCommand)]).toEqual([false, false]);
});

test('a session ends when it was not used for 15 minutes, and after 12 hours whatever happens', async () => {
  const token = await tokenOf(api.deps, kim, HERE);
  for (let quarter = 0; quarter < 50; quarter++) {
    later(14.4);
    expect({ quarter, isIn: await isIn(token) }).toEqual({ quarter, isIn: quarter < 49 });
  }
  const idle = await tokenOf(api.deps, kim, HERE);
  later(15);
  expect(await isIn(idle)).toBe(false);
});

test('whoever is disabled is out at once, and what is taken from a role is taken at once', async () => {
  const { token, call } = await api.operator('finance');
  expect((await call('GET', '/v1/admin/me')).body.rights).toContain('money.rule');
  const [{ handle }] = await api.deps
    .db('admin_users')
    .join('admin_sessions', 'operator_id', 'admin_users.id')
    .where({ token_hash: hashOfToken(token) })
    .select('handle');
  const request = await approvedRequest(api.deps.db, { kind: 'role', subject: handle });
  await api.deps.db.transaction(async (trx) => {
    await finishRequest(trx, request);
    await changeAdminRole(trx, { handle, role: 'viewer', request });
  });
  expect((await call('GET', '/v1/admin/me')).body.rights).not.toContain('money.rule');
  expect(await api.deps.db.transaction((trx) => disableAdminUser(trx, handle, now))).toBe(true);
  expect((await call('GET', '/v1/admin/me')).status).toBe(401);
});

test('with a list of addresses neither a log-in nor a session is heard from elsewhere, and strangers’ tries do not count', async () => {
  await api.deps
    .db('admin_users')
    .where({ id: kim.id })
    .update({ allowed_addresses: ['203.0.113.0/24'] });
  const elsewhere = { ...HERE, address: '198.51.100.1' };
  await tries(9, () => proofOf(kim), elsewhere);
  expect(await api.deps.db('admin_log_in_tries').where({ operator_id: kim.id })).toEqual([]);
  const opened = await logIn(api.deps, HERE, proofOf(kim));
  expect(await isIn(String(opened?.token))).toBe(true);
  expect(await isIn(String(opened?.token), 'api', elsewhere.address)).toBe(false);
});

test('log-ins, right and wrong, are in the audit', async () => {
  await tries(1);
  await logIn(api.deps, HERE, proofOf(kim));
  const entries = await api.deps.db('admin_audit_logs').where({ subject: kim.handle }).orderBy('seq');
  expect(entries.map(({ action, outcome, address }) => [action, outcome, address])).toEqual([
    ['log-in', 'refused', HERE.address],
    ['log-in', 'done', HERE.address],
  ]);
});
