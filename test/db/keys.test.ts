import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { dataKeyStore } from '../../db/data-keys';
import type { FieldPlace } from '../../infra/keys/keys';
import { openMasterFile } from '../../infra/keys/master-file';
import { WrongMasterKey } from '../../infra/keys/master-key';
import { openKeys } from '../../infra/keys/open';
import { seal } from '../../infra/keys/seal';
import { type TestDatabase, testDatabase } from '../servers/database';

let dir: string;
let database: TestDatabase;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'plic-keys-'));
  database = await testDatabase();
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await database.drop();
});

const SECRET = 'bill_0123456789';
const PLACE: FieldPlace = { table: 'cards', row: 'row-1', column: 'billing_key_encrypted' };
/** As a process has them that starts now. */
const startKeys = ({ db } = database, file = 'master.key') =>
  openKeys({ master: openMasterFile(join(dir, file)), store: dataKeyStore(db), clock: () => new Date() });
const keys = async (at?: TestDatabase, file?: string) => (await startKeys(at, file)).keys;
const sealedSecret = async () => (await keys()).encrypt(SECRET, PLACE);
const opened = async (sealed: string, place = PLACE) => (await keys()).decrypt(sealed, place);

test('what was encrypted is read again, in another process too', async () => {
  const sealed = await sealedSecret();
  expect(sealed).not.toContain(SECRET);
  expect(await opened(sealed)).toBe(SECRET);
});

test('what an earlier version encrypted, with its data key inside, is read', async () => {
  const { plain, wrapped } = await openMasterFile(join(dir, 'master.key')).generateDataKey('field');
  const pieces = [wrapped, ...seal(plain, Buffer.from(SECRET), Buffer.from('cards/row-1/billing_key_encrypted'))];
  const sealed = ['v1', ...pieces.map((piece) => piece.toString('base64url'))].join('.');
  expect(await opened(sealed)).toBe(SECRET);
  await expect(opened(sealed, { ...PLACE, row: 'row-2' })).rejects.toThrow();
});

test('a secret is never encrypted to the same text twice', async () => {
  const one = await keys();
  const sealed = await Promise.all([1, 2, 3].map(() => one.encrypt(SECRET, PLACE)));
  expect(new Set(sealed).size).toBe(3);
});

test.each([
  ['table', { table: 'bank_accounts' }],
  ['row', { row: 'row-2' }],
  ['column', { column: 'account_number_encrypted' }],
])('a ciphertext moved to another %s cannot be read', async (_, elsewhere) => {
  const sealed = await sealedSecret();
  await expect(opened(sealed, { ...PLACE, ...elsewhere })).rejects.toThrow();
});

test('a ciphertext changed anywhere cannot be read', async () => {
  const own = await keys();
  const sealed = await own.encrypt(SECRET, PLACE);
  const [format, id = '', ...parts] = sealed.split('.');
  for (const [index, part] of parts.entries()) {
    const bytes = Buffer.from(part, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const forged = [format, id, ...parts.with(index, changed.toString('base64url'))].join('.');
      await expect(own.decrypt(forged, PLACE)).rejects.toThrow();
    }
  }
  const { id: other } = await (await startKeys()).dataKeys.current('payload');
  for (const named of [other, id.toUpperCase(), id.slice(1), ''])
    await expect(own.decrypt([format, named, ...parts].join('.'), PLACE)).rejects.toThrow();
});

test('a ciphertext cut short, of another format or empty cannot be read', async () => {
  const sealed = await sealedSecret();
  const cut = sealed.split('.').slice(0, -1).join('.');
  const shortTag = sealed
    .split('.')
    .map((part, index) => (index === 3 ? part.slice(0, 6) : part))
    .join('.');
  for (const broken of ['', 'v2', sealed.slice(0, -4), cut, shortTag, sealed.replace('v2', 'v1'), `${sealed}.`])
    await expect(opened(broken)).rejects.toThrow();
});

test('beside a database of another master key no process gets its keys', async () => {
  await keys();
  await expect(keys(database, 'other.key')).rejects.toThrow(WrongMasterKey);
});

test('a wrapped key is of its purpose: in another it opens nothing', async () => {
  const master = openMasterFile(join(dir, 'master.key'));
  const key = await master.generateDataKey('payload');
  expect(await master.unwrap(key, 'payload')).toEqual(key.plain);
  await expect(master.unwrap(key, 'field')).rejects.toThrow(WrongMasterKey);
});

test('equal values hash alike for one purpose, and unlike for another purpose or key', async () => {
  const [one, again, empty] = [await keys(), await keys(), await testDatabase()];
  expect(one.hash('12345678', 'account')).toBe(again.hash('12345678', 'account'));
  expect(one.hash('12345678', 'account')).not.toBe(one.hash('12345679', 'account'));
  expect(one.hash('12345678', 'account')).not.toBe(one.hash('12345678', 'billing-key'));
  const other = await keys(empty, 'other.key');
  await empty.drop();
  expect(one.hash('12345678', 'account')).not.toBe(other.hash('12345678', 'account'));
});

test('a key of look-up hashes hashes alike in every process, and unlike any other key; the first is that of all hashes', async () => {
  const place = { table: 'hash_keys', row: '2', column: 'key_encrypted' };
  const reader = await keys();
  const hashUnder = async (key: string | null, by = reader) => by.lookUpHash('12345678', 'account', key, place);
  const [one, other] = [await reader.makeHashKey(place), await reader.makeHashKey(place)];
  expect(await hashUnder(null)).toBe(reader.hash('12345678', 'account'));
  expect(await hashUnder(one)).toBe(await hashUnder(one, await keys()));
  expect(await hashUnder(one)).toBe(await hashUnder(one));
  expect(new Set(await Promise.all([null, one, other].map((key) => hashUnder(key)))).size).toBe(3);
  await expect((await keys()).lookUpHash('1', 'account', one, { ...place, row: '3' })).rejects.toThrow();
});

test('the key file is for its owner only', async () => {
  await keys();
  expect(statSync(join(dir, 'master.key')).mode & 0o777).toBe(0o600);
});

test('a key file of the wrong size is an error, never a weaker key', () => {
  const path = join(dir, 'short.key');
  writeFileSync(path, 'short');
  expect(() => openMasterFile(path)).toThrow(/32 bytes/);
  expect(readFileSync(path, 'utf8')).toBe('short');
});

test('processes that make the key file at once end with one key', async () => {
  const path = join(dir, 'race', 'master.key');
  const script = `const { openMasterFile } = require('./infra/keys/master-file');
    const name = async () => (await openMasterFile(${JSON.stringify(path)}).generateDataKey('hash')).plain.toString('hex');
    process.stdout.write('ready'); process.stdin.once('end', async () => process.stdout.write(await name()));
    process.stdin.resume();`;
  const children = [1, 2, 3, 4].map(() =>
    spawn(process.execPath, ['--import', 'tsx', '-e', script], {
      cwd: join(__dirname, '../..'),
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(children.map((child) => new Promise((resolve) => child.stdout.once('readable', resolve))));
  const outputs = children.map((child) => text(child.stdout));
  for (const child of children) child.stdin.end(); // all are loaded: now they race
  const hashes = await Promise.all(outputs);
  const { plain } = await openMasterFile(path).generateDataKey('hash');
  expect(hashes[0]).toBe(`ready${plain.toString('hex')}`);
  expect(new Set(hashes).size).toBe(1);
});
