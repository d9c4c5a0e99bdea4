/**
 * The key of look-up hashes is changed while members come and pay: whoever could get in can, nothing becomes two
 * people's, and the key before is ended only when nothing needs it.
 */
import { spawn } from 'node:child_process';
import { join as pathOf } from 'node:path';
import { retireHashKey, rotateHashKey } from '../../api/operator/hash-keys';
import { placeOf } from '../../db/encrypted-columns';
import { beginRotation, hashedUnder, hashKeysInUse } from '../../db/hash-rotation';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll } from '../../db/invariants/invariant';
import { openMasterFile } from '../../infra/keys/master-file';
import { loggedIn, operatorCommand } from '../fixtures/commands';
import { DEVICE_COLUMNS } from '../fixtures/device';
import { atTheDoor, type Joined, somebody } from '../fixtures/hash-keys';
import { keysOf } from '../fixtures/keys';
import { poll } from '../fixtures/poll';
import { insertDeal } from '../fixtures/rows';
import { type House, startHouse } from '../servers/house';
import { compiled } from '../servers/programs';

let house: House;
let door: Awaited<ReturnType<typeof atTheDoor>>;
beforeEach(async () => {
  house = await startHouse();
  door = await atTheDoor(house);
});
afterEach(async () => {
  door.close();
  await house.stop();
});

const command = (...args: string[]) => operatorCommand('keys', house, ...args);
const deps = async () => ({ db: house.db, keys: await keysOf(house) });
const quietly = { progress: () => undefined };
const begin = async () => {
  const { keys } = await deps();
  await beginRotation(house.db, (id) => keys.makeHashKey(placeOf('hashKey', `${id}`)));
};
const rowsUnder = async (key: number) =>
  Object.fromEntries((await hashedUnder(house.db, [key])).map(({ column, rows }) => [column, rows]));
const NONE = {
  ...{ 'users.phone_hash': 0, 'users.email_hash': 0, 'risk_decisions.phone_hash': 0 },
  ...{ 'cards.billing_key_hash': 0, 'bank_accounts.account_hash': 0 },
};

async function expectLawful(): Promise<void> {
  const laws = INVARIANTS.filter(({ id }) => id === 'I13');
  const { findings, unchecked } = await examineAll(house.db, laws, { now: new Date(), stuckAfterS: 60 });
  expect([findings.filter(({ total }) => total > 0), unchecked]).toEqual([[], []]);
}

async function expectAllGetIn(members: readonly Joined[]): Promise<void> {
  for (const { email } of members) expect((await door.logIn(email)).status).toBe(200);
}

/** Each has what they have, and nobody else gets it. */
async function expectOnlyOnes(members: readonly Joined[], stranger: Joined): Promise<void> {
  for (const { phone, email, token, billingKey, cardId, accountNumber, recipientId } of members) {
    const [ofPhone, ofEmail] = [await door.signUp(somebody({ phone })), await door.signUp(somebody({ email }))];
    expect([ofPhone.body.taken, ofEmail.body.taken]).toEqual(['phone', 'email']);
    expect((await door.addCard(stranger.token, billingKey)).body.code).toBe('card-of-another');
    expect((await door.addCard(token, billingKey)).body.id).toBe(cardId);
    expect((await door.addRecipient(token, accountNumber)).body.id).toBe(recipientId);
  }
}

test("nothing becomes two people's, and everybody gets in, at every step of a rotation and of the next one", async () => {
  const stranger = await door.join();
  const members: Joined[] = [];
  const retire = () => retireHashKey(house, new Date(), quietly);
  const steps = [async () => undefined, begin, async () => rotateHashKey(await deps(), quietly), retire];
  for (const step of [...steps, ...steps.slice(1)]) {
    await step();
    members.push(await door.join());
    await expectAllGetIn(members);
    await expectOnlyOnes(members, stranger);
    await expectLawful();
  }
  expect((await hashKeysInUse(house.db)).map(({ id }) => id)).toEqual([3]);
  expect(await rowsUnder(2)).toEqual(NONE);
});

test('members sign up, log in and add cards and recipients while every row is hashed anew and the key before is ended', async () => {
  const before = await Promise.all(Array.from({ length: 6 }, door.join));
  let over = false;
  const busy = async (): Promise<Joined[]> => {
    const joined: Joined[] = [];
    while (!over) {
      joined.push(await door.join());
      await expectAllGetIn([...before.slice(0, 1), ...joined.slice(-1)]);
    }
    return joined;
  };
  const working = Promise.all([busy(), busy(), busy()]);
  try {
    expect(await command('rotate-hash')).toMatchObject({ code: 0, text: expect.stringContaining('under key 2') });
    expect(await command('retire')).toMatchObject({ code: 0, text: expect.stringContaining('key 1 is retired') });
  } finally {
    over = true;
  }
  const all = [...before, ...(await working).flat()];
  await expectAllGetIn(all);
  await expectLawful();
  expect(await rowsUnder(1)).toEqual(NONE);
  expect(await rowsUnder(2)).toMatchObject({ 'users.phone_hash': all.length, 'cards.billing_key_hash': all.length });
  expect((await command('status')).text).toMatch(/users\.phone_hash +2 +\d+/);
});

test('a sign-up that made its hashes before a rotation began, and writes them after, is hashed under both keys', async () => {
  const person = somebody();
  const holding = await house.db.transaction();
  await holding.raw('lock table users in share mode');
  const signingUp = door.signUp(person);
  const waiting = () => house.db('pg_locks').where({ mode: 'RowExclusiveLock', granted: false });
  await poll(waiting, (locks) => locks.length > 0, { what: 'the sign-up waits to write' });
  await begin();
  await holding.commit();
  expect((await signingUp).status).toBe(201);
  const [row] = await house.db('users').select('phone_hash', 'phone_hash_even', 'email_hash', 'email_hash_even');
  expect(Object.values(row)).toEqual(Array(4).fill(expect.stringMatching(/^[\w-]{43}$/)));
  expect((await door.signUp(somebody({ phone: person.phone }))).body.taken).toBe('phone');
});

test('a rotation that is killed is refused its end, and goes on where it was when it is run again', async () => {
  const members = await Promise.all(Array.from({ length: 8 }, door.join));
  const [last] = await house.db('users').orderBy('id', 'desc').limit(1).select('id');
  const holding = await house.db.transaction();
  await holding('users').where({ id: last.id }).forUpdate();
  const session = await loggedIn(house.env.DATABASE_URL as string);
  const child = spawn(process.execPath, [compiled('workers/commands/keys.ts'), 'rotate-hash'], {
    env: { PATH: process.env.PATH, ...house.env, PLIC_OPERATOR_SESSION: session },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await poll(
    () => rowsUnder(2),
    (rows) => Number(rows['users.phone_hash']) >= 4,
    { what: 'half of the members are hashed' },
  );
  child.kill('SIGKILL');
  await ended;
  await holding.rollback();
  await expectAllGetIn(members);
  const early = await command('retire');
  expect(early).toMatchObject({
    code: 1,
    text: expect.stringMatching(/^keys: key 1 is in use: .*users\.email_hash.*rotate-hash/),
  });
  expect((await command('rotate-hash')).code).toBe(0);
  expect((await command('rotate-hash')).code).toBe(0);
  expect((await command('retire')).code).toBe(0);
  await expectAllGetIn(members);
  await expectLawful();
});

test('an end that is cut off goes on when it is run again, and no rotation begins before', async () => {
  const members = [await door.join(), await door.join()];
  await rotateHashKey(await deps(), quietly);
  const cut = () => {
    throw new Error('cut off');
  };
  await expect(retireHashKey(house, new Date(), { progress: cut })).rejects.toThrow('cut off');
  expect(await command('rotate-hash')).toMatchObject({ code: 1, text: expect.stringContaining('retire') });
  await expectAllGetIn(members);
  expect(await retireHashKey(house, new Date(), quietly)).toEqual({ kind: 'done', retired: 1 });
  expect(await rowsUnder(1)).toEqual(NONE);
  expect((await command('retire')).text).toContain('one key is live');
});

test('a key by which a decision of today knows its phone is ended tomorrow', async () => {
  const { cardId, recipientId } = await door.join();
  const [user] = await house.db('users').select('id');
  const person = { userId: user.id, cardId: String(cardId), recipientId: String(recipientId) };
  const deal = await insertDeal(house.db, person);
  const today = new Date('2026-11-30T12:00:00+09:00');
  await house.db('risk_decisions').insert({
    ...{ deal_id: deal, attempt: 1, user_id: user.id, card_id: cardId, principal: 1_000 },
    ...{ verdict: 'PASS', rules: '[]', counters: '{}', kst_day: '2026-11-30', reserved: true },
    ...DEVICE_COLUMNS,
    phone_hash: house.db('users').select('phone_hash'),
  });
  await rotateHashKey(await deps(), quietly);
  expect(await retireHashKey(house, today, quietly)).toMatchObject({
    kind: 'refused',
    words: expect.stringContaining("of today's decisions 1 know"),
  });
  const tomorrow = new Date('2026-12-01T00:00:00+09:00');
  expect(await retireHashKey(house, tomorrow, quietly)).toEqual({ kind: 'done', retired: 1 });
  await expectLawful();
});

test('cards of a member who left are found by nobody, and stand in no way', async () => {
  const { token } = await door.join();
  const stays = await door.join();
  expect((await door.endMembership(token)).status).toBe(204);
  await rotateHashKey(await deps(), quietly);
  await retireHashKey(house, new Date(), quietly);
  expect(await rowsUnder(2)).toMatchObject({ 'users.phone_hash': 2, 'cards.billing_key_hash': 1 });
  await expectAllGetIn([stays]);
  await expectLawful();
});

test('a key file that opens nothing of the database, or is not there, begins no rotation', async () => {
  await door.join();
  const other = pathOf(house.config.masterKey.path ?? '', '..', 'another.key');
  const withFile = (PLIC_KEY_FILE: string) =>
    operatorCommand('keys', { env: { ...house.env, PLIC_KEY_FILE } }, 'rotate-hash');
  expect(await withFile(other)).toMatchObject({ code: 1, text: expect.stringContaining('there is no') });
  openMasterFile(other);
  expect(await withFile(other)).toMatchObject({ code: 1, text: expect.stringContaining('opens nothing') });
  expect((await hashKeysInUse(house.db)).map(({ id }) => id)).toEqual([1]);
});

test('the command explains itself, and opens nothing for a mistake', async () => {
  const said = (...args: string[]) => operatorCommand('keys', { env: {} }, ...args);
  expect(await said('--help')).toMatchObject({ code: 0, text: expect.stringContaining('rotate-hash') });
  expect(await said('rotate')).toMatchObject({ code: 1, text: expect.stringContaining('keys -- --help') });
});
