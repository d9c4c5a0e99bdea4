/** Operators at the command line: nobody acts there by a name alone. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { totpNow } from '../../api/operator/totp';
import { loggedIn, operatorCommand } from '../fixtures/commands';
import { type House, startHouse } from '../servers/house';

let house: House;
let dir: string;
let env: Record<string, string>;
beforeAll(async () => {
  house = await startHouse();
  dir = mkdtempSync(join(tmpdir(), 'plic-log-in-'));
  env = { ...house.env, PLIC_OPERATOR_SESSION: join(dir, 'session') } as Record<string, string>;
});
afterAll(() => house.stop());

const operator = (...args: string[]) => operatorCommand('operator', { env }, ...args);
const written = (name: string, text: string): string => {
  const file = join(dir, name);
  writeFileSync(file, `${text}\n`);
  return file;
};
const NOBODY = /nobody is logged in here, .*"npm run operator -- login <handle>"\n$/;

test('without a log-in nothing is shown and nothing is done', async () => {
  for (const args of [['stuck'], ['stop', 'charge', '--reason', 'r']])
    expect(await operatorCommand('deal', { env }, ...args)).toEqual({ code: 1, text: expect.stringMatching(NOBODY) });
  expect(await house.db('stop_switches')).toEqual([]);
});

test('the first admin is made at the server, accepts, logs in, acts under their name, and logs out', async () => {
  const made = await operator('create-admin', 'park');
  const token = made.text.trim().split('\n').at(-1) ?? '';
  const password = written('password', 'six lamps over the desk');
  const tokenFile = written('token', token);
  const shown = await operator('accept', '--token-file', tokenFile, '--password-file', password, '--code', '000000');
  const secret = shown.text.match(/authenticator of park: (\w+)/)?.[1] ?? '';
  const code = (stepsAhead: number) => totpNow(secret, new Date(Date.now() + stepsAhead * 30_000));
  const first = code(0);
  const accepted = ['accept', '--token-file', tokenFile, '--password-file', password, '--code', first];
  expect((await operator(...accepted)).text).toContain('park is an operator');
  expect((await operator(...accepted)).code).toBe(1);
  const used = await operator('login', 'park', '--password-file', password, '--code', first);
  expect(used).toMatchObject({ code: 1, text: expect.stringContaining('handle, password or code is wrong') });
  const entered = await operator('login', 'park', '--password-file', password, '--code', code(1));
  expect(entered).toEqual({ code: 0, text: 'park (admin) is logged in here\n' });
  expect(statSync(env.PLIC_OPERATOR_SESSION as string).mode & 0o777).toBe(0o600);
  expect((await operator('whoami')).text).toContain('park (admin)');
  expect((await operatorCommand('deal', { env }, 'stop', 'charge', '--reason', 'r')).code).toBe(0);
  expect(await house.db('stop_switches').pluck('actor')).toEqual(['operator:park']);
  const kept = readFileSync(env.PLIC_OPERATOR_SESSION as string, 'utf8');
  expect((await operator('logout')).text).toBe('park is logged out\n');
  writeFileSync(env.PLIC_OPERATOR_SESSION as string, kept); // a stolen copy
  expect((await operator('whoami')).text).toMatch(NOBODY);
});

test('at the server an admin whose authenticator is lost is invited anew, by nobody who has logged in', async () => {
  const lost = await operator('reset-authenticator', 'park', '--reason', 'the phone is lost');
  expect(lost).toMatchObject({ code: 0, text: expect.stringMatching(/^park is invited until .*\n\S+\n$/) });
  const status = await house.db('admin_users').where({ handle: 'park' }).first('status');
  expect(status).toEqual({ status: 'INVITED' });
  const none = await operator('reset-authenticator', 'nobody', '--reason', 'the phone is lost');
  expect(none).toMatchObject({ code: 1, text: expect.stringContaining('there is no admin nobody') });
});

test('a role that lacks the right is told which', async () => {
  const session = await loggedIn(house.env.DATABASE_URL as string, 'choi', 'viewer');
  const said = await operatorCommand(
    'deal',
    { env: { ...env, PLIC_OPERATOR_SESSION: session } },
    ...['lift', 'charge', '--reason', 'r'],
  );
  expect(said).toMatchObject({ code: 1, text: expect.stringContaining('lacks the right stops.lift') });
});

test('broken glass shows and stops, asks for a lift and lifts nothing, and is told to everybody', async () => {
  await house.db('stop_switches').delete();
  const broken = await operator('break-glass', '--reason', 'nobody can log in');
  expect(broken).toMatchObject({ code: 0, text: expect.stringContaining('every operator is told') });
  const glass = (...args: string[]) => operatorCommand('deal', { env }, ...args);
  expect((await glass('stop', 'transfer', '--reason', 'r')).code).toBe(0);
  expect((await glass('stuck')).text).toContain('break-glass-used');
  expect(await glass('lift', 'transfer', '--reason', 'r')).toMatchObject({
    ...{ code: 0, text: expect.stringMatching(/request .* made: two operators approve it/) },
  });
  expect((await house.db('stop_switches')).length).toBe(1);
  const [{ actor, role }] = await house
    .db('admin_audit_logs')
    .where({ action: 'stop' })
    .orderBy('seq', 'desc')
    .limit(1);
  expect([actor, role]).toEqual([expect.stringMatching(/^operator:break-glass:\w+$/), 'break-glass']);
});
