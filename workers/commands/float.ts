/** `npm run float`: what the owner puts into the float and takes out. It parses, calls api/operator, and prints. */
import { parseArgs } from 'node:util';
import { fund, withdraw } from '../../api/operator/owner-funds';
import { ownerFundsBooked } from '../../db/owner-funds';
import { loadCommandConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { printTable, write } from './deal-report';
import { giving, type Work, withOperator } from './operator-session';
import { fieldsOf, tellFailure, UsageError } from './orders';

const HELP = `npm run float -- fund --amount <won> --reference <reference> --at <time> --reason <text>
                                           the owner put money into the account at the bank: its opening balance
                                           (reference OPENING), or a top-up
npm run float -- withdraw …                likewise: the owner took money out
npm run float -- list                      what was put in and taken out

The reference and the time are those of the line on the bank's statement; the same reference is one movement. The time
has its zone, such as 2026-03-02T14:05:00+09:00. Log in first: "npm run operator -- login <handle>".
`;

const options = {
  amount: { type: 'string' },
  reference: { type: 'string' },
  at: { type: 'string' },
  reason: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = Omit<ReturnType<typeof parse>['values'], 'help'>;
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });

const showAll: Work = async ({ db }) => {
  const booked = await ownerFundsBooked(db);
  const rows = booked.map(({ at, reference, amount, actor, reason }) => ({ at, reference, amount, actor, reason }));
  printTable("The owner's money", rows);
  const sum = booked.reduce((won, { amount }) => won + amount, 0);
  write(booked.length === 0 ? 'nothing was put in' : `\n${sum.toLocaleString('en-US')} won in all`);
};

function workOf(what: string, values: Values): Work {
  switch (what) {
    case 'fund':
      return giving(fund, {}, fieldsOf(values));
    case 'withdraw':
      return giving(withdraw, {}, fieldsOf(values));
    case 'list':
      return showAll;
    default:
      throw new UsageError(`unknown: "${what}"`);
  }
}

async function main(argv: string[]): Promise<void> {
  const {
    values: { help, ...values },
    positionals: [what, ...more],
  } = parse(argv);
  if (more.length > 0) throw new UsageError(`one thing at a time: what is "${more.join(' ')}" for?`);
  if (help || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const work = workOf(what, values);
  useLocalEnvironment();
  await withOperator(loadCommandConfig(), 'money.read', work);
}

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('float', error);
  process.exit(1);
});
