/**
 * `npm run check`: every law of money that can be looked at, on the configured database and engine
 * (docs/reliability.md).
 */
import { parseArgs } from 'node:util';
import { stuckAfterSOf } from '../../activities/batches/checks';
import { checkEngine, ENGINE_LAW } from '../../activities/batches/engine-check';
import { clockOfCommand } from '../../api/open-clock';
import { type Db, openDb } from '../../db/connection';
import { INVARIANTS } from '../../db/invariants/all';
import { CHECK_STATEMENT_MS, examineAll, type Finding, type Unchecked } from '../../db/invariants/invariant';
import { type CheckConfig, loadCheckConfig } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { checkDay, checkJournals, SourceDown } from './check-providers';
import { printReport } from './check-report';

const HELP = `npm run check -- [--journals] [--date YYYY-MM-DD]

Looks at every invariant of money (docs/reliability.md) on the configured database and on Temporal: one line each, then
the deals that break one. It only reads, and it may run at any time on a live system.

  READ_DATABASE_URL, or DATABASE_URL       all that must be set; without it, what "npm start" left in .plic/env is used
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE     127.0.0.1:7233, default; when it does not answer its law stays unchecked
  PLIC_TASK_QUEUE, PLIC_PACE               plic, production
  SOFTPAYMENT_URL, SOFTPAYMENT_API_KEY, BANK_URL, BANK_API_KEY
                                           for --journals and --date only

  --journals   compare with the sandboxes' own journals too: what really happened at the PG and at the bank
  --date       compare with the PG's settlement file and the bank's list of that KST day too

Exit code: 0 no break; 1 breaks; 2 no break, but something could not be checked (it is named).
`;

const options = {
  journals: { type: 'boolean', default: false },
  date: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** A source that is down leaves its laws unchecked, and the others are looked at all the same. */
async function attempt(look: () => Promise<Finding[]>, unchecked: Unchecked): Promise<Finding[] | Unchecked> {
  try {
    return await look();
  } catch (error) {
    const reason = error instanceof SourceDown ? error.message : `${unchecked.reason} (${(error as Error).message})`;
    return { ...unchecked, reason };
  }
}

async function lookAtEngine(db: Db, config: CheckConfig): Promise<Finding[]> {
  const client = await openTemporal(config.temporal, null);
  try {
    return [await checkEngine({ db, client, dealsQueue: taskQueuesOf(config.temporal.taskQueue).deals })];
  } finally {
    await client.connection.close();
  }
}

interface Asked {
  readonly journals: boolean;
  readonly date: string | undefined;
}

async function check(config: CheckConfig, { journals, date }: Asked): Promise<number> {
  const { policy, providers } = config;
  const db = openDb({ databaseUrl: config.databaseUrl, poolMax: 2, statementTimeoutMs: CHECK_STATEMENT_MS });
  try {
    await db.raw('select 1').catch((error: Error & { code?: string }) => {
      throw new SourceDown(`PostgreSQL does not answer (${error.code ?? error.message})`);
    });
    const clock = await clockOfCommand(config.fastClock, db);
    const times = { now: clock(), stuckAfterS: stuckAfterSOf(policy) };
    const { findings, unchecked } = await examineAll(db, INVARIANTS, times);
    const lost = { id: 'I7', reason: 'the providers could not be compared' };
    const others = [
      await attempt(() => lookAtEngine(db, config), { ...ENGINE_LAW, reason: 'Temporal does not answer' }),
      ...(providers && journals
        ? [await attempt(() => checkJournals(db, providers), { ...lost, name: 'journals' })]
        : []),
      ...(providers && date
        ? [await attempt(() => checkDay(db, { ...providers, policy }, date), { ...lost, name: `lists of ${date}` })]
        : []),
    ];
    for (const other of others) {
      if ('reason' in other) unchecked.push(other);
      else findings.push(...other);
    }
    const breaks = printReport({ findings, unchecked });
    return breaks > 0 ? 1 : unchecked.length > 0 ? 2 : 0;
  } finally {
    await db.destroy();
  }
}

/** A mistake in how the command was called. */
class UsageError extends Error {}

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { journals, date } = values;
  if (date !== undefined && !isDay(date)) throw new UsageError('--date must be a day, YYYY-MM-DD');
  useLocalEnvironment();
  return check(loadCheckConfig(journals || date !== undefined), { journals, date });
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

outliveReader();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const usage = error instanceof UsageError || ('code' in error && `${error.code}`.startsWith('ERR_PARSE_ARGS'));
    const plain = usage || error instanceof ConfigError || error instanceof SourceDown;
    process.stderr.write(`check: ${plain ? error.message : error.stack}\n`);
    if (usage) process.stderr.write('See: npm run check -- --help\n');
    process.exitCode = 2;
  },
);
