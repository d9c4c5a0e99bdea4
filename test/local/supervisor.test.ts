import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ServerCommand, spawnServer } from '../../infra/local/server-process';
import { createSupervisor, type Supervisor } from '../../infra/local/supervisor';

let folder: string;
let said: string[];
let supervisor: Supervisor;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plic-supervisor-'));
  said = [];
  supervisor = createSupervisor((text) => said.push(text));
});

afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true });
});

const LIVES = 'setInterval(() => 0, 1000)';

const program = (name: string, code: string): ServerCommand => ({
  name,
  command: process.execPath,
  args: ['-e', code],
  logFile: join(folder, `${name}.log`),
});

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !condition(); await delay(20)) {
    if (Date.now() > deadline) throw new Error('waited 5 s in vain');
  }
}

test('a process that is killed is started again, and both pids are said', async () => {
  const worker = await supervisor.keep(program('Worker', LIVES));
  const firstPid = worker.pid();
  process.kill(firstPid, 'SIGKILL');
  await until(() => said.length === 2);
  expect(worker.pid()).not.toBe(firstPid);
  expect(said[0]).toBe(`Worker (pid ${firstPid}) died: killed by SIGKILL. Starting it again.`);
  expect(said[1]).toBe(`Worker runs again as pid ${worker.pid()}.`);
});

test('a process that keeps dying right after its start ends the system, with its last words', async () => {
  await supervisor.keep(program('API', 'process.stderr.write("JWT_SECRET: missing\\n"); process.exit(7)'));
  await expect(supervisor.failed).rejects.toThrow(
    /API .* died: exit code 7, 5 times in a row[\s\S]*JWT_SECRET: missing/,
  );
});

test('the end of a server that everything depends on is the end of the system', async () => {
  const database = await spawnServer(program('PostgreSQL', LIVES));
  supervisor.watch(database);
  process.kill(database.pid, 'SIGKILL');
  await expect(supervisor.failed).rejects.toThrow(`PostgreSQL (pid ${database.pid}) ended: killed by SIGKILL`);
});

test('an orderly stop ends the last started first, each before the next, and calls nothing a death', async () => {
  const log = join(folder, 'order');
  const slowToStop = (name: string) =>
    `process.on('SIGTERM', () => setTimeout(() => { require('fs').appendFileSync('${log}', '${name} '); process.exit(0) }, 100));
     process.stdout.write('ready'); ${LIVES}`;
  for (const name of ['database', 'api', 'worker']) {
    await supervisor.keep(program(name, slowToStop(name)));
    await until(() => readFileSync(join(folder, `${name}.log`), 'utf8') === 'ready');
  }
  await supervisor.stop();
  expect(readFileSync(log, 'utf8')).toBe('worker api database ');
  expect(said).toEqual([]);
});

test('a server that does not stop in time is killed', async () => {
  const stubborn = await spawnServer(
    program('stubborn', `process.on('SIGTERM', () => 0); process.stdout.write('ready'); ${LIVES}`),
  );
  await until(() => stubborn.lastLines() === 'ready');
  await stubborn.stop(100);
  expect(await stubborn.exited).toBe('killed by SIGKILL');
});
