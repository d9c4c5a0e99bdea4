/**
 * `npm test`: every test, or those named (`npm test -- test/domain -t cancel`; anything jest understands). The last line counts what
 * really ran. Exit code: 0 only when at least one test ran and none failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRILLS } from './drills';
import { withClock } from './servers/clock';

const HELP = `npm test [-- [path or pattern …] [jest options]]

  npm test                          everything but the drills of the night: ${DRILLS.map((file) => file.replace(/.*\//, '')).join(', ')}
  npm test -- test/domain           one folder
  npm test -- test/stories -t ALERT the tests whose name contains "ALERT"

PLIC_TEST_CLOCK=HH:MM (or YYYY-MM-DDTHH:MM) sets the clock of every process of the run to that time in Korea; the servers keep theirs.
PostgreSQL, Redis and Temporal are started for the run and stopped after it. The last line is "N passed, N failed".
`;

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** A file that could not even be loaded counts as one failure; a run without a report failed. */
function countsOf(reportFile: string): Counts {
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8'));
    return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** What jest is told; whoever names a path gets what is there. */
const wanted = (args: readonly string[]): readonly string[] =>
  args.some((arg) => arg.startsWith('test')) ? args : [...args, '--testPathIgnorePatterns', ...DRILLS];

async function runJest(args: readonly string[], reportFile: string): Promise<number> {
  const jest = require.resolve('jest/bin/jest');
  const config = join(__dirname, '..', 'jest.config.cjs');
  const child = spawn(
    process.execPath,
    [jest, '--config', config, '--json', '--outputFile', reportFile, ...wanted(args)],
    { env: withClock(process.env), stdio: ['inherit', 'ignore', 'inherit'] }, // with --json jest reports on stderr; stdout would repeat the JSON
  );
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const dir = mkdtempSync(join(tmpdir(), 'plic-report-'));
  try {
    const reportFile = join(dir, 'report.json');
    const code = await runJest(args, reportFile);
    const { passed, failed } = countsOf(reportFile);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed > 0 || passed === 0 ? 1 : code;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n0 passed, 1 failed\n`);
    process.exitCode = 1;
  },
);
