import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const COMMANDS = ['deal', 'check', 'reconcile', 'migrate', 'schedules', 'chaos', 'bench', 'mutants', 'start'];
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Runs node with nobody reading what it prints; how it ended, and what it complained of. */
async function runUnread(...args: string[]): Promise<{ code: number | null; complaints: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy(); // before it has begun: its first word meets a closed pipe
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, complaints };
}

test.each(['deal', 'check', 'reconcile', 'start'])('%s ends quietly when its reader goes away', async (name) => {
  const script = scripts[name].split(' ').at(-1);
  expect(await runUnread(script, '--help')).toEqual({ code: 0, complaints: '' });
});

test.each(COMMANDS)('%s knows what to do when its reader goes away', (name) => {
  const script = scripts[name].split(' ').at(-1);
  expect(readFileSync(join(ROOT, script), 'utf8')).toMatch(/^ *outliveReader\(/m);
});

test('a command that nobody reads does what it was told, and keeps its exit code', async () => {
  const code = `
    require('./infra/reader').outliveReader();
    for (let line = 0; line < 3; line++) process.stdout.write('line');
    setImmediate(() => { process.stderr.write('done'); process.exitCode = 3; });`;
  expect(await runUnread('-e', code)).toEqual({ code: 3, complaints: 'done' });
});

test('a long command ends in its own order when nobody hears how it gets on', async () => {
  const code = `
    require('./infra/reader').outliveReader(process.stdout);
    process.on('SIGTERM', () => { process.stderr.write('in order'); process.exit(7); });
    setInterval(() => process.stdout.write('progress'), 10);`;
  expect(await runUnread('-e', code)).toEqual({ code: 7, complaints: 'in order' });
});
