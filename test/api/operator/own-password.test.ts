/** An operator changes their own password by what they prove themselves with, and by nothing less. */
import { logIn } from '../../../api/operator/log-in';
import { changeOwnPassword } from '../../../api/operator/own-password';
import { hashOfToken } from '../../../api/operator/tokens';
import { useAdminSession } from '../../../db/admin-sessions';
import { insertOperator, tokenOf } from '../../fixtures/operator-accounts';
import { type BareApi, startBareApi } from '../bare-api';

let now = new Date('2026-03-02T01:00:00Z');
let api: BareApi;
beforeAll(async () => {
  api = await startBareApi({ clock: () => now });
});
beforeEach(() => {
  now = new Date(now.getTime() + 60_000);
});
afterAll(() => api.stop());

const HERE = { place: 'command', address: null } as const;
const NEXT = 'nine lamps over the desk';

async function atWork() {
  const kim = await insertOperator(api.deps, 'finance');
  const used = async (token: string) => useAdminSession(api.deps.db, { ...HERE, tokenHash: hashOfToken(token), now });
  const [here, elsewhere] = [await tokenOf(api.deps, kim, HERE), await tokenOf(api.deps, kim, HERE)];
  const operator = await used(here);
  if (!operator) throw new Error('the session is none');
  const proof = () => ({ handle: kim.handle, password: kim.password, totpCode: kim.codeAt(now) });
  const change = ({ password, totpCode } = proof(), newPassword = NEXT) =>
    changeOwnPassword(api.deps, operator, { password, totpCode, newPassword });
  return { kim, proof, change, isIn: async () => [await used(here), await used(elsewhere)].map(Boolean) };
}

test('by the password and a code the next one counts, and the operator’s other sessions end', async () => {
  const { kim, proof, change, isIn } = await atWork();
  expect(await change()).toEqual({ kind: 'done' });
  expect(await isIn()).toEqual([true, false]);
  now = new Date(now.getTime() + 60_000);
  expect(await logIn(api.deps, HERE, proof())).toBeUndefined();
  now = new Date(now.getTime() + 60_000);
  expect(await logIn(api.deps, HERE, { ...proof(), password: NEXT })).toBeDefined();
  const audited = await api.deps.db('admin_audit_logs').where({ action: 'change-password', subject: kim.handle });
  expect(audited).toMatchObject([{ actor: `operator:${kim.handle}`, outcome: 'done' }]);
});

test('a wrong password or code, and a password that everybody tries, change nothing; wrong ones lock as log-ins do', async () => {
  const { kim, proof, change, isIn } = await atWork();
  expect(await change(proof(), kim.handle)).toMatchObject({ kind: 'bad-password' });
  for (let i = 0; i < 3; i++)
    expect(await change({ ...proof(), password: 'another lamp over it' })).toEqual({ kind: 'wrong' });
  for (let i = 0; i < 2; i++) expect(await change({ ...proof(), totpCode: '000000' })).toEqual({ kind: 'wrong' });
  expect(await change()).toEqual({ kind: 'wrong' });
  expect(await isIn()).toEqual([true, true]);
});
