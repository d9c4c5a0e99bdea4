/** `npm run nightly`: what is too long for every change, one step after the other, with its last results in docs/nightly.md. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Outcome, outcomeOf } from './outcome';
import { pageWith, type Result } from './results';
import { STEPS, type Step, stepsNamed } from './steps';

const HELP = `npm run nightly [-- options]: ten seeds of chaos, the planted bugs, requests drawn by schemathesis, keys that are changed under 500 deals, days of 100,000 and 1,000,000 deals, what operators ask over as many, the first of a month over 1,000,000 members, the whole suite at nine times.

  --only <step>  only this one, or these: chaos is all of chaos-1, chaos-2, …; may be repeated
  --list         the steps, and what each shows
  --help         this text

About five hours on two cores with nothing beside it. Results go to docs/nightly.md after every step.
The last line is "N passed, N failed" over all steps; exit code 0 only when none failed.
`;

const ROOT = join(__dirname, '../..');
const PAGE = join(ROOT, 'docs/nightly.md');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs the step's process; what it says goes on to the terminal. */
async function play({ command, env, keep }: Step, stopped: AbortSignal): Promise<Outcome> {
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...env } });
  const stop = () => child.kill('SIGTERM');
  stopped.addEventListener('abort', stop, { once: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  child.stderr.pipe(process.stderr, { end: false });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
  stopped.removeEventListener('abort', stop);
  return outcomeOf(output, code, keep);
}

/** The commit that is run; `+`: with changes that are not committed. */
function commitNow(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':!docs/nightly.md') !== '';
  return `${git('rev-parse', '--short=7', 'HEAD')}${changed ? '+' : ''}`;
}

async function runStep(step: Step, stopped: AbortSignal): Promise<Result> {
  say(`\n== ${step.name}: ${step.what}`);
  const [date, commit, start] = [new Date().toISOString().slice(0, 10), commitNow(), performance.now()];
  const outcome = await play(step, stopped);
  const result = { ...outcome, step: step.name, date, commit, seconds: (performance.now() - start) / 1_000 };
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  if (!stopped.aborted) writeFileSync(PAGE, pageWith(page, [result], STEPS)); // a step that was broken off proves nothing
  say(`== ${step.name}: ${result.passed} passed, ${result.failed} failed in ${result.seconds.toFixed(0)} s`);
  return result;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const steps = stepsNamed(values.only);
  if (values.list) {
    for (const { name, what } of steps) say(`${name.padEnd(16)}${what}`);
    return 0;
  }
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(name)));
  const results: Result[] = [];
  for (const step of steps) {
    results.push(await runStep(step, interrupted.signal));
    if (interrupted.signal.aborted) break;
  }
  const sum = (count: (result: Result) => number) => results.reduce((total, result) => total + count(result), 0);
  const [passed, failed] = [sum((result) => result.passed), sum((result) => result.failed)];
  say(`\n${passed} passed, ${failed} failed`);
  return failed > 0 || results.length < steps.length ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  },
);
