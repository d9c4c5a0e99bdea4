/**
 * `npm run reconcile`: a day set against the providers' lists on demand, and the breaks that are open. It parses,
 * calls, and prints.
 */
import { parseArgs } from 'node:util';
import type { z } from '../../api/http/zod';
import { clockOfCommand } from '../../api/open-clock';
import { acceptBreak } from '../../api/operator/accept-break';
import { audited } from '../../api/operator/give';
import { dayToReconcile, reconcileDay } from '../../api/operator/reconcile-day';
import type { Operator } from '../../db/admin-sessions';
import type { Db } from '../../db/connection';
import { findBreak } from '../../db/reconciliation/breaks';
import { type CommandConfig, loadCommandConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { taskQueuesOf } from '../../infra/temporal/client';
import { giving, withOperator } from './operator-session';
import { checked, fieldsOf, Refused, reachTemporal, tellFailure, UsageError, unlessRefused } from './orders';
import { printBreak, printBreaks, printCorrections, printResult } from './reconcile-report';

const HELP = `npm run reconcile -- --date YYYY-MM-DD [--accept-loss]
                                          reconcile that KST day now: providers' lists, rows, ledger;
                                          --accept-loss: a provider has explained what its list lacks of an
                                          earlier reading; without it such a list changes nothing
npm run reconcile -- breaks [--all]       what is open, with its age and the proposed fix; --all: what has ended too
npm run reconcile -- show <id>            one break whole: both sides, and its story
npm run reconcile -- accept <id> --reason <text> [--case <reference>|none]
                                          end a break that no other command mends: our books are corrected to
                                          what our row says, or what the provider says is booked, and stays
                                          accepted while its facts are the same;
                                          --case: the chargeback that a strange line of the settlement file is of

Log in first: "npm run operator -- login <handle>". The day is reconciled by the worker, as every night
at 23:00 KST. Exit code: 0 no break is open; 1 breaks are open; 2 it could not be done.
`;

const options = {
  date: { type: 'string' },
  all: { type: 'boolean' },
  'accept-loss': { type: 'boolean' },
  reason: { type: 'string' },
  case: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const INCOMPLETE = `The lists of this day are complete at 23:00 KST of the next one: what they lack until then is
carried over, and is no break yet.`;

/** What the command asks for, with its input checked; answers with the exit code. */
type Work = (config: CommandConfig) => Promise<number>;

function onDemand(date: string, acceptLoss: boolean | undefined): Work {
  const day = checked(dayToReconcile, { date, acceptLoss });
  return (config) =>
    withOperator(config, 'batches.run', ({ db }, operator) => reconcile({ config, db }, operator, day));
}

type Day = z.output<typeof dayToReconcile>;
async function reconcile({ config, db }: { config: CommandConfig; db: Db }, operator: Operator, day: Day) {
  const client = await reachTemporal(config, db);
  try {
    const taskQueue = taskQueuesOf(config.temporal.taskQueue).batches;
    const deps = { client, taskQueue, pace: config.pace, clock: await clockOfCommand(config.fastClock, db) };
    const tell = (step: string) => void process.stderr.write(`${step}\n`);
    const about = { action: day.acceptLoss ? 'run --accept-loss' : 'run', subjectKind: 'reconciliation' };
    const run = () => reconcileDay(deps, day, tell);
    const { results, complete } = unlessRefused(await audited(db, operator, { ...about, subject: day.date }, run));
    for (const result of results) printResult(result);
    if (!complete) process.stdout.write(`\n${INCOMPLETE}\n`);
    return results.some(({ open }) => Object.keys(open).length > 0) ? 1 : 0;
  } finally {
    await client.connection.close();
  }
}

function idOf(text: string | undefined): number {
  const id = Number(text?.replace(/^#/, ''));
  if (!Number.isSafeInteger(id) || id < 1) throw new UsageError(`a break is named by its number, not "${text ?? ''}"`);
  return id;
}

function accepting(breakId: number, values: Values): Work {
  const order = giving(acceptBreak, { breakId }, fieldsOf(values));
  return (config) =>
    withOperator(config, 'money.read', async (deps, operator) => {
      await order(deps, operator);
      await printCorrections(deps.db, breakId);
      return 0;
    });
}

function showing(id: number): Work {
  return (config) =>
    withOperator(config, 'money.read', async ({ db }) => {
      const found = await findBreak(db, id);
      if (!found) throw new Refused(`there is no break ${id}`);
      printBreak(found);
      await printCorrections(db, found.id);
      return 0;
    });
}

function workOf([what, id]: string[], { date, all, 'accept-loss': acceptLoss, ...values }: Values): Work {
  if (date !== undefined) return onDemand(date, acceptLoss);
  switch (what) {
    case 'breaks':
      return (config) =>
        withOperator(config, 'money.read', async ({ db }) =>
          (await printBreaks(db, all ? 'all' : 'open')) > 0 ? 1 : 0,
        );
    case 'accept':
      return accepting(idOf(id), values);
    case 'show':
      return showing(idOf(id));
    default:
      throw new UsageError(`unknown: "${what}"`);
  }
}

type Values = Omit<ReturnType<typeof parse>['values'], 'help'>;
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });

async function main(argv: string[]): Promise<number> {
  const {
    values: { help, ...values },
    positionals,
  } = parse(argv);
  if (help || (positionals.length === 0 && values.date === undefined)) {
    process.stdout.write(HELP);
    return 0;
  }
  const work = workOf(positionals, values);
  useLocalEnvironment();
  return work(loadCommandConfig());
}

outliveReader();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    tellFailure('reconcile', error);
    process.exitCode = 2;
  },
);
