/** One trial: the tests of a mutant, run in a copy of the tree. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ReadyMade } from '../servers/ready-made';
import { type Given, SERVERS_VARIABLE, type Servers } from '../servers/servers';
import type { TestChoice } from './mutants';

/** Tests that have not ended by then prove nothing, ms; each mutant has few. */
const PATIENCE_MS = 300_000;

/** A copy of the tree to plant bugs in, and the servers that its tests stand on. */
export interface Bench {
  readonly copy: string;
  /** For the temporary files of its tests. */
  readonly scratch: string;
  readonly servers: Servers;
  /** Made of the code without any bug. */
  readonly readyMade: ReadyMade;
}

/** What the tests said. `failed`: names of tests that ran and failed; `broken`: why others could not run at all. */
export interface Trial {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly broken: readonly string[];
}

/** Copies what belongs to the tree, uncommitted work included; the packages are shared. */
export function copyTree(root: string, copy: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const files = listed
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)));
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

export interface TrialOptions {
  /** The workflows and the schema are other than without a bug: they are made from the copy. */
  readonly makesItsOwn: boolean;
  /** Ends the trial, and rejects. */
  readonly signal: AbortSignal;
}

/** Runs the tests in the copy. */
export async function runTests(
  { copy, scratch, servers, readyMade }: Bench,
  { files, pattern }: TestChoice,
  { makesItsOwn, signal }: TrialOptions,
): Promise<Trial> {
  const given: Given = makesItsOwn ? servers : { ...servers, ...readyMade };
  const reportFile = join(scratch, 'report.json');
  rmSync(reportFile, { force: true });
  // A planted bug may leave something open that would keep jest from ending.
  const jest = [
    '--config',
    join(copy, 'jest.config.cjs'),
    '--runInBand',
    '--forceExit',
    '--json',
    '--outputFile',
    reportFile,
  ];
  const child = spawn(process.execPath, [require.resolve('jest/bin/jest'), ...jest, ...files, '-t', pattern], {
    cwd: copy,
    env: { ...process.env, TMPDIR: scratch, [SERVERS_VARIABLE]: JSON.stringify(given) },
    stdio: 'ignore',
  });
  const tooLong = AbortSignal.timeout(PATIENCE_MS * files.length);
  const ended = AbortSignal.any([signal, tooLong]);
  const stop = () => child.kill();
  ended.addEventListener('abort', stop);
  try {
    await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  } finally {
    ended.removeEventListener('abort', stop);
  }
  signal.throwIfAborted();
  if (tooLong.aborted) return { passed: 0, failed: [], broken: ['the tests did not end in time'] };
  return readReport(reportFile, copy);
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function readReport(file: string, copy: string): Trial {
  if (!existsSync(file)) return { passed: 0, failed: [], broken: ['the tests could not be set up'] };
  const { numPassedTests, testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const failed = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => `${relative(copy, name)}: ${fullName}`),
  );
  const broken = testResults
    .filter(({ message, assertionResults }) => message !== '' && assertionResults.length === 0)
    .map(({ name, message }) => `${relative(copy, name)} could not be loaded: ${message.slice(0, 500)}`);
  return { passed: numPassedTests, failed, broken };
}
