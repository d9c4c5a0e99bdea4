import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { takeFolder } from '../../infra/local/data-folder';
import { processIdentity, takeLock } from '../../infra/local/lock';
import { endLeftovers, openRoster } from '../../infra/local/roster';
import { localSecrets } from '../../infra/local/secrets';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plic-folder-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const sleeper = () => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).pid as number;

test('the secrets are made once, readable only by their owner', () => {
  const file = join(folder, 'secrets.json');
  const secrets = localSecrets(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(secrets.SOFTPAYMENT_WEBHOOK_SECRETS).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(secrets.JWT_SECRET.length).toBeGreaterThanOrEqual(32);
  expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length);
  expect(localSecrets(file)).toEqual(secrets);
});

test('a secrets file of an older version is completed and keeps what it has', () => {
  const file = join(folder, 'secrets.json');
  writeFileSync(file, '{"JWT_SECRET":"kept"}');
  const secrets = localSecrets(file);
  expect(secrets.JWT_SECRET).toBe('kept');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(secrets);
});

test('a folder in use is refused with the pid of its user, and is free again after the release', async () => {
  const file = join(folder, 'lock');
  const lock = await takeLock(file);
  expect(await takeLock(file)).toEqual({ ownerPid: process.pid });
  if ('release' in lock) lock.release();
  expect(await takeLock(file)).toHaveProperty('release');
});

test.each([
  ['a process that is gone', () => `${spawnSync('true').pid} 12345`],
  ['a process whose pid now belongs to another', () => `${process.ppid} 12345`],
  ['a crash in the middle of writing', () => ''],
])('the lock of %s is taken over', async (_, content) => {
  const file = join(folder, 'lock');
  writeFileSync(file, content());
  expect(await takeLock(file)).toHaveProperty('release');
});

test('leftovers of an earlier start are ended, and a stranger with a recycled pid is not', async () => {
  const [ours, stranger] = [sleeper(), sleeper()];
  const roster = openRoster(folder);
  roster.add('Redis', ours);
  writeFileSync(
    join(folder, 'running-1'),
    `{"name":"API","pid":${stranger},"identity":"${stranger} 1"}\n{"name":"cut sh`,
  );
  expect(await endLeftovers(folder)).toEqual(['Redis']);
  expect(processIdentity(ours)).toBeUndefined();
  expect(processIdentity(stranger)).toBeDefined();
  expect(readdirSync(folder)).toEqual([]);
  process.kill(stranger);
});

test('what a start begins after it was interrupted is ended at once', async () => {
  const roster = openRoster(folder);
  roster.close();
  const late = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  roster.add('Sandbox', late.pid as number);
  expect(await once(late, 'exit')).toEqual([null, 'SIGKILL']);
  expect(readdirSync(folder)).toEqual([]);
});

test('the guard ends what a killed parent left behind, and removes the folder that it was given', async () => {
  const orphan = sleeper();
  const data = join(folder, 'data');
  mkdirSync(data);
  const roster = openRoster(folder);
  roster.add('Temporal', orphan);
  const guardArgs = ['--import', require.resolve('tsx'), require.resolve('../../infra/local/guard'), roster.file, data];
  // The parent of this test: it holds the guard's pipe, and dies of SIGKILL.
  const parentCode = `require('child_process').spawn(process.execPath, ${JSON.stringify(guardArgs)}, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] }); process.kill(process.pid, 'SIGKILL')`;
  spawnSync(process.execPath, ['-e', parentCode]);
  for (const deadline = Date.now() + 10_000; existsSync(data) && Date.now() < deadline; ) await delay(50);
  expect(processIdentity(orphan)).toBeUndefined();
  expect(existsSync(data)).toBe(false);
});

describe('a folder that a system', () => {
  const said: string[] = [];
  const take = () => takeFolder(join(folder, 'plic'), (text) => said.push(text));
  const within = (name: string) => readdirSync(join(folder, name)).sort();
  beforeEach(() => said.splice(0));

  /** As an earlier version left it: data, and no word of its format. */
  function oldFolder(): void {
    mkdirSync(join(folder, 'plic', 'postgres'), { recursive: true });
    writeFileSync(join(folder, 'plic', 'postgres', 'PG_VERSION'), '18');
    writeFileSync(join(folder, 'plic', 'master.key'), 'kept');
  }

  test('of this version made is taken again, with all that is in it', async () => {
    (await take()).release();
    writeFileSync(join(folder, 'plic', 'master.key'), 'kept');
    const taken = await take();
    expect(within('plic')).toEqual(['format', 'lock', 'master.key']);
    taken.release();
    expect([readdirSync(folder), said]).toEqual([['plic'], []]);
  });

  test('of an earlier version left is moved aside whole, and an empty one is taken in its place', async () => {
    oldFolder();
    const taken = await take();
    const [fresh, aside = ''] = readdirSync(folder).sort();
    expect([fresh, within('plic')]).toEqual(['plic', ['format', 'lock']]);
    expect(aside).toMatch(/^plic\.old-20\d\d-/);
    expect(within(aside)).toEqual(['master.key', 'postgres']);
    expect(readFileSync(join(folder, aside, 'master.key'), 'utf8')).toBe('kept');
    expect(said).toEqual([expect.stringContaining(`moved to ${join(folder, aside)}`)]);
    await expect(take()).rejects.toThrow(`another "npm start" (pid ${process.pid}) is running`);
    taken.release();
  });

  test('of an earlier version still runs on stays where it is', async () => {
    oldFolder();
    const running = await takeLock(join(folder, 'plic', 'lock'));
    await expect(take()).rejects.toThrow(`another "npm start" (pid ${process.pid}) is running`);
    expect([readdirSync(folder), within('plic')]).toEqual([['plic'], ['lock', 'master.key', 'postgres']]);
    if ('release' in running) running.release();
  });

  test('of an earlier version crashed on is moved only after what it left running was ended', async () => {
    oldFolder();
    const left = sleeper();
    openRoster(join(folder, 'plic')).add('PostgreSQL', left);
    const taken = await take();
    expect(processIdentity(left)).toBeUndefined();
    expect(said).toEqual([expect.stringContaining('PostgreSQL'), expect.stringContaining('moved to')]);
    taken.release();
  });

  test('of an earlier version left, and that cannot be renamed, stays as it was, and the way out is said', async () => {
    oldFolder();
    const name = 'n'.repeat(240); // so long that there is no room for the ending
    renameSync(join(folder, 'plic'), join(folder, name));
    await expect(takeFolder(join(folder, name), () => undefined)).rejects.toThrow(
      /cannot be moved aside .*: move it yourself, or set PLIC_DATA_DIR to another folder$/,
    );
    expect([readdirSync(folder), within(name)]).toEqual([[name], ['master.key', 'postgres']]);
  });

  test('never used, whatever else is in it, is not moved', async () => {
    mkdirSync(join(folder, 'plic', 'redis'), { recursive: true }); // of somebody else, who has one too
    writeFileSync(join(folder, 'plic', 'letter.txt'), 'of its owner');
    (await take()).release();
    expect([readdirSync(folder), within('plic')]).toEqual([['plic'], ['format', 'letter.txt', 'redis']]);
  });
});
