/**
 * `npm run deal`: gives operators' orders and shows what they need to see (docs/operations.md). It parses, calls
 * api/operator, and prints.
 */
import { parseArgs } from 'node:util';
import { closeSystemTask } from '../../api/operator/close-task';
import { dealOrderOf } from '../../api/operator/deal-orders';
import type { Order } from '../../api/operator/order';
import { dealReport, whatWaits } from '../../api/operator/reports';
import { lift, stop } from '../../api/operator/stops';
import { openStops } from '../../db/stop-switches';
import { loadCommandConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { printDeal, printStops, printWaiting } from './deal-report';
import { giving, type Work, withOperator } from './operator-session';
import { fieldsOf, tellFailure, UsageError, unlessRefused } from './orders';

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
                              --evidence-at <time> [--payment-key <key>] [--evidence-id <id>]
                                           decide an outcome that no provider could decide; the time is of the
                                           evidence, such as 2026-03-02T14:05:00+09:00; of a refund the attempt is
                                           the n of its key -R<n>
npm run deal -- <dealNo> pay-by-hand       hold it: you are about to pay it out by hand, at the bank's own console
npm run deal -- <dealNo> manual-transfer --recipient <id> --bank-reference <slip> --trading-date <day> --amount <won>
                              --evidence <text> --evidence-at <time> [--evidence-id <id>]
                                           the principal was paid out by hand: book it
npm run deal -- <dealNo> stop-paying-by-hand
                                           it was not paid by hand, and will not be: let it go on
npm run deal -- <dealNo>|system close-task --task <reason>
                                           an alarm or task of this deal, or of the whole system, is settled
npm run deal -- stops                      what operators, or the float watch, have stopped
npm run deal -- stop|lift charge|transfer  no new charges (or transfers) from now on; lift it again

Log in first: "npm run operator -- login <handle>". Every action needs --reason <text>, which goes into the
deal's story with who gave it. No phone number, e-mail address or token in any of them: the story is kept for ever.
`;

const options = {
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
  'evidence-id': { type: 'string' },
  'bank-reference': { type: 'string' },
  'trading-date': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = Omit<ReturnType<typeof parse>['values'], 'help'>;
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });

const showStops: Work = async ({ db }) => printStops(await openStops(db));

function throwing(order: Order, leg: string | undefined, values: Values): Work {
  const throwIt = giving(order, {}, { ...fieldsOf(values), leg });
  return async (deps, operator) => {
    await throwIt(deps, operator);
    await showStops(deps, operator);
  };
}

function dealWork(dealNo: string, action: string, values: Values): Work {
  if (action === 'show')
    return async ({ db }, { role }) => printDeal(unlessRefused(await dealReport(db, dealNo, role)));
  const order = dealOrderOf(action);
  if (!order) throw new UsageError(`unknown action "${action}"`);
  return giving(order, { dealNo }, fieldsOf(values));
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
      return giving(closeSystemTask, {}, fieldsOf(values));
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
  await withOperator(loadCommandConfig(), 'deals.read', work);
}

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('deal', error);
  process.exit(1);
});
