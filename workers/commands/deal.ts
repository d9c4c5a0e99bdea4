/**
 * `npm run deal`: gives operators' orders and shows what they need to see (docs/operations.md). It parses, calls
 * api/operator, and prints.
 */
import { parseArgs } from 'node:util';
import { closeSystemTask } from '../../api/operator/close-task';
import { DEAL_ORDERS } from '../../api/operator/deal-orders';
import type { By, OperatorDeps, Order } from '../../api/operator/order';
import { dealReport, whatWaits } from '../../api/operator/reports';
import { lift, stop } from '../../api/operator/stops';
import { openStops } from '../../db/stop-switches';
import { loadCommandConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { printDeal, printStops, printWaiting, write } from './deal-report';
import { checked, fieldsOf, operatorOf, tellFailure, UsageError, unlessRefused, withStores } from './orders';

const HELP = `npm run deal -- stuck                      what waits, why, and how long
npm run deal -- <dealNo> [show]            the deal, its money and its story
npm run deal -- <dealNo> release           end the risk review: transfer
npm run deal -- <dealNo> refund            give the whole charge back
npm run deal -- <dealNo> retry             try the transfer again now
npm run deal -- <dealNo> correct-account --recipient <id>
                                           pay another verified recipient of the same payer
npm run deal -- <dealNo> refund-fee --amount <won> [--request <id>]
                                           give back a part of a completed deal's fee; the same request id is one refund
npm run deal -- <dealNo> chargeback --standing open|won|lost --reference <case> --evidence <text>
                                           the card issuer took the charge back, or the dispute was decided
npm run deal -- <dealNo> rule --leg charge|transfer|refund --attempt <n> --verdict done|failed --evidence <text>
                              --evidence-at <time> [--payment-key <key>]
                                           decide an outcome that no provider could decide; the time is of the
                                           evidence, such as 2026-03-02T14:05:00+09:00; of a refund the attempt is
                                           the n of its key -R<n>
npm run deal -- <dealNo>|system close-task --task <reason>
                                           an alarm or task of this deal, or of the whole system, is settled
npm run deal -- stops                      what operators, or the float watch, have stopped
npm run deal -- stop|lift charge|transfer  no new charges (or transfers) from now on; lift it again

Every action needs --reason <text>; --actor <name> (default: the user of this shell) goes into the deal's story.
No phone number, e-mail address or token in any of them: the story is kept for ever.
`;

const options = {
  actor: { type: 'string' },
  reason: { type: 'string' },
  recipient: { type: 'string' },
  task: { type: 'string' },
  leg: { type: 'string' },
  attempt: { type: 'string' },
  verdict: { type: 'string' },
  evidence: { type: 'string' },
  amount: { type: 'string' },
  request: { type: 'string' },
  standing: { type: 'string' },
  reference: { type: 'string' },
  'payment-key': { type: 'string' },
  'evidence-at': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = Omit<ReturnType<typeof parse>['values'], 'help'>;
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });

/** What the command asks for, with its input checked: nothing is opened for a mistake. */
type Work = (deps: OperatorDeps) => Promise<void>;

function giving<I, B extends By>(order: Order<I, B>, by: B, given: Record<string, unknown>): Work {
  const input = checked(order.input, given);
  return async (deps) => write(unlessRefused(await order.carryOut(deps, by, input)).words);
}

const showStops: Work = async ({ db }) => printStops(await openStops(db));

function throwing(order: Order, leg: string | undefined, values: Values): Work {
  const give = giving(order, { operator: operatorOf(values.actor) }, { ...fieldsOf(values), leg });
  return async (deps) => {
    await give(deps);
    await showStops(deps);
  };
}

function dealWork(dealNo: string, action: string, values: Values): Work {
  if (action === 'show') return async ({ db }) => printDeal(unlessRefused(await dealReport(db, dealNo)));
  const order = Object.hasOwn(DEAL_ORDERS, action) ? DEAL_ORDERS[action] : undefined;
  if (!order) throw new UsageError(`unknown action "${action}"`);
  return giving(order, { operator: operatorOf(values.actor), dealNo }, fieldsOf(values));
}

function workOf(subject: string, action: string | undefined, values: Values): Work {
  switch (subject) {
    case 'stuck':
      return async ({ db }) => printWaiting(await whatWaits(db));
    case 'stops':
      return showStops;
    case 'stop':
      return throwing(stop, action, values);
    case 'lift':
      return throwing(lift, action, values);
    case 'system':
      if (action !== 'close-task') throw new UsageError('of the whole system there is "close-task" only');
      return giving(closeSystemTask, { operator: operatorOf(values.actor) }, fieldsOf(values));
    default:
      return dealWork(subject, action ?? 'show', values);
  }
}

async function main(argv: string[]): Promise<void> {
  const {
    values: { help, ...values },
    positionals,
  } = parse(argv);
  const [subject, action, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one thing at a time: what is "${more.join(' ')}" for?`);
  if (help || !subject) {
    process.stdout.write(HELP);
    return;
  }
  const work = workOf(subject, action, values);
  useLocalEnvironment();
  await withStores(loadCommandConfig(), work);
}

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('deal', error);
  process.exit(1);
});
