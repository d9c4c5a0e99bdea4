/** Data keys are rotated while deals run: every record opens, nobody notices, and the keys of before are ended. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { retireDataKeys } from '../../api/operator/data-keys';
import { countByDataKey, SECRETS } from '../../db/ciphertexts';
import { placeOf } from '../../db/encrypted-columns';
import { loggedIn, operatorCommand } from '../fixtures/commands';
import { keysOf } from '../fixtures/keys';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { compiled } from '../servers/programs';

let house: House;
beforeAll(async () => {
  house = await startHouse();
  // The operator of the commands, whose secret is a real one here.
  await loggedIn(house.env.DATABASE_URL ?? '');
  const keys = await keysOf(house);
  for (const id of await house.db('admin_users').pluck('id')) {
    const sealed = await keys.encrypt('secret', placeOf('totpSecret', id));
    await house.db('admin_users').where({ id }).update({ totp_secret_encrypted: sealed });
  }
});
afterAll(() => house.stop());

const command = (...args: string[]) => operatorCommand('keys', house, ...args);
const afterTwoHours = () => new Date(Date.now() + 2 * 3_600_000 + 60_000);

/** Every data key that something is under. */
async function keysInUse(): Promise<string[]> {
  const counts = await Promise.all(SECRETS.map((secret) => countByDataKey(house.db, secret)));
  return [...new Set(counts.flatMap((count) => [...count.keys()]))];
}

async function expectAllOpen(): Promise<void> {
  const keys = await keysOf(house);
  for (const secret of SECRETS) {
    const { table, column } = placeOf(secret, '');
    for (const row of await house.db(table).whereNotNull(column)) {
      const name = row.id ?? `${row.user_id}:${row.key}`;
      await keys.decrypt(row[column], placeOf(secret, name));
    }
  }
}

test('a rotation that is killed goes on where it was, and begins nothing anew', async () => {
  const { payer } = await prepareDeal(house);
  const [last] = await house.db('users').orderBy('id', 'desc').limit(1).select('id');
  const holding = await house.db.transaction();
  await holding('users').where({ id: last.id }).forUpdate();
  const session = await loggedIn(house.env.DATABASE_URL ?? '');
  let said = '';
  const child = spawn(process.execPath, [compiled('workers/commands/keys.ts'), 'rotate-data'], {
    env: { PATH: process.env.PATH, ...house.env, PLIC_OPERATOR_SESSION: session },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await poll(
    async () => said,
    (text) => text.includes('deals.memo_encrypted'),
    { what: 'some columns are done' },
  );
  child.kill('SIGKILL');
  await ended;
  await holding.rollback();
  const [, since = ''] = said.match(/--since (\S+)"/) ?? [];
  const again = await command('rotate-data', '--since', since);
  expect(again).toMatchObject({
    code: 0,
    text: expect.stringMatching(/deals\.memo_encrypted: \d+ seen, 0 encrypted anew/),
  });
  // The statement that waited for the lock may have been carried out; the columns after it were not begun.
  expect(again.text).toMatch(/users\.name_encrypted: \d+ seen, [1-9]/);
  await expectAllOpen();
  expect((await payer.call('GET', '/v1/users/me')).status).toBe(200);
});

test('a memo is frozen still: only who encrypts anew may change its ciphertext, and no wish of the payer with it', async () => {
  const { id } = await prepareDeal(house);
  const deal = () => house.db('deals').where({ id });
  const keys = await keysOf(house);
  const other = await keys.encrypt(randomUUID(), placeOf('memo', id));
  await expect(deal().update({ memo_encrypted: other })).rejects.toMatchObject({ code: 'PL001' });
  const anew = house.db.transaction(async (trx) => {
    await trx.raw("set local plic.encrypts_anew = 'on'");
    await trx('deals').where({ id }).update({ memo_encrypted: other, memo_changed: true });
  });
  await expect(anew).rejects.toMatchObject({ code: 'PL001' });
});

test('a time that is none, and a word that is none, open nothing', async () => {
  const said = (...args: string[]) => operatorCommand('keys', { env: {} }, ...args);
  expect(await said('rotate-data', '--since', 'noon')).toMatchObject({
    code: 1,
    text: expect.stringContaining('no time'),
  });
  expect(await said('retire-everything')).toMatchObject({ code: 1, text: expect.stringContaining('unknown') });
});

test('deals that run while every field is encrypted anew end well, and only then the keys of before are retired', async () => {
  const first = await prepareDeal(house);
  const before = await keysInUse();
  const confirming = [first, await prepareDeal(house), await prepareDeal(house)].map(beginConfirm);
  const said = await command('rotate-data');
  expect(said).toMatchObject({
    code: 0,
    text: expect.stringMatching(/deals\.memo_encrypted: (\d+) seen, \1 encrypted anew/),
  });
  for (const { status } of await Promise.all(confirming)) expect(status).toBe(200);
  await poll(
    () => house.db('deals').pluck('status'),
    (all) => all.filter((status) => status === 'COMPLETED').length === 3,
    { what: 'they are completed' },
  );
  expect((await command('rotate-data')).code).toBe(0); // what the house wrote under its own last key meanwhile
  await expectAllOpen();
  expect((await keysInUse()).filter((id) => before.includes(id))).toEqual([]);
  expect((await command('retire-data')).text).toContain('0 data keys are retired'); // nobody waited two hours
  expect((await retireDataKeys(house, afterTwoHours())).retired).toBeGreaterThan(0);
  const gone = await house.db('data_keys').whereIn('id', before).pluck('wrapped');
  expect(gone).toEqual(before.map(() => null));
  await expectAllOpen();
  expect((await command('status')).text).toMatch(/field +file:/);
});
