/** Who makes a data key, how long it encrypts, and what an outage of the master key allows (spec §10). */
import { randomBytes } from 'node:crypto';
import { retireDataKeys } from '../../api/operator/data-keys';
import { dataKeyStore } from '../../db/data-keys';
import { createDataKeys } from '../../infra/keys/data-keys';
import { KeysUnavailable, type MasterKey } from '../../infra/keys/master-key';
import { watchedMaster } from '../../infra/keys/watched-master';
import { poll } from '../fixtures/poll';
import { insertPerson, SEALED } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

const MINUTE = 60_000;

/** A master key that counts what it is asked, and can be switched off; it is in memory, as no master key of ours is. */
function memoryMaster() {
  const under = new Map<string, Buffer>();
  const asked = { made: 0, opened: 0 };
  const standing = { down: false };
  const unlessDown = () => {
    if (standing.down) throw new KeysUnavailable('switched off');
  };
  const master: MasterKey = {
    async generateDataKey() {
      asked.made += 1;
      unlessDown();
      const [plain, wrapped] = [randomBytes(32), randomBytes(16)];
      under.set(wrapped.toString('hex'), plain);
      return { plain, wrapped, masterKeyId: 'memory' };
    },
    wrap: () => Promise.reject(new Error('nothing is wrapped anew here')),
    rewrap: () => Promise.reject(new Error('nothing is wrapped anew here')),
    async unwrap({ wrapped }) {
      asked.opened += 1;
      unlessDown();
      return under.get(wrapped.toString('hex')) as Buffer;
    },
  };
  return { master, asked, standing };
}

/** `askAgainMs`: longer than any test, but where it is looked at. */
function stage({ askAgainMs = 600_000 } = {}) {
  const { master, asked, standing } = memoryMaster();
  const time = { now: new Date('2026-03-02T12:00:00+09:00').getTime() };
  const told: string[] = [];
  const clock = () => new Date(time.now);
  const keysOfProcess = () =>
    createDataKeys({
      ...{ store: dataKeyStore(database.db), clock },
      master: watchedMaster(master, {
        ...{ clock, askAgainMs },
        onOutage: ({ name }) => told.push(name),
        onAnswer: () => told.push('answers'),
      }),
    });
  return { asked, standing, time, told, keysOfProcess };
}

test('a key encrypts for five minutes, then the next one is made; the one before still decrypts', async () => {
  const { time, keysOfProcess } = stage();
  const keys = keysOfProcess();
  const first = await keys.current('field');
  time.now += 5 * MINUTE - 1;
  expect(await keys.current('field')).toEqual(first);
  time.now += 1;
  const second = await keys.current('field');
  expect(second.id).not.toBe(first.id);
  expect(await keys.byId(first.id)).toEqual(first.key);
  expect(await keysOfProcess().byId(first.id)).toEqual(first.key);
});

test('a key encrypts 10,000 times in a process, then the next one is made', async () => {
  const { keysOfProcess } = stage();
  const keys = keysOfProcess();
  const ids = new Map<string, number>();
  for (let use = 0; use < 10_001; use++) {
    const { id } = await keys.current('field');
    ids.set(id, (ids.get(id) ?? 0) + 1);
  }
  expect([...ids.values()]).toEqual([10_000, 1]);
});

test('callers at once make one key, and a process takes up the young key of another', async () => {
  const { asked, time, keysOfProcess } = stage();
  const keys = keysOfProcess();
  const many = await Promise.all(Array.from({ length: 50 }, () => keys.current('field')));
  expect(new Set(many.map(({ id }) => id)).size).toBe(1);
  expect(asked).toEqual({ made: 1, opened: 0 });
  time.now += 2 * MINUTE;
  expect((await keysOfProcess().current('field')).id).toBe(many[0]?.id);
  time.now += 2 * MINUTE;
  expect((await keysOfProcess().current('field')).id).not.toBe(many[0]?.id);
  expect((await keysOfProcess().current('payload')).id).not.toBe(many[0]?.id);
});

test('processes that make the first key of hashes, or the next key, at once end with one', async () => {
  const { keysOfProcess } = stage();
  const processes = Array.from({ length: 8 }, keysOfProcess);
  const hashKeys = await Promise.all(processes.map((keys) => keys.hashKey()));
  expect(new Set(hashKeys.map((key) => key.toString('hex'))).size).toBe(1);
  const current = await Promise.all(processes.map((keys) => keys.current('field')));
  expect(new Set(current.map(({ id }) => id)).size).toBe(1);
  expect(new Set(current.map(({ key }) => key.toString('hex'))).size).toBe(1);
  expect(await database.db('data_keys').orderBy('purpose').pluck('purpose')).toEqual(['field', 'hash']);
});

test('a key of fields is retired by its age only once nothing is under it', async () => {
  const { time, keysOfProcess } = stage();
  const { id } = await keysOfProcess().current('field');
  const { userId } = await insertPerson(database.db);
  const sealAs = (name_encrypted: string) => database.db('users').where({ id: userId }).update({ name_encrypted });
  const retire = () => retireDataKeys(database, new Date(time.now + 3 * 3_600_000));
  await sealAs(`v2.${id}.a.b.c`);
  expect(await retire()).toEqual({ retired: 0, inUse: 1, ciphertexts: 1 });
  await sealAs(SEALED);
  expect(await retire()).toEqual({ retired: 1, inUse: 0, ciphertexts: 0 });
});

test('an open key is forgotten after 15 minutes, and of two readers at once one asks the master key', async () => {
  const { asked, time, keysOfProcess } = stage();
  const { id } = await keysOfProcess().current('field');
  const reader = keysOfProcess();
  await Promise.all([reader.byId(id), reader.byId(id)]);
  time.now += 15 * MINUTE - 1;
  await reader.byId(id);
  expect(asked.opened).toBe(1);
  time.now += 1;
  await reader.byId(id);
  expect(asked.opened).toBe(2);
});

test('while the master key is away the last key encrypts for an hour from its birth, with an alarm, and no longer', async () => {
  const { standing, time, told, keysOfProcess } = stage();
  const keys = keysOfProcess();
  const last = await keys.current('field');
  standing.down = true;
  time.now += 60 * MINUTE - 1;
  expect(await keys.current('field')).toEqual(last);
  expect(await keys.byId(last.id)).toEqual(last.key); // what it encrypts now can be read now
  expect(told).toEqual(['answers', 'KeysUnavailable']);
  time.now += 1;
  await expect(keys.current('field')).rejects.toThrow(KeysUnavailable);
  standing.down = false;
  time.now += 2_000;
  expect((await keys.current('field')).id).not.toBe(last.id);
  expect(told.slice(1)).toEqual(['KeysUnavailable', 'answers']);
});

test('an outage ends when the master key answers again, also for a process that needs no key meanwhile', async () => {
  const { asked, standing, time, told, keysOfProcess } = stage({ askAgainMs: 20 });
  const keys = keysOfProcess();
  await keys.current('field');
  standing.down = true;
  time.now += 6 * MINUTE;
  await keys.current('field'); // the last one: nobody asks for a while
  const before = asked.made;
  await poll(
    async () => asked.made,
    (made) => made > before + 1,
    { what: 'it is asked again while it is silent' },
  );
  expect(told).toEqual(['answers', 'KeysUnavailable']);
  standing.down = false;
  await poll(
    async () => told.length,
    (length) => length > 2,
    { what: 'the end of the outage' },
  );
  expect(told).toEqual(['answers', 'KeysUnavailable', 'answers']);
});

test('a process that is answered ends the alarm of one that ended before it could', async () => {
  const { time, told, keysOfProcess } = stage();
  const keys = keysOfProcess();
  await keys.current('field');
  time.now += 5 * MINUTE;
  await keys.current('field'); // the next one is due, and had
  expect(told).toEqual(['answers', 'answers']);
});

test('a process without any key fails while the master key is away, and asks it no more than once a second', async () => {
  const { asked, standing, time, keysOfProcess } = stage();
  standing.down = true;
  const keys = keysOfProcess();
  for (let call = 0; call < 20; call++) await expect(keys.current('field')).rejects.toThrow(KeysUnavailable);
  expect(asked.made).toBe(1);
  time.now += 1_000;
  await expect(keys.current('field')).rejects.toThrow(KeysUnavailable);
  expect(asked.made).toBe(2);
});

test('a data key is never lost, nor changed but for its wrapping, and only one that encrypts fields is retired', async () => {
  const { keysOfProcess } = stage();
  const keys = keysOfProcess();
  await keys.hashKey();
  const { id } = await keys.current('field');
  const row = () => database.db('data_keys').where({ id });
  await expect(row().delete()).rejects.toMatchObject({ code: 'PL005' });
  await expect(row().update({ purpose: 'payload' })).rejects.toMatchObject({ code: 'PL005' });
  await row().update({ wrapped: Buffer.from('anew'), rewrapped_at: new Date() });
  await row().update({ wrapped: null, retired_at: new Date() });
  await expect(row().update({ wrapped: Buffer.from('back'), retired_at: null })).rejects.toMatchObject({
    code: 'PL005',
  });
  const retire = database.db('data_keys').where({ purpose: 'hash' }).update({ wrapped: null, retired_at: new Date() });
  await expect(retire).rejects.toMatchObject({ code: 'PL005' });
});
