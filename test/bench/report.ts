/** What the bench prints: ratios first; the bare numbers are this machine's and are marked so. */
import { availableParallelism } from 'node:os';
import type { HistoryCount, Transactions } from './counts';
import { median, quantile, spread } from './numbers';
import type { Window } from './windows';

export interface Results {
  readonly rounds: readonly { readonly floor: Window; readonly deal: Window }[];
  /** Confirms one at a time, ms. */
  readonly singles: Readonly<Record<'answer' | 'floor' | 'deal' | 'http', readonly number[]>>;
  readonly transactions: Transactions;
  readonly history: readonly HistoryCount[];
  /** Webhook events left to the minute's sweep, 0-1. */
  readonly swept: number;
}

interface Plan {
  readonly deals: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly singles: number;
}

const row = (what: string, ...cells: readonly string[]): string =>
  `${what.padEnd(44)}${cells.map((cell) => cell.padStart(12)).join('')}\n`;
const ms = (value: number): string => value.toFixed(1);

export function report(results: Results, plan: Plan): string {
  const { deals, rounds, concurrency, singles } = plan;
  const size = `${rounds} rounds of ${deals} + ${deals}, ${concurrency} at a time; ${singles} of each one at a time`;
  const place = `${availableParallelism()} cores shared by the driver, the worker, the API, the stores and the sandboxes`;
  return [
    `\nThe real deal against a bare workflow of the same steps: ${size}\n(${place})\n\n`,
    ratios(results),
    `\n${row('as of this machine, in this run', 'bare', 'deal')}`,
    underLoad(results),
    cpu(results),
    `\n${row('one at a time: confirm', 'p50 ms', 'p99 ms')}`,
    oneAtATime(results),
    counts(results),
  ].join('');
}

function ratios({ rounds, singles }: Results): string {
  const of = (read: (window: Window) => number) => rounds.map(({ floor, deal }) => read(deal) / read(floor));
  const against = (base: readonly number[], real: readonly number[], q: number) =>
    (quantile(real, q) / quantile(base, q)).toFixed(2);
  const { answer, floor, deal, http } = singles;
  const pair = (base: readonly number[], real: readonly number[]) =>
    `p50 ${against(base, real, 0.5)}, p99 ${against(base, real, 0.99)}`;
  return [
    'deal / bare workflow: median (least-greatest of the rounds)\n',
    `  deals/s                           ${spread(of((w) => w.perSecond))}\n`,
    `  CPU a deal, all processes         ${spread(of((w) => totalOf(w)))}\n`,
    `  confirm p50 under load            ${spread(of((w) => quantile(w.confirmMs, 0.5)))}\n`,
    `  confirm p99 under load            ${spread(of((w) => quantile(w.confirmMs, 0.99)))}\n`,
    `  confirm, one at a time            ${pair(floor, deal)}\n`,
    'against the least update-with-start (answers at once, no step), one at a time\n',
    `  confirm by the engine             ${pair(answer, deal)}\n`,
    `  confirm over HTTP                 ${pair(answer, http)}\n`,
    `  the bare workflow's own answer    ${pair(answer, floor)}\n`,
  ].join('');
}

const totalOf = ({ cpuMs }: Window): number => [...cpuMs.values()].reduce((sum, value) => sum + value, 0);

function underLoad({ rounds }: Results): string {
  const cells = (read: (window: Window) => number) =>
    (['floor', 'deal'] as const).map((kind) => ms(median(rounds.map((round) => read(round[kind])))));
  return [
    row('deals/s', ...cells((w) => w.perSecond)),
    row('confirm under load, p50 ms', ...cells((w) => quantile(w.confirmMs, 0.5))),
    row('confirm under load, p99 ms', ...cells((w) => quantile(w.confirmMs, 0.99))),
  ].join('');
}

function cpu({ rounds }: Results): string {
  const names = [...(rounds[0]?.deal.cpuMs.keys() ?? [])];
  const cells = (read: (window: Window) => number) =>
    (['floor', 'deal'] as const).map((kind) => ms(median(rounds.map((round) => read(round[kind])))));
  const lines = names.map((name) => row(`  ${name}`, ...cells(({ cpuMs }) => cpuMs.get(name) ?? 0)));
  return `${row('CPU ms a deal', ...cells(totalOf))}${lines.join('')}`;
}

function oneAtATime({ singles }: Results): string {
  const names = {
    answer: 'least update-with-start',
    floor: 'bare workflow of the same steps',
    deal: 'deal, by the engine',
    http: 'deal, over HTTP',
  } as const;
  const line = (kind: keyof typeof names) =>
    row(`  ${names[kind]}`, ms(quantile(singles[kind], 0.5)), ms(quantile(singles[kind], 0.99)));
  return (Object.keys(names) as (keyof typeof names)[]).map(line).join('');
}

function counts({ history, transactions, swept }: Results): string {
  const range = (values: readonly number[]) => [...new Set(values)].toSorted((a, b) => a - b).join(', ');
  const { deal, beside, kinds } = transactions;
  return [
    '\na happy deal, from confirm to COMPLETED\n',
    `  history events         ${range(history.map(({ events }) => events))}\n`,
    `  billable actions       ${range(history.map(({ actions }) => actions))}\n`,
    `  writing transactions   ${deal.toFixed(2)} (and ${beside.toFixed(2)} of the webhook inbox and the notices)\n`,
    ...kinds.map(({ tables, perDeal }) => `    ${perDeal.toFixed(2)}  ${tables}\n`),
    `  webhook events left to the minute's sweep: ${(swept * 100).toFixed(1)} %\n\n`,
  ].join('');
}
