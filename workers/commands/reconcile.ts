/** `npm run reconcile`: a day set against the providers' lists on demand, and the breaks that are open. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure } from '@temporalio/common';
import { type Db, openDb } from '../../db/connection';
import { findBreak } from '../../db/reconciliation/breaks';
import { type CommandConfig, loadCommandConfig, userOfShell } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW, type ReconcileInput, reconcileProgress } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { listsCompleteAt, type ReconciliationResult } from '../../workflows/domain/reconciliation';
import { personalDataIn } from './operator-texts';
import { Refused } from './orders';
import { orderAcceptance } from './reconcile-accept';
import { printBreak, printBreaks, printCorrections, printResult } from './reconcile-report';

const HELP = `npm run reconcile -- --date YYYY-MM-DD    reconcile that KST day now: settlement file, bank list, rows, ledger
npm run reconcile -- breaks [--all]       what is open, with its age and the proposed fix; --all: what has ended too
npm run reconcile -- show <id>            one break whole: both sides, and its story
npm run reconcile -- accept <id> --reason <text> [--case <reference>|none] [--actor <name>]
                                          end a break that no other command mends: our books are corrected to what our row says,
                                          or what the provider says is booked, and stays accepted while its facts are the same;
                                          --case: the chargeback that a strange line of the settlement file is of

The day is reconciled by the worker, as every night at 23:00 KST. Exit code: 0 no break is open; 1 breaks are open; 2 it could not be
done.
`;

const options = {
  date: { type: 'string' },
  all: { type: 'boolean', default: false },
  actor: { type: 'string', default: userOfShell() },
  reason: { type: 'string' },
  case: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const INCOMPLETE =
  'The lists of this day are complete at 23:00 KST of the next one: what they lack until then is carried over, and is no break yet.';

const LOOK_MS = 300;
/** Deals of the demo's pace have asked their provider by then. */
const DEMO_PATIENCE_MS = 5_000;

function dayOf(text: string): string {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text);
  if (!isDay) throw new Refused(`--date must be a day, YYYY-MM-DD, not "${text}"`);
  if (text > kstDayOf(new Date())) throw new Refused(`${text} has not begun in Korea yet`);
  return text;
}

function idOf(text: string | undefined): number {
  const id = Number(text?.replace(/^#/, ''));
  if (!Number.isSafeInteger(id) || id < 1) throw new Refused(`a break is named by its number, not "${text ?? ''}"`);
  return id;
}

/** Has the worker reconcile the day; a run of this day that is under way is joined. */
async function reconcile(client: Client, config: CommandConfig, day: string): Promise<ReconciliationResult[]> {
  const input: ReconcileInput = { day, ...(config.pace === 'demo' && { wakePatienceMs: DEMO_PATIENCE_MS }) };
  const run = await client.workflow.start(RECONCILE_WORKFLOW, {
    workflowId: `reconcile-${day}`,
    taskQueue: taskQueuesOf(config.temporal.taskQueue).batches,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Reconciliation of ${day}`,
  });
  let done = false;
  const result = run.result().finally(() => {
    done = true;
  });
  result.catch(() => undefined);
  for (let last = ''; !done; await Promise.race([result.catch(() => undefined), delay(LOOK_MS)])) {
    const asked = client.connection.withDeadline(Date.now() + 2_000, () => run.query(reconcileProgress));
    const step = await asked.catch(() => 'waiting for a worker');
    if (step !== last && !done) process.stderr.write(`${step}\n`);
    last = step;
  }
  return (await result) as ReconciliationResult[];
}

async function onDemand(config: CommandConfig, day: string): Promise<number> {
  const client = await openTemporal(config.temporal);
  try {
    const results = await reconcile(client, config, day);
    for (const result of results) printResult(result);
    if (new Date() < listsCompleteAt(day)) process.stdout.write(`\n${INCOMPLETE}\n`);
    return results.some(({ open }) => Object.keys(open).length > 0) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    throw new Refused(`${day} could not be reconciled: ${cause?.message ?? error.message}`);
  } finally {
    await client.connection.close();
  }
}

async function accept(db: Db, config: CommandConfig, breakId: number, values: Values): Promise<void> {
  const [reason, chargeback] = [values.reason?.trim(), values.case?.trim() || null];
  if (!reason) throw new Refused('--reason is missing');
  await orderAcceptance(db, config, { breakId, chargeback, reason, actor: `operator:${values.actor}` });
  process.stdout.write(`#${breakId}: accepted\n`);
  await printCorrections(db, breakId);
}

async function onBreaks(config: CommandConfig, [what, id]: string[], values: Values): Promise<number> {
  const db = openDb({ databaseUrl: config.databaseUrl, poolMax: 2 });
  try {
    if (what === 'breaks') return (await printBreaks(db, values.all ? 'all' : 'open')) > 0 ? 1 : 0;
    if (what === 'accept') {
      await accept(db, config, idOf(id), values);
      return 0;
    }
    if (what !== 'show') throw new Refused(`unknown: "${what}"; see --help`);
    const found = await findBreak(db, idOf(id));
    if (!found) throw new Refused(`there is no break ${id}`);
    printBreak(found);
    await printCorrections(db, found.id);
    return 0;
  } finally {
    await db.destroy();
  }
}

type Values = ReturnType<typeof parse>['values'];
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  if (values.help || (positionals.length === 0 && values.date === undefined)) {
    process.stdout.write(HELP);
    return 0;
  }
  const personal = personalDataIn(values);
  if (personal) throw new Refused(personal);
  const day = values.date === undefined ? undefined : dayOf(values.date);
  useLocalEnvironment();
  const config = loadCommandConfig();
  return day === undefined ? onBreaks(config, positionals, values) : onDemand(config, day);
}

outliveReader();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const plain = error instanceof Refused || error instanceof ConfigError || 'code' in error;
    process.stderr.write(`reconcile: ${plain ? error.message : error.stack}\n`);
    if (error instanceof TypeError) process.stderr.write('See: npm run reconcile -- --help\n');
    process.exitCode = 2;
  },
);
