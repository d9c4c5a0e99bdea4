/** docs/integrate.md works as it stands: its two programs are taken out of the document and run against a house. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { TYPES_FILE } from '../openapi/document';
import { type House, startHouse } from '../servers/house';

const ROOT = join(__dirname, '../..');
const DOCUMENT = readFileSync(join(ROOT, 'docs/integrate.md'), 'utf8');

let house: House;
let dir: string;
beforeAll(async () => {
  house = await startHouse();
  dir = mkdtempSync(join(tmpdir(), 'plic-integrator-'));
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  copyFileSync(TYPES_FILE, join(dir, 'api.d.ts'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await house.stop();
});

/** The one program of the document in this language, as a file. */
function programIn(language: string, name: string): string {
  const blocks = [...DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]+?)^\`\`\``, 'gm'))];
  expect(blocks).toHaveLength(1);
  const file = join(dir, name);
  writeFileSync(file, blocks[0]?.[1] ?? '');
  return file;
}

/** Runs it to its end; the lines of its output. */
async function run(command: string, args: readonly string[]): Promise<string[]> {
  const { apiUrl, softpaymentUrl, noticesUrl } = house.places;
  const places = { API: apiUrl, SOFTPAYMENT: softpaymentUrl, NOTICES: noticesUrl };
  const env = { PATH: process.env.PATH ?? '', ...places };
  const child = spawn(command, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [said, words, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}${words}`);
  return said.trim().split('\n');
}

const OPTIONS = [
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--module',
  'node20',
  '--target',
  'es2023',
  '--types',
  'node',
];
const compile = (file: string) => run(join(ROOT, 'node_modules/.bin/tsc'), [...OPTIONS, file]);

/** Paid, followed by its events to the end, and sent. */
function expectWholeDeal(lines: readonly string[]): void {
  expect(lines[0]).toMatch(/^(PENDING|PAID|TRANSFERRING|COMPLETED)$/);
  expect(lines.filter((line) => line === 'deal').length).toBeGreaterThan(0);
  expect(lines.slice(-2)).toEqual(['end', 'COMPLETED']);
}

test('the program by curl makes a deal and follows it to its end', async () => {
  expectWholeDeal(await run('bash', ['-euo', 'pipefail', programIn('sh', 'integrate.sh')]));
});

test('the program in TypeScript compiles with the types of the API, and does the same', async () => {
  const program = programIn('ts', 'integrate.mts');
  await compile(program);
  expectWholeDeal(await run(process.execPath, ['--import', 'tsx', program]));
});

test('a field that the API does not know does not compile', async () => {
  const program = programIn('ts', 'integrate.mts');
  const wrong = join(dir, 'wrong.mts');
  writeFileSync(wrong, readFileSync(program, 'utf8').replace("purpose: '3월 월세'", "reason: '3월 월세'"));
  await expect(compile(wrong)).rejects.toThrow('reason');
});
