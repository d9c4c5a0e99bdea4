import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type FieldPlace, openKeyFile } from '../../infra/keys/key-file';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'plic-keys-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const SECRET = 'bill_0123456789';
const PLACE: FieldPlace = { table: 'cards', row: 'row-1', column: 'billing_key_encrypted' };
const keys = () => openKeyFile(join(dir, 'master.key'));

test('what was encrypted is read again, in another process too', async () => {
  const sealed = await keys().encrypt(SECRET, PLACE);
  expect(sealed).not.toContain(SECRET);
  expect(await openKeyFile(join(dir, 'master.key')).decrypt(sealed, PLACE)).toBe(SECRET);
});

test('a secret is never encrypted to the same text twice', async () => {
  const sealed = await Promise.all([1, 2, 3].map(() => keys().encrypt(SECRET, PLACE)));
  expect(new Set(sealed).size).toBe(3);
});

test.each([
  ['table', { table: 'bank_accounts' }],
  ['row', { row: 'row-2' }],
  ['column', { column: 'account_number_encrypted' }],
])('a ciphertext moved to another %s cannot be read', async (_, elsewhere) => {
  const sealed = await keys().encrypt(SECRET, PLACE);
  await expect(keys().decrypt(sealed, { ...PLACE, ...elsewhere })).rejects.toThrow();
});

test('a ciphertext changed anywhere cannot be read', async () => {
  const sealed = await keys().encrypt(SECRET, PLACE);
  const [format, ...parts] = sealed.split('.');
  for (const [index, part] of parts.entries()) {
    const bytes = Buffer.from(part, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const forged = [format, ...parts.with(index, changed.toString('base64url'))].join('.');
      await expect(keys().decrypt(forged, PLACE)).rejects.toThrow();
    }
  }
});

test('a ciphertext cut short, of another format or empty cannot be read', async () => {
  const sealed = await keys().encrypt(SECRET, PLACE);
  const cut = sealed.split('.').slice(0, -1).join('.');
  const shortTag = sealed
    .split('.')
    .map((part, index) => (index === 3 ? part.slice(0, 6) : part))
    .join('.');
  for (const broken of ['', 'v1', sealed.slice(0, -4), cut, shortTag, sealed.replace('v1', 'v2')])
    await expect(keys().decrypt(broken, PLACE)).rejects.toThrow();
});

test('a ciphertext of another key cannot be read', async () => {
  const sealed = await keys().encrypt(SECRET, PLACE);
  await expect(openKeyFile(join(dir, 'other.key')).decrypt(sealed, PLACE)).rejects.toThrow();
});

test('equal values hash alike for one purpose, and unlike for another purpose or key', () => {
  expect(keys().hash('12345678', 'account')).toBe(keys().hash('12345678', 'account'));
  expect(keys().hash('12345678', 'account')).not.toBe(keys().hash('12345679', 'account'));
  expect(keys().hash('12345678', 'account')).not.toBe(keys().hash('12345678', 'billing-key'));
  expect(keys().hash('12345678', 'account')).not.toBe(openKeyFile(join(dir, 'other.key')).hash('12345678', 'account'));
});

test('a wrapped key hashes alike for whoever has the key file, and unlike any other key; the first is that of the file', async () => {
  const place = { table: 'hash_keys', row: '2', column: 'key_encrypted' };
  const hashUnder = (wrapped: string | null, by = keys()) => by.lookUpHash('12345678', 'account', wrapped, place);
  const [one, other] = [await keys().makeHashKey(place), await keys().makeHashKey(place)];
  expect(await hashUnder(null)).toBe(keys().hash('12345678', 'account'));
  expect(await hashUnder(one)).toBe(await hashUnder(one));
  const reader = keys();
  expect([await hashUnder(one, reader), await hashUnder(one, reader)]).toEqual(Array(2).fill(await hashUnder(one)));
  expect(new Set(await Promise.all([null, one, other].map((wrapped) => hashUnder(wrapped)))).size).toBe(3);
  await expect(hashUnder(one, openKeyFile(join(dir, 'stranger.key')))).rejects.toThrow();
});

test('the key file is for its owner only', () => {
  keys();
  expect(statSync(join(dir, 'master.key')).mode & 0o777).toBe(0o600);
});

test('a key file of the wrong size is an error, never a weaker key', () => {
  const path = join(dir, 'short.key');
  writeFileSync(path, 'short');
  expect(() => openKeyFile(path)).toThrow(/32 bytes/);
  expect(readFileSync(path, 'utf8')).toBe('short');
});

test('processes that make the key file at once end with one key', async () => {
  const path = join(dir, 'race', 'master.key');
  const script = `const { openKeyFile } = require('./infra/keys/key-file');
    process.stdout.write('ready'); process.stdin.once('end', () => process.stdout.write(openKeyFile(${JSON.stringify(path)}).hash('a', 'b')));
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
  expect(hashes[0]).toBe(`ready${openKeyFile(path).hash('a', 'b')}`);
  expect(new Set(hashes).size).toBe(1);
});
