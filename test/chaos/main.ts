/** `npm run chaos`: a crowd of payers, a nemesis, then calm, and the proof that no won moved twice or was lost. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outliveReader } from '../../infra/reader';
import { ALL_POINTS } from '../faults/failpoint-names';
import { say } from '../servers/say';
import { type FailpointPool, openFailpointPool } from './failpoint-pool';
import { judge } from './judge';
import { makePeace, unleash } from './nemesis';
import { openOffice } from './operators';
import { openCrowd } from './payers';
import { type Person, settle } from './people';
import { type ChaosPlan, dealsOf, MEMBERS, planOf, WAVE_MS, type Wave } from './plan';
import { untilQuiet } from './quiet';
import { breaksOf, type Run, report, WHOLE_RUN_DEALS } from './report';
import { isUp, removeFolder, type System, startSystem } from './system';
import { tallyOf } from './tally';

const HELP = `npm run chaos [-- options]

Starts a system of its own (two workers, two APIs, PostgreSQL, Redis, Temporal, the
providers' sandboxes, an emulator of KMS), lets payers loose on it,
breaks everything by a plan, makes peace, waits until it is quiet, and checks every invariant against the providers' journals.

  --deals N       deals in all (default 300)
  --seed S        the plan is made of it: the same seed, the same plan (default 1)
  --minutes M     how long payers come and things break (default 2, and more from 360 deals on)
  --plan          print the plan and do nothing
  --keep          keep the folder of the run also when all is well
  --help

Exit code: 0 no break, every deal ended or says why it waits; 1 otherwise: the logs and journals are kept, and the command that
repeats the run is printed.
`;

const OPTIONS = {
  deals: { type: 'string', default: '300' },
  seed: { type: 'string', default: '1' },
  minutes: { type: 'string' },
  plan: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const DEALS_PER_MINUTE = 180;
const QUIET_LIMIT_MS = 300_000;
const PROGRESS_EVERY_MS = 10_000;

function count(text: string, name: string, min = 1): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < min) throw new Error(`--${name} must be a number from ${min}, not ${text}`);
  return value;
}

function readPlan(values: { deals: string; seed: string; minutes?: string | undefined }): ChaosPlan {
  const deals = Math.floor(count(values.deals, 'deals'));
  const minutes = values.minutes ? count(values.minutes, 'minutes', 0.5) : Math.max(2, deals / DEALS_PER_MINUTE);
  return planOf({ seed: Math.floor(count(values.seed, 'seed', 0)), deals, minutes });
}

const commandOf = ({ deals, seed, minutes }: ChaosPlan): string =>
  `npm run chaos -- --deals ${deals} --seed ${seed} --minutes ${minutes}`;

async function waitUntilUp(system: System): Promise<void> {
  for (const until = Date.now() + 60_000; !(await isUp(system)); ) {
    if (Date.now() > until) throw new Error(`the system does not come up: see ${join(system.dir, 'logs')}`);
    await sleepUntil(Date.now() + 200);
  }
}

/** So that the failpoints are spread over the run, and two workers are mostly both at work, ms. */
const lifeMsOf = ({ minutes }: ChaosPlan): number => Math.floor((minutes * 60_000) / 40);

const sleepUntil = (at: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));

/** From the first payer to the verdict. */
async function play(system: System, plan: ChaosPlan, failpointPool: FailpointPool): Promise<Run> {
  const people = await settle(system, plan.payers);
  const waves: { people: Person[]; orders: Wave['orders'] }[] = [];
  for (const { payers, orders } of plan.waves) waves.push({ people: await settle(system, payers), orders });
  await waitUntilUp(system);
  const [crowd, office] = [await openCrowd(system), openOffice(system)];
  const hits = () => `${ALL_POINTS.length - failpointPool.missing().length} of ${ALL_POINTS.length} failpoints hit`;
  const progress = setInterval(() => say(`${crowd.made()} of ${plan.deals} deals made, ${hits()}`), PROGRESS_EVERY_MS);
  try {
    const startedAt = Date.now();
    say(`${plan.deals} deals of ${people.length} payers and ${plan.faults.length} faults in ${plan.minutes} minutes`);
    const errands = [crowd.send(people, startedAt), office.send(plan.orders, startedAt)];
    const nemesis = await unleash(system, plan, startedAt, (what) => say(`  ${what}`));
    await Promise.all([nemesis.done, sleepUntil(startedAt + plan.minutes * 60_000)]);
    for (const { people, orders } of waves) {
      if (plan.deals < WHOLE_RUN_DEALS || failpointPool.missing().length === 0) break;
      say(`some more deals: ${hits()}`);
      errands.push(crowd.send(people, Date.now()), office.send(orders, Date.now()));
      await sleepUntil(Date.now() + WAVE_MS);
    }
    failpointPool.disarm();
    await makePeace(system);
    for (const side of [crowd, office]) side.calm();
    say('peace: waiting until it is quiet');
    const [quiet] = await Promise.all([untilQuiet(system, office, QUIET_LIMIT_MS), ...errands]);
    clearInterval(progress);
    say('checking');
    const verdict = await judge(system, crowd.promised);
    const brokenOrders = await office.broken();
    return {
      ...{ orders: office.answers, brokenOrders },
      ...{ plans: dealsOf(plan), verdict, quiet, struck: nemesis.struck, replaced: nemesis.replaced },
      failpoints: { all: ALL_POINTS.length, missing: failpointPool.missing() },
      ...{ answers: crowd.answers, contradictions: crowd.contradictions, promises: crowd.promised.length },
      lives: MEMBERS.map((name) => [name, system.members[name].starts()] as const),
      tally: await tallyOf(system),
    };
  } finally {
    clearInterval(progress);
    crowd.close();
  }
}

async function run(plan: ChaosPlan, keep: boolean): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), `plic-chaos-${plan.seed}-`));
  writeFileSync(join(dir, 'plan.json'), JSON.stringify(plan, null, 1));
  const failpointPool = openFailpointPool(plan, join(dir, 'failpoint-hits'));
  const kept = () => say(`kept: ${dir}\nto repeat it: ${commandOf(plan)}`);
  const system = await startSystem({ dir, armsOf: failpointPool.armsOf, armedAfterMs: lifeMsOf(plan), say }).catch(
    (error: Error) => {
      kept();
      throw error;
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void system.stop().finally(() => process.exit(130)));
  }
  try {
    const result = await play(system, plan, failpointPool);
    const text = report(result);
    writeFileSync(join(dir, 'report.txt'), text);
    process.stdout.write(text);
    const failed = breaksOf(result).length > 0;
    if (failed || keep) await system.keepKeys();
    await system.stop();
    if (failed || keep) kept();
    else removeFolder(dir);
    return failed ? 1 : 0;
  } catch (error) {
    kept();
    await system.keepKeys().catch((why: Error) => say(`its data keys are lost: ${why.message}`));
    await system.stop();
    throw error;
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const plan = readPlan(values);
  if (values.plan) {
    process.stdout.write(`${JSON.stringify(plan, null, 1)}\n`);
    return 0;
  }
  return run(plan, values.keep);
}

outliveReader(process.stderr);
main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`chaos: ${error.stack}\n`);
    process.exit(1);
  },
);
