/** `npm run interleavings`: what can happen to deals, in an order drawn by lot, on real parts; and the laws of money after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { outliveReader } from '../../infra/reader';
import { onOwnStack } from '../servers/own-stack';
import { say } from '../servers/say';
import { type Plan, planOf } from './plan';
import { play } from './play';
import { Broken } from './words';

const HELP = `npm run interleavings [-- options]

Draws what the providers do to some deals (lost, late and unknown answers, declines, returns), and what people, batches and the providers' events
do meanwhile (orders, rulings, cancels, disputes, stops, lists, false events), in any order; plays it on real parts; mends everything; and checks
every law of money against the providers' journals: never more than one net payout or one kept charge, and every deal ends or names its doubt.

  --seed S        the plans are drawn from it (default 1)
  --runs N        how many plans (default 3)
  --deals D       deals of a plan at most (default 24)
  --path P        only the plan at this path, as a failure printed it
  --only 3,7      of each plan only these deals, as a failure printed them
  --tell          what was drawn for each deal, and what people heard, also when all is well
  --help

The last line is "N passed, N failed". Exit code: 0 no law was broken; 1 otherwise, and the command that plays the plan again is printed.
`;

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  runs: { type: 'string', default: '3' },
  deals: { type: 'string', default: '24' },
  path: { type: 'string' },
  only: { type: 'string' },
  tell: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** A mistake in how the command was called. */
class UsageError extends Error {}

function count(text: string, name: string, min: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new UsageError(`--${name} must be a whole number from ${min}, not ${text}`);
  return value;
}

interface Asked {
  readonly seed: number;
  readonly runs: number;
  readonly deals: number;
  readonly path: string | undefined;
  readonly only: readonly number[] | undefined;
  readonly tell: boolean;
}

function pathOf(text: string | undefined): string | undefined {
  if (text !== undefined && !/^\d+(:\d+)*$/.test(text))
    throw new UsageError(`--path must be a path that a failure printed, such as 2, not ${text}`);
  return text;
}

const commandOf = ({ seed, deals }: Asked, path: string | null): string =>
  `npm run interleavings -- --seed ${seed} --deals ${deals} --path ${path}`;

/** Plays the plans. The first that fails ends the run: smaller ones are not looked for, since each takes half a minute. */
async function run(asked: Asked): Promise<number> {
  const { seed, runs, deals, path, only, tell } = asked;
  let [passed, dealsPlayed, answers] = [0, 0, 0];
  const allEnds = new Map<string, number>();
  const one = async (plan: Plan) => {
    const began = performance.now();
    const { acts, ends, told } = await play(plan, only);
    passed += 1;
    answers += acts;
    for (const [status, n] of Object.entries(ends)) {
      dealsPlayed += n;
      allEnds.set(status, (allEnds.get(status) ?? 0) + n);
    }
    const took = ((performance.now() - began) / 1_000).toFixed(1);
    if (tell) say(told);
    say(`plan ${passed}: ${plan.deals.length} deals, ${acts} answers, ${JSON.stringify(ends)}, ${took} s`);
  };
  const parameters = { seed, numRuns: path === undefined ? runs : 1, endOnFailure: true, ...(path && { path }) };
  const { failed, counterexamplePath, errorInstance } = await fc.check(
    fc.asyncProperty(planOf({ deals }), one),
    parameters,
  );
  if (failed) {
    const { message, stack, deals: broken = [] } = errorInstance as Partial<Broken> & Error;
    say(`${errorInstance instanceof Broken ? message : stack}\n\nto play it again:`);
    say(commandOf(asked, counterexamplePath));
    if (broken.length > 0) say(`${commandOf(asked, counterexamplePath)} --only ${broken.join(',')}`);
  }
  const ends = [...allEnds].map(([status, n]) => `${n} ${status}`).join(', ');
  process.stdout.write(`${dealsPlayed} deals, ${answers} answers: ${ends}\n`);
  process.stdout.write(`${passed} passed, ${failed ? 1 : 0} failed\n`);
  return failed ? 1 : 0;
}

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const asked = {
    ...{ seed: count(values.seed, 'seed', 0), runs: count(values.runs, 'runs', 1), path: pathOf(values.path) },
    ...{ deals: count(values.deals, 'deals', 1), tell: values.tell },
    only: values.only?.split(',').map((number) => count(number, 'only', 0)),
  };
  const dir = mkdtempSync(join(tmpdir(), 'plic-interleavings-'));
  try {
    return await onOwnStack(dir, () => run(asked));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

outliveReader();
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    const usage = error instanceof UsageError || ('code' in error && `${error.code}`.startsWith('ERR_PARSE_ARGS'));
    process.stderr.write(`interleavings: ${usage ? error.message : error.stack}\n0 passed, 1 failed\n`);
    process.exit(1);
  },
);
