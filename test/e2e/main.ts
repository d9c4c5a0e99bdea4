/** `npm run e2e`: payers in a real browser, against a whole system as `npm start` makes it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { outliveReader } from '../../infra/reader';
import { poll } from '../fixtures/poll';
import { startWholeSystem, type WholeSystem } from '../servers/npm-start';
import { say } from '../servers/say';

const HELP = `npm run e2e [-- options] [file or pattern …]

Starts a system of its own with "npm start", waits until its pages are built, and has Chromium use them as payers do.

  --out <folder>      where pictures of failures and the report go (default: nowhere)
  --pictures <folder> takes the pictures of docs/payer-app.md into it (docs/images is where they are)
  --grep <pattern>    only tests whose title matches
  --help

It needs Chromium and a Korean font: "apt-get install chromium fonts-nanum". The last line is "N passed, N failed".
`;

const OPTIONS = {
  out: { type: 'string' },
  pictures: { type: 'string' },
  grep: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Wishes {
  readonly out: string;
  readonly pictures: string | undefined;
  readonly args: readonly string[];
}

/** The pages are built once the system is up. */
const pagesOf = async ({ places }: WholeSystem): Promise<boolean> =>
  (await fetch(places.apiUrl, { headers: { accept: 'text/html' } })).ok;

async function runPlaywright(system: WholeSystem, { out, pictures, args }: Wishes): Promise<number> {
  const report = join(out, 'report.json');
  const cli = require.resolve('@playwright/test/cli');
  const child = spawn(process.execPath, [cli, 'test', '--config', join(__dirname, 'playwright.config.ts'), ...args], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...{ E2E_PLACES: JSON.stringify(system.places), E2E_DATA: system.dataDir, E2E_OUT: out, E2E_REPORT: report },
      ...(pictures !== undefined && { E2E_PICTURES: resolve(pictures) }),
    },
  });
  const [code] = await once(child, 'close');
  const { passed, failed } = countsOf(report);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 || passed === 0 ? 1 : Number(code ?? 1);
}

/** A test that was skipped is none that passed; a run without a report failed. */
function countsOf(report: string): { passed: number; failed: number } {
  try {
    const { stats } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const dir = mkdtempSync(join(tmpdir(), 'plic-e2e-'));
  const out = resolve(values.out ?? join(dir, 'out'));
  mkdirSync(out, { recursive: true });
  say('starting the system');
  const system = await startWholeSystem(dir, { pace: 'demo', pages: true });
  try {
    await poll(
      () => pagesOf(system),
      (ok) => ok,
      { what: 'the pages are built' },
    );
    say('its pages are built');
    const args = [...positionals, ...(values.grep === undefined ? [] : ['--grep', values.grep])];
    return await runPlaywright(system, { out, pictures: values.pictures, args });
  } finally {
    await system.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

outliveReader();
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`e2e: ${error.stack}\n0 passed, 1 failed\n`);
    process.exit(1);
  },
);
