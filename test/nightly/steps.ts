/** What is too long for every change, and is run at night: all sorts of it, in this order. */
import { DRILLS } from '../drills';
import { FLOOD_VARIABLE } from '../fixtures/webhooks';
import { CLOCK_VARIABLE } from '../servers/clock';

export interface Step {
  readonly name: string;
  /** What it shows. */
  readonly what: string;
  /** Arguments of node. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What of its output stands in docs/nightly.md. */
  readonly keep: readonly RegExp[];
}

const run = (file: string, ...args: string[]): string[] => ['--import', 'tsx', file, ...args];

/** KST; the last begins before the end of a month and ends after it. */
const CLOCKS = ['00:10', '03:00', '08:55', '11:30', '13:55', '18:00', '22:59', '23:45', '2026-11-30T23:57'];

const suiteOf = (clock: string): Step => ({
  name: `suite-${clock.replace(/[-:]/g, '')}`,
  what: `every test, from ${clock} KST on`,
  command: run('test/run.ts'),
  env: { [CLOCK_VARIABLE]: clock },
  keep: [],
});

const FLOOD = 10_000;

const PLANS = 40;
const PLAYED: Step = {
  name: 'interleavings',
  what: `${PLANS} plans of what providers and people do, in an order drawn by lot`,
  command: run('test/interleavings/main.ts', '--seed', '100', '--runs', `${PLANS}`),
  keep: [/^(\d+ deals, \d+ answers: .+)$/m],
};

const EXAMPLES = 200;
const DRAWN: Step = {
  name: 'schemathesis',
  what: `${EXAMPLES} requests drawn from the OpenAPI document for each operation`,
  command: run('test/schemathesis/main.ts', '--examples', `${EXAMPLES}`, '--seed', '1'),
  keep: [/^(\d+ requests: .+)$/m],
};

const CHAOS_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const CHAOS_DEALS = 2_000;

const chaosOf = (seed: number): Step => ({
  name: `chaos-${seed}`,
  what: `${CHAOS_DEALS.toLocaleString('en-US')} deals under the faults of seed ${seed}`,
  command: run('test/chaos/main.ts', '--deals', `${CHAOS_DEALS}`, '--seed', `${seed}`),
  keep: [/^(Unknown outcomes: .+)$/m, /^(Failpoints: .+)$/m, /^(Time to quiet: .+)$/m, /^(\d+ breaks)$/m],
});

const reconcileOf = (name: string, deals: number): Step => ({
  name: `reconcile-${name}`,
  what: `one day of ${deals.toLocaleString('en-US')} deals, 100 planted breaks`,
  command: run('test/bench/main.ts', '--only', 'reconcile', '--reconcile-deals', `${deals}`),
  keep: [/^ {2}(in all .+)$/m, /^ {2}(memory, .+)$/m, /^(AMISS: .+)$/m],
});

const OPERATORS_LOOK: Step = {
  name: 'admin-1m',
  what: 'what operators ask for, over 1,000,000 deals beside 10,000',
  command: run('test/bench/main.ts', '--only', 'admin', '--admin-deals', '1000000'),
  keep: [/^ {2}(most times: .+)$/m, /^ {2}(law .+)$/m, /^(AMISS: .+)$/m],
};

const FIRST_OF_MONTH: Step = {
  name: 'months-1m',
  what: 'grade-update and monthly-reset over 1,000,000 members beside 100,000',
  command: run('test/bench/main.ts', '--only', 'months', '--members', '1000000'),
  keep: [/^ {2}(grade-update, .+)$/m, /^ {2}(monthly-reset, .+)$/m, /^ {2}(memory, .+)$/m, /^(AMISS: .+)$/m],
};

const RULES_OF_RISK: Step = {
  name: 'risk-1m',
  what: '200 decisions a second beside PINGs; a backtest of 1,000,000 decisions beside 100,000',
  command: run('test/bench/main.ts', '--only', 'risk', '--decisions', '1000000'),
  keep: [/^ {2}(p99 .+)$/m, /^ {2}(backtest, .+)$/m, /^ {2}(memory, .+)$/m, /^(AMISS: .+)$/m],
};

const AT_ONCE: Step = {
  name: 'k6',
  what: '100 payers confirm at the same moment, five times',
  command: run('test/k6/main.ts'),
  keep: [/^(confirms over HTTP: .+)$/m, /^(bare update-with-start: .+)$/m, /^(\d+ errors in .+)$/m, /^(AMISS: .+)$/m],
};

const KEYS: Step = {
  name: 'key-rotation',
  what: 'every key is changed while 500 deals run, by a command that is killed and goes on',
  command: run('test/rotation/main.ts'),
  keep: [/^(\d+ deals: .+)$/m, /^(\d+ ciphertexts read, .+)$/m, /^(AMISS: .+)$/m, /^(\d+ breaks)$/m],
};

export const STEPS: readonly Step[] = [
  ...CLOCKS.map(suiteOf),
  {
    name: 'mutants',
    what: 'each planted bug is noticed',
    command: run('test/mutants/main.ts'),
    keep: [/^(\d+ caught, \d+ survived)$/m],
  },
  {
    name: 'drills',
    what: 'a kill at every failpoint, and what a process keeps',
    command: run('test/run.ts', ...DRILLS),
    keep: [],
  },
  {
    name: 'flood',
    what: `${FLOOD.toLocaleString('en-US')} events about one deal`,
    command: run('test/run.ts', 'test/stories/flood'),
    env: { [FLOOD_VARIABLE]: `${FLOOD}` },
    keep: [],
  },
  PLAYED,
  DRAWN,
  AT_ONCE,
  KEYS,
  reconcileOf('100k', 100_000),
  reconcileOf('1m', 1_000_000),
  OPERATORS_LOOK,
  FIRST_OF_MONTH,
  RULES_OF_RISK,
  ...CHAOS_SEEDS.map(chaosOf),
];

/** The steps of these names; `chaos` is all of `chaos-1`, `chaos-2`, … Throws for a name of none. */
export function stepsNamed(names: readonly string[], steps: readonly Step[] = STEPS): Step[] {
  const isMeant = (name: string) => (step: Step) => step.name === name || step.name.startsWith(`${name}-`);
  const strange = names.filter((name) => !steps.some(isMeant(name)));
  if (strange.length > 0)
    throw new Error(`no such step: ${strange.join(', ')}; there are ${steps.map(({ name }) => name).join(', ')}`);
  return steps.filter((step) => names.length === 0 || names.some((name) => isMeant(name)(step)));
}
