/** What a run came to, in words: the table at its end. */

import type { Verdict } from './judge';
import type { DealPlan } from './plan-payers';
import { ACCOUNT_RULES, CARD_RULES, faultOf } from './provider-faults';
import type { Quiet } from './quiet';
import type { Counts, Tally } from './tally';

export interface Run {
  readonly plans: readonly DealPlan[];
  readonly tally: Tally;
  readonly verdict: Verdict;
  readonly quiet: Quiet;
  readonly struck: ReadonlyMap<string, number>;
  readonly replaced: readonly string[];
  readonly failpoints: { readonly all: number; readonly missing: readonly string[] };
  readonly answers: ReadonlyMap<string, number>;
  readonly contradictions: readonly string[];
  /** What operators ordered, by kind and answer, and what was answered as carried out and is not. */
  readonly orders: ReadonlyMap<string, number>;
  readonly brokenOrders: readonly string[];
  readonly promises: number;
  /** Lives of the processes, by name. */
  readonly lives: Counts;
}

const LISTED = 20;
/** From so many deals on, a run must come by every failpoint: the rarest lie on the way of one deal in some hundred. */
export const WHOLE_RUN_DEALS = 1_000;

/** What is wrong, in words; empty when all is well. */
export function breaksOf(run: Run): string[] {
  const { verdict, quiet, contradictions, failpoints, plans } = run;
  return [
    ...(verdict.checkPassed ? [] : ['npm run check -- --journals found breaks, or could not look: see above']),
    ...verdict.broken,
    ...verdict.unreplayable,
    ...contradictions,
    ...run.brokenOrders,
    ...(quiet.afterMs === undefined ? quiet.unrest.map((why) => `not quiet: ${why}`) : []),
    ...(plans.length >= WHOLE_RUN_DEALS ? failpoints.missing.map((point) => `no process ever died at ${point}`) : []),
  ];
}

const sum = (counts: Iterable<readonly [string, number]>): number =>
  [...counts].reduce((total, [, count]) => total + count, 0);

function section(title: string, counts: Iterable<readonly [string, number]>): string {
  const rows = [...counts];
  const lines = rows.map(([name, count]) => `  ${name.padEnd(44)}${`${count}`.padStart(7)}\n`);
  return `\n${title.padEnd(46)}${`${sum(rows)}`.padStart(7)}\n${lines.join('')}`;
}

/** Deals that met each fault of the providers, by the card and the account that they used. */
function providerFaults(plans: readonly DealPlan[]): Counts {
  const counts = new Map<string, number>();
  for (const { card, account } of plans) {
    const met = [
      ['Softpayment', faultOf(CARD_RULES, card)],
      ['bank', faultOf(ACCOUNT_RULES, account)],
    ] as const;
    for (const [who, fault] of met) {
      if (fault) counts.set(`${who} ${fault}`, (counts.get(`${who} ${fault}`) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}

/** The whole report; its last line is the number of breaks. */
export function report(run: Run): string {
  const { tally, quiet, failpoints, verdict } = run;
  const breaks = breaksOf(run);
  const seconds = (ms: number) => `${Math.floor(ms / 100) / 10} s`;
  const hit = failpoints.all - failpoints.missing.length;
  return [
    `\n${verdict.checked.trimEnd()}\n`,
    section('Deals by final state', tally.deals),
    section(
      'Faults of processes, stores and ways',
      [...run.struck].sort(([a], [b]) => a.localeCompare(b)),
    ),
    section('Deals with a card or account whose provider fails', providerFaults(run.plans)),
    section('Lives of processes', run.lives),
    run.replaced.length > 0 ? `  deploy: ${run.replaced.join(', ')}\n` : '',
    section('Calls to the providers', tally.calls),
    section('Calls to KMS, by answer, and data keys', tally.kms),
    section('Webhook deliveries, by answer', tally.webhooks),
    section('Notices to payers', tally.notices),
    section(
      "Payers' requests, by answer",
      [...run.answers].sort(([a], [b]) => a.localeCompare(b)),
    ),
    section(
      "Operators' orders, by answer",
      [...run.orders].sort(([a], [b]) => a.localeCompare(b)),
    ),
    section('Alarms and tasks, settled ones too', tally.tasks),
    `\nCalls repeated under the same key: ${tally.retries}\n`,
    `Unknown outcomes: ${tally.unknown.met}, resolved: ${tally.unknown.resolved}\n`,
    `Failpoints: ${hit} of ${failpoints.all} hit\n`,
    `Histories replayed with the code that made them: ${verdict.replayed}\n`,
    `Promises to payers (2xx): ${run.promises}, all looked up again\n`,
    `Time to quiet: ${quiet.afterMs === undefined ? 'never' : seconds(quiet.afterMs)}\n\n`,
    ...breaks.slice(0, LISTED).map((line) => `BREAK: ${line}\n`),
    breaks.length > LISTED ? `… and ${breaks.length - LISTED} more\n` : '',
    `${breaks.length} breaks\n`,
  ].join('');
}
