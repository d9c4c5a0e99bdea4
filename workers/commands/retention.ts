/** `npm run retention`: the end of personal data, its proofs, and legal holds. It parses, calls, and prints. */
import { parseArgs } from 'node:util';
import { destroyNow } from '../../api/operator/destroy-now';
import { holdDeal, holdMember, liftLegalHold } from '../../api/operator/legal-holds';
import type { By, OperatorDeps, Order } from '../../api/operator/order';
import { latestProofs } from '../../db/retention/destroy';
import { HOLD_PATIENCE_MS, standingHolds } from '../../db/retention/legal-holds';
import { type CommandConfig, loadCommandConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { taskQueuesOf } from '../../infra/temporal/client';
import { printTable, write } from './deal-report';
import {
  checked,
  fieldsOf,
  operatorOf,
  reachTemporal,
  tellFailure,
  UsageError,
  unlessRefused,
  withStores,
} from './orders';

const HELP = `npm run retention -- run                   destroy now what is due; the worker does it
npm run retention -- proofs                what was destroyed, or held, latest first
npm run retention -- holds                 the legal holds that were not lifted
npm run retention -- hold deal <dealNo> --code <code> --reason <text> [--until YYYY-MM-DD]
                                           keep everything of this deal and of its member beyond its term
npm run retention -- hold member <id> …    likewise, everything of a member
npm run retention -- lift <number> --reason <text>
                                           what the hold kept is destroyed by the next run, if its term is over

Codes: court-order, investigation, tax-audit, dispute. --until names the last day (KST); without it a hold stands until
it is lifted. --actor <name> (default: the user of this shell) is kept with the hold.
`;

const options = {
  actor: { type: 'string' },
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

const reading =
  (show: (deps: OperatorDeps) => Promise<void>): Work =>
  (config) =>
    withStores(config, show, HOLD_PATIENCE_MS);

function giving<I, B extends By>(order: Order<I, B>, by: B, given: Record<string, unknown>): Work {
  const input = checked(order.input, given);
  return reading(async (deps) => write(unlessRefused(await order.carryOut(deps, by, input)).words));
}

const run: Work = async (config) => {
  const client = await reachTemporal(config);
  try {
    const { rules } = unlessRefused(await destroyNow(client, taskQueuesOf(config.temporal.taskQueue).batches));
    printTable('Destroyed', rules);
  } finally {
    await client.connection.close();
  }
};

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

function holding(what: string | undefined, whose: string | undefined, values: Values): Work {
  const by = { operator: operatorOf(values.actor) };
  if (whose === undefined) throw new UsageError('name the deal or the member');
  if (what === 'deal') return giving(holdDeal, { ...by, dealNo: whose }, fieldsOf(values));
  if (what === 'member') return giving(holdMember, by, { ...fieldsOf(values), member: whose });
  throw new UsageError('a hold is of a "deal" or of a "member"');
}

function lifting(number: string | undefined, values: Values): Work {
  if (!/^\d+$/.test(number ?? '')) throw new UsageError('a hold is named by its number; see "holds"');
  const given = { ...fieldsOf(values), hold: Number(number) };
  return giving(liftLegalHold, { operator: operatorOf(values.actor) }, given);
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
      return holding(first, second, values);
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
