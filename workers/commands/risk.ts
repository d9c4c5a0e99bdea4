/** `npm run risk`: sets of risk rules, and what a set would have said of the past. It parses, calls, and prints. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from '../../api/http/zod';
import { endRiskListing, listRisk } from '../../api/operator/risk-lists';
import { activateRiskSet, proposeRiskSet } from '../../api/operator/risk-sets';
import { listedDay } from '../../api/operator/texts';
import { pastDecisions } from '../../db/risk-history';
import { standingEntries } from '../../db/risk-lists';
import { activeNumbers, findSet, listSets } from '../../db/risk-sets';
import { loadCommandConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { type Backtest, backtest } from '../../workflows/domain/risk-backtest';
import type { Comparison } from '../../workflows/domain/risk-rules';
import { printTable, write } from './deal-report';
import { giving, type Work, withOperator } from './operator-session';
import { checked, Refused, tellFailure, UsageError } from './orders';

const HELP = `npm run risk -- sets                        sets of risk rules; which is active
npm run risk -- show <number>               one set whole; --json: as a file of "propose" has it
npm run risk -- propose <file> --reason <text>
                                            a new set: a JSON list of rules
npm run risk -- activate <number> --at <time> --reason <text>
                                            charges are judged by it from then on; another operator approves it
npm run risk -- deny|trust <dealNo> --kind card|account|device [--until <time>] --reason <text>
                                            the card, the account or the device of that deal; trust always ends
npm run risk -- lists                       what is denied and trusted
npm run risk -- end <entry> --reason <text> takes an entry off its list
npm run risk -- backtest --set <number> --from <day> --to <day>
                                            what it would have said of the decisions of these KST days, both included

Rules, measures and what sets may not do: docs/risk.md. Log in first: "npm run operator -- login <handle>".
`;

const text = { type: 'string' } as const;
const options = {
  ...{ reason: text, at: text, set: text, from: text, to: text, kind: text, until: text },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });
type Values = ReturnType<typeof parse>['values'];

const numberOf = (given: string | undefined): number => {
  if (!given || !/^[1-9]\d{0,5}$/.test(given))
    throw new UsageError(`a set is named by its number, not "${given ?? ''}"`);
  return Number(given);
};

const told = ({ measure, compare, limit }: Comparison): string => `${measure} ${compare} ${limit}`;

const showSets: Work = async ({ db }) => {
  const [sets, { active, planned }] = await Promise.all([listSets(db), activeNumbers(db)]);
  const standing = (number: number) => (number === active ? 'active' : planned.includes(number) ? 'planned' : '');
  const rows = sets.map(({ number, rules, madeBy, reason, effectiveAt }) => ({
    ...{ number, standing: standing(number), effectiveAt, rules: rules.length, madeBy, reason },
  }));
  printTable('Sets of risk rules', rows);
};

const showSet =
  (number: number, json: boolean): Work =>
  async ({ db }) => {
    const { rules } = await found(findSet(db, number));
    if (json) return write(JSON.stringify(rules, null, 2));
    const rows = rules.map(({ id, version, mode, verdict, when, words, ...rule }) => ({
      ...{ id, version, mode, verdict, fires: [rule, ...when].map(told).join(' and '), words: words.en },
    }));
    printTable(`Risk set ${number}`, rows);
  };

const showLists: Work = async ({ db }) => {
  const entries = await standingEntries(db);
  printTable(
    'Denied and trusted',
    entries.map(({ createdAt, ...entry }) => ({ ...entry, since: createdAt })),
  );
  if (entries.length === 0) write('nothing is denied or trusted');
};

const found = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((error: Error) => {
    throw new Refused(error.message);
  });

function rulesIn(file: string | undefined): unknown {
  if (!file) throw new UsageError('name the file that has the rules');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
}

const DAY_MS = 24 * 3_600_000;
const startOf = (kstDay: string): Date => new Date(`${kstDay}T00:00:00+09:00`);
const span = z.strictObject({ from: listedDay, to: listedDay });

function testBack(number: number, values: Values): Work {
  const { from, to } = checked(span, { from: values.from, to: values.to });
  if (to < from) throw new UsageError('--to must not be before --from');
  return async ({ db }) => {
    const set = await found(findSet(db, number));
    const end = new Date(startOf(to).getTime() + DAY_MS);
    printBacktest(number, await backtest(set, pastDecisions(db, startOf(from), end)));
  };
}

function printBacktest(number: number, { verdicts, rules }: Backtest): void {
  const names = { BLOCK: 'blocked', ALERT: 'alerted', HOLD: 'held', PASS: 'passed' } as const;
  const rows = (Object.keys(names) as (keyof typeof names)[]).map((verdict) => ({
    ...{ verdict: names[verdict], decisions: verdicts[verdict].decisions, chargebacks: verdicts[verdict].chargedBack },
  }));
  printTable(`What risk set ${number} would have said`, rows);
  printTable(
    'Rule by rule',
    Object.entries(rules).map(([id, { chargedBack: chargebacks, ...said }]) => ({ id, ...said, chargebacks })),
  );
}

function workOf([what, named, ...more]: string[], values: Values): Work {
  if (more.length > 0) throw new UsageError(`one thing at a time: what is "${more.join(' ')}" for?`);
  const { reason } = values;
  switch (what) {
    case 'sets':
      return showSets;
    case 'show':
      return showSet(numberOf(named), values.json);
    case 'propose':
      return giving(proposeRiskSet, {}, { rules: rulesIn(named), reason });
    case 'activate':
      return giving(activateRiskSet, {}, { set: numberOf(named), effectiveAt: values.at, reason });
    case 'deny':
    case 'trust': {
      const { kind, until } = values;
      const list = what === 'deny' ? 'denied' : 'trusted';
      return giving(listRisk, {}, { list, kind, until, dealNo: named, reason });
    }
    case 'end':
      return giving(endRiskListing, {}, { entry: named, reason });
    case 'lists':
      return showLists;
    case 'backtest':
      return testBack(numberOf(values.set), values);
    default:
      throw new UsageError(`unknown: "${what}"`);
  }
}

async function main(argv: string[]): Promise<void> {
  const { values, positionals } = parse(argv);
  if (values.help || positionals.length === 0) {
    process.stdout.write(HELP);
    return;
  }
  const work = workOf(positionals, values);
  useLocalEnvironment();
  await withOperator(loadCommandConfig(), 'risk.read', work, STATEMENT_MS);
}

/** A page of a backtest is no statement of a payer's request. */
const STATEMENT_MS = 60_000;

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('risk', error);
  process.exit(1);
});
