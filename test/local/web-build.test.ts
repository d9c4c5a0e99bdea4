/** `npm start` builds the pages of web/ once for each state of their sources, and serves no half of a build. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { processIdentity } from '../../infra/local/lock';
import { type WebBuild, webBuildOf } from '../../infra/local/web-build';
import { poll } from '../fixtures/poll';

let root: string;
let dataDir: string;
/** Of the system that each test starts. */
let stopping: AbortController;
const running: Promise<void>[] = [];
beforeEach(() => {
  stopping = new AbortController();
  root = mkdtempSync(join(tmpdir(), 'plic-web-build-'));
  dataDir = join(root, '.plic');
  write('web/payer/main.ts', 'first');
  write('web/shared/api.d.ts', 'types');
  write('workflows/domain/money.ts', 'money');
  write('workflows/domain/words/deal.ts', 'words');
  write('package-lock.json', '{}');
  write('tsconfig.json', '{}');
  write('build.cjs', GOOD);
});
afterEach(async () => {
  stopping.abort();
  await Promise.all(running.splice(0));
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const MADE = `const fs = require('fs');
const out = process.argv[2];
fs.mkdirSync(out + '/payer', { recursive: true });
fs.copyFileSync('web/payer/main.ts', out + '/payer/index.html');`;
const GOOD = `${MADE} fs.appendFileSync('builds', 'built ');`;

const BUILDER = { script: 'build.cjs', argsFor: (outDir: string) => [outDir] };
const webBuild = (builder = BUILDER): WebBuild => webBuildOf(root, dataDir, builder);
const isFailed = ({ folder }: WebBuild) => existsSync(`${folder}.failed`);
const inWeb = () => readdirSync(join(dataDir, 'web'));

/** As `npm start` does once its deal has ended. */
function start(build: WebBuild) {
  const said: string[] = [];
  const pids: number[] = [];
  const ended = build.run({
    say: (text) => said.push(text),
    onSpawn: (_name, pid) => pids.push(pid),
    ...{ signal: stopping.signal, url: 'http://127.0.0.1:3000' },
  });
  running.push(ended);
  return { said, pids, ended };
}

async function run(build: WebBuild): Promise<string[]> {
  const { said, ended } = start(build);
  await ended;
  return said;
}

test.each([
  ['a source of the pages', () => write('web/payer/main.ts', 'second')],
  ['a new source', () => write('web/payer/other.ts', '')],
  ['a source that moved', () => moveAway('web/payer/main.ts', 'web/payer/start.ts')],
  ['a folder of that name deeper in the sources', () => write('web/shared/native/back-button.ts', '')],
  ['the types of the API', () => write('web/shared/api.d.ts', 'other types')],
  ['the domain, which the pages share', () => write('workflows/domain/words/deal.ts', 'other words')],
  ['what the compiler is told', () => write('tsconfig.json', '{"compilerOptions":{"target":"es2022"}}')],
  ['a package', () => write('package-lock.json', '{"lockfileVersion":3}')],
])('%s makes another build', (_, change) => {
  const before = webBuild().folder;
  change();
  expect(webBuild().folder).not.toBe(before);
});

function moveAway(from: string, to: string): void {
  write(to, readFileSync(join(root, from), 'utf8'));
  rmSync(join(root, from));
}

test('another command makes another build', () => {
  const other = { ...BUILDER, argsFor: (outDir: string) => [outDir, '--minify'] };
  expect(webBuild(other).folder).not.toBe(webBuild().folder);
});

test('what is no source makes no other build', () => {
  const before = webBuild().folder;
  for (const path of ['web/node_modules/vite/a.js', 'web/shared/node_modules/a.js', 'web/dist/a.js', 'web/native/a.kt'])
    write(path, 'new');
  write('workflows/deal/deal.ts', 'new');
  write('api/main.ts', 'new');
  expect(webBuild().folder).toBe(before);
});

test('the same sources are built once, which is said with where to look at them', async () => {
  const first = webBuild();
  expect([first.isDone(), first.state()]).toEqual([false, 'being built']);
  expect(await run(first)).toEqual([expect.stringMatching(/^pages built in \d+ s: http:\/\/127\.0\.0\.1:3000$/)]);
  expect(readFileSync(join(first.folder, 'payer/index.html'), 'utf8')).toBe('first');
  const next = webBuild();
  expect([next.folder, next.isDone(), next.state()]).toEqual([first.folder, true, '']);
  expect(readFileSync(join(root, 'builds'), 'utf8')).toBe('built ');
});

test('a build takes the place of the one before', async () => {
  const first = webBuild();
  await run(first);
  write('web/payer/main.ts', 'second');
  const second = webBuild();
  expect([second.isDone(), first.isDone()]).toEqual([false, true]);
  await run(second);
  expect(readFileSync(join(second.folder, 'payer/index.html'), 'utf8')).toBe('second');
  expect(inWeb()).toEqual([basename(second.folder)]);
});

test('a build lets everything else go first', async () => {
  write(
    'build.cjs',
    `while (require('os').getPriority() !== 19) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
${GOOD}`,
  );
  const build = webBuild();
  await run(build);
  expect(build.isDone()).toBe(true);
});

describe('a build that fails', () => {
  test('says where to look and that everything else runs, leaves its last words, and keeps what was there', async () => {
    const old = webBuild();
    await run(old);
    write('web/payer/main.ts', 'broken');
    write('build.cjs', `${MADE} process.stderr.write('Unexpected token'); process.exit(1);`);
    const broken = webBuild();
    const log = join(dataDir, 'logs', 'web-build.log');
    expect(await run(broken)).toEqual([
      `the app's pages are not built: see ${log}, and try "npm run build:web". Everything else runs.`,
    ]);
    expect(readFileSync(`${broken.folder}.failed`, 'utf8')).toContain('Unexpected token');
    expect(readFileSync(log, 'utf8')).toContain('Unexpected token');
    expect(inWeb().toSorted()).toEqual([basename(old.folder), `${basename(broken.folder)}.failed`].toSorted());
  });

  test('is tried again by the next start, and its failure is forgotten meanwhile', async () => {
    write('build.cjs', 'process.exit(1)');
    const first = webBuild();
    await run(first);
    expect([isFailed(first), first.isDone()]).toEqual([true, false]);
    write('build.cjs', GOOD);
    const next = webBuild();
    expect([next.folder, isFailed(next)]).toEqual([first.folder, false]);
    await run(next);
    expect([isFailed(next), next.isDone()]).toEqual([false, true]);
  });

  test('for want of vite says how to get it', async () => {
    const build = webBuild({ ...BUILDER, script: 'node_modules/vite/bin/vite.js' });
    expect(build.state()).toBe('not built');
    expect(await run(build)).toEqual([
      'the app\'s pages are not built: vite is missing, run "npm ci" and start again. Everything else runs.',
    ]);
    expect(isFailed(build)).toBe(true);
    expect(readFileSync(join(dataDir, 'logs', 'web-build.log'), 'utf8')).toContain('npm ci');
  });

  test('is also one that makes no page, whatever it says of itself', async () => {
    write('build.cjs', '');
    const build = webBuild();
    expect(await run(build)).toEqual([expect.stringContaining('not built')]);
    expect(readFileSync(`${build.folder}.failed`, 'utf8')).toBe('it made no payer/index.html\n');
    expect(build.isDone()).toBe(false);
  });

  test('for want of a place to write to is said, and breaks nothing', async () => {
    const build = webBuild();
    write('.plic/web', 'a file where the folder would be');
    expect(await run(build)).toEqual([
      expect.stringMatching(/^the app's pages are not built: .*Everything else runs\.$/),
    ]);
  });
});

describe('a build that is interrupted', () => {
  const HANGS = `${MADE} setInterval(() => 0, 1000);`;
  const hasPage = async ({ folder }: WebBuild) => existsSync(join(`${folder}.tmp`, 'payer/index.html'));

  test('ends with the system, leaves nothing, and is no failure', async () => {
    write('build.cjs', HANGS);
    const build = webBuild();
    const { said, pids, ended } = start(build);
    await poll(() => hasPage(build), Boolean, { what: 'half of the build is there' });
    expect(build.isDone()).toBe(false);
    stopping.abort();
    await ended;
    expect(pids.map(processIdentity)).toEqual([undefined]);
    expect([inWeb(), said]).toEqual([[], []]);
  });

  test('by a kill leaves a half that is never shown, nor part of the next build', async () => {
    const build = webBuild();
    write(`.plic/web/${basename(build.folder)}.tmp/payer/stale.html`, 'half');
    expect(webBuild().isDone()).toBe(false);
    await run(build);
    expect(readdirSync(join(build.folder, 'payer'))).toEqual(['index.html']);
    expect(inWeb()).toEqual([basename(build.folder)]);
  });
});
