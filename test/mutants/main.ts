/**
 * `npm run mutants`: plants each bug of this folder in a copy of the tree and expects the tests to notice. Bugs are never planted in
 * the tree itself, and no code of the house knows of them.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outliveReader } from '../../infra/reader';
import { bundleWorkflows, prepareTemplate, SOURCES_OF_READY_MADE } from '../servers/ready-made';
import { startServers } from '../servers/servers';
import { type Mutant, misfitOf, plant, readMutants } from './mutants';
import { type Bench, copyTree, runTests, type Trial } from './trial';

const HELP = `npm run mutants [-- options]: plants bugs, one at a time, and shows that the tests notice each.

  --only <name>        only this one; may be repeated (the names are those of test/mutants/*.patch)
  --per-invariant <n>  the first n of each invariant, by name
  --help               this text

First the named tests are run without any bug, and must pass. Then one line a bug; the last line is "N caught, N survived".
Exit code: 0 only when every bug was caught. Needs git; starts PostgreSQL, Redis and Temporal for the run, and stops them after it.
`;

const ROOT = join(__dirname, '../..');
const LANES = 2;
/** Redis databases of one lane. */
const REDIS_SHARE = 8;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function timed<T>(work: () => Promise<T>): Promise<[T, string]> {
  const start = Date.now();
  const result = await work();
  return [result, `${((Date.now() - start) / 1_000).toFixed(0)} s`.padStart(5)];
}

/** Why the bug counts as not caught; null when a test noticed it. */
function survivalOf({ failed, broken, passed }: Trial): string | null {
  if (broken.length > 0) return broken.join('; ');
  if (failed.length > 0) return null;
  return passed > 0 ? `all ${passed} tests pass` : 'no test was run';
}

async function tryMutant(bench: Bench, mutant: Mutant, signal: AbortSignal): Promise<boolean> {
  const { name, invariant } = mutant;
  const label = `${name.padEnd(32)} ${invariant.padEnd(4)}`;
  const misfit = misfitOf(mutant, bench.copy);
  if (misfit !== null) {
    say(`SURVIVED ${label}       its patch does not apply: ${misfit}`);
    return false;
  }
  const takeOut = plant(mutant, bench.copy);
  try {
    const makesItsOwn = mutant.touches.some((file) => SOURCES_OF_READY_MADE.some((source) => file.startsWith(source)));
    const [trial, seconds] = await timed(() => runTests(bench, mutant.tests, { makesItsOwn, signal }));
    const survival = survivalOf(trial);
    say(`${survival === null ? 'caught  ' : 'SURVIVED'} ${label} ${seconds} ${survival ?? trial.failed[0]}`);
    return survival === null;
  } finally {
    takeOut();
  }
}

/** Whether the tests of all mutants pass as long as there is no bug: a test that fails anyway would prove nothing. */
async function isSound(benches: readonly Bench[], mutants: readonly Mutant[], signal: AbortSignal): Promise<boolean> {
  const files = [...new Set(mutants.flatMap(({ tests }) => tests.files))];
  const pattern = [...new Set(mutants.map(({ tests }) => `(${tests.pattern})`))].join('|');
  say(`first without any bug: the tests meant of ${files.length} files`);
  const shares = benches.map((bench, lane) => ({ bench, files: files.filter((_, n) => n % benches.length === lane) }));
  const [trials, seconds] = await timed(() =>
    Promise.all(
      shares
        .filter((share) => share.files.length > 0)
        .map((share) => runTests(share.bench, { files: share.files, pattern }, { makesItsOwn: false, signal })),
    ),
  );
  const complaints = trials.flatMap(({ failed, broken }) => [...broken, ...failed]);
  for (const complaint of complaints) say(`fails without any bug: ${complaint}`);
  if (complaints.length > 0) return false;
  const passed = trials.reduce((sum, trial) => sum + trial.passed, 0);
  say(`sound    ${'without any bug'.padEnd(37)} ${seconds} all ${passed} tests pass`);
  return true;
}

/** The first `most` of each invariant. */
function perInvariant(mutants: readonly Mutant[], most: number): Mutant[] {
  const seen = new Map<string, number>();
  return mutants.filter(({ invariant }) => {
    const n = (seen.get(invariant) ?? 0) + 1;
    seen.set(invariant, n);
    return n <= most;
  });
}

interface Choice {
  readonly only: readonly string[];
  /** Undefined: all of them. */
  readonly most: number | undefined;
}

function chosen({ only, most }: Choice): Mutant[] {
  const mutants = readMutants(__dirname);
  if (most !== undefined) return perInvariant(mutants, most);
  const unknown = only.filter((name) => mutants.every((mutant) => mutant.name !== name));
  if (unknown.length > 0)
    throw new Error(`no such mutant: ${unknown.join(', ')}; there are ${mutants.map(({ name }) => name).join(', ')}`);
  return only.length > 0 ? mutants.filter(({ name }) => only.includes(name)) : mutants;
}

type Shared = Pick<Bench, 'servers' | 'readyMade'>;

function benchOf(dir: string, { servers, readyMade }: Shared, lane: number): Bench {
  const bench = {
    copy: join(dir, `copy-${lane}`),
    scratch: join(dir, `scratch-${lane}`),
    servers: { ...servers, redisTaken: lane * REDIS_SHARE },
    readyMade,
  };
  mkdirSync(bench.scratch);
  copyTree(ROOT, bench.copy);
  return bench;
}

/** Answers with the exit code. */
async function run(dir: string, mutants: readonly Mutant[], signal: AbortSignal): Promise<number> {
  const { stop, ...servers } = await startServers(dir);
  try {
    const [template, bundlePath] = await Promise.all([prepareTemplate(servers.postgresUrl), bundleWorkflows(dir)]);
    const shared = { servers, readyMade: { template, bundlePath } };
    const benches = Array.from({ length: LANES }, (_, lane) => benchOf(dir, shared, lane));
    if (!(await isSound(benches, mutants, signal))) return 1;
    const queue = mutants.values();
    const verdicts: boolean[] = [];
    const lane = async (bench: Bench) => {
      for (const mutant of queue) verdicts.push(await tryMutant(bench, mutant, signal));
    };
    await Promise.all(benches.map(lane));
    const caught = verdicts.filter(Boolean).length;
    say(`${caught} caught, ${verdicts.length - caught} survived`);
    return caught === mutants.length ? 0 : 1;
  } finally {
    await stop();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      'per-invariant': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const most = values['per-invariant'] === undefined ? undefined : Number(values['per-invariant']);
  if (most !== undefined && !(Number.isInteger(most) && most > 0))
    throw new Error('--per-invariant must be a whole number, from 1');
  if (most !== undefined && values.only.length > 0) throw new Error('--only and --per-invariant exclude each other');
  const mutants = chosen({ only: values.only, most });
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(name)));
  const dir = mkdtempSync(join(tmpdir(), 'plic-mutants-'));
  try {
    return await run(dir, mutants, interrupted.signal);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

outliveReader(process.stdout);
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  },
);
