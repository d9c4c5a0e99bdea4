/** `npm run retention`: the end of personal data, its proofs, and legal holds. It parses, calls, and prints. */
import { parseArgs } from 'node:util';
import { destroyNow } from '../../api/operator/destroy-now';
import { audited } from '../../api/operator/give';
import { holdDeal, holdMember, liftLegalHold } from '../../api/operator/legal-holds';
import type { OperatorDeps } from '../../api/operator/order';
import { latestProofs } from '../../db/retention/destroy';
import { HOLD_PATIENCE_MS, standingHolds } from '../../db/retention/legal-holds';
import { type CommandConfig, loadCommandConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { taskQueuesOf } from '../../infra/temporal/client';
import type { OperatorRight } from '../../workflows/domain/operator-roles';
import { printTable, write } from './deal-report';
import { giving, type Work as OperatorWork, withOperator } from './operator-session';
import { fieldsOf, reachTemporal, tellFailure, UsageError, unlessRefused } from './orders';

const HELP = `npm run retention -- run                   destroy now what is due; the worker does it
npm run retention -- proofs                what was destroyed, or held, latest first
npm run retention -- holds                 the legal holds that were not lifted
npm run retention -- hold deal <dealNo> --code <code> --reason <text> [--until YYYY-MM-DD]
                                           keep everything of this deal and of its member beyond its term
npm run retention -- hold member <id> …    likewise, everything of a member
npm run retention -- lift <number> --reason <text>
                                           what the hold kept is destroyed by the next run, if its term is over

Codes: court-order, investigation, tax-audit, dispute. --until names the last day (KST); without it a hold stands until
it is lifted. Log in first: "npm run operator -- login <handle>"; who set a hold is kept with it.
`;

const options = {
  reason: { type: 'string' },
  code: { type: 'string' },
  until: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = Omit<ReturnType<typeof parse>['values'], 'help'>;
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });

/** What the command asks for, with its input checked: nothing is opened for a mistake. */
type Work = (config: CommandConfig) => Promise<void>;

const PROOFS_SHOWN = 100;

const patiently =
  (right: OperatorRight, work: OperatorWork): Work =>
  (config) =>
    withOperator(config, right, work, HOLD_PATIENCE_MS);
const reading = (show: (deps: OperatorDeps) => Promise<void>): Work => patiently('deals.read', show);
const holding = (order: OperatorWork): Work => patiently('self.use', order);

const run: Work = (config) =>
  patiently('batches.run', async ({ db }, operator) => {
    const client = await reachTemporal(config, db);
    try {
      const taskQueue = taskQueuesOf(config.temporal.taskQueue).batches;
      const { rules } = unlessRefused(await audited(db, operator, RUN, () => destroyNow(client, taskQueue)));
      printTable('Destroyed', rules);
    } finally {
      await client.connection.close();
    }
  })(config);
const RUN = { action: 'run', subjectKind: 'batch', subject: 'retention' } as const;

const showProofs = reading(async ({ db }) => {
  const proofs = await latestProofs(db, PROOFS_SHOWN);
  printTable(
    'Proofs',
    proofs.map((proof) => ({ ...proof })),
  );
  if (proofs.length === 0) write('nothing has been destroyed');
});
const showHolds = reading(async ({ db }) => {
  const holds = await standingHolds(db);
  printTable(
    'Legal holds',
    holds.map(({ userId, dealNo, ...hold }) => ({ whose: dealNo ?? userId, ...hold })),
  );
  if (holds.length === 0) write('no hold stands');
});

function setting(what: string | undefined, whose: string | undefined, values: Values): Work {
  if (whose === undefined) throw new UsageError('name the deal or the member');
  if (what === 'deal') return holding(giving(holdDeal, { dealNo: whose }, fieldsOf(values)));
  if (what === 'member') return holding(giving(holdMember, {}, { ...fieldsOf(values), member: whose }));
  throw new UsageError('a hold is of a "deal" or of a "member"');
}

function lifting(number: string | undefined, values: Values): Work {
  if (!/^\d+$/.test(number ?? '')) throw new UsageError('a hold is named by its number; see "holds"');
  const given = { ...fieldsOf(values), hold: Number(number) };
  return holding(giving(liftLegalHold, {}, given));
}

function workOf([what, first, second]: string[], values: Values): Work {
  switch (what) {
    case 'run':
      return run;
    case 'proofs':
      return showProofs;
    case 'holds':
      return showHolds;
    case 'hold':
      return setting(first, second, values);
    case 'lift':
      return lifting(first, values);
    default:
      throw new UsageError(`unknown: "${what}"`);
  }
}

async function main(argv: string[]): Promise<void> {
  const {
    values: { help, ...values },
    positionals,
  } = parse(argv);
  if (help || positionals.length === 0) {
    process.stdout.write(HELP);
    return;
  }
  const work = workOf(positionals, values);
  useLocalEnvironment();
  await work(loadCommandConfig());
}

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('retention', error);
  process.exit(1);
});
