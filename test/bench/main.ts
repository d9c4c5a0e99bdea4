/** `npm run bench`: the real deal against a bare workflow of the same steps, in one run. Exit code 1 when money is amiss. */
import { parseArgs } from 'node:util';
import { outliveReader } from '../../infra/reader';
import { benchAdmin } from './admin';
import { audit } from './audit';
import { benchCardGuard } from './card-guard';
import { countHistory, countTransactions, sweptShare } from './counts';
import { prepareDeals, type ReadyDeal } from './deals';
import { playHttp } from './http';
import { benchMonths } from './months';
import { benchPayloads } from './payloads';
import { benchReconciliation } from './reconcile';
import { type Results, report } from './report';
import { benchRisk } from './risk';
import { type Stand, startStand } from './stand';
import { type Play, playBareAnswer, playOn, runWindow, type Window } from './windows';

const HELP = `npm run bench [-- options]

  --deals N         deals of one window (default 80)
  --rounds N        rounds, each one window of bare workflows and one of deals (default 5)
  --concurrency N   deals at a time (default 20)
  --singles N       confirms one at a time, of each kind in turn (default 50)
  --no-webhooks     the providers do not call back
  --profile FOLDER  a CPU profile of the worker is written there
  --only deals|reconcile|guard|admin|payloads|months|risk
                    one part of the bench alone; the last four are run only so
  --reconcile-deals N
                    deals of the day that is reconciled (default 100000)
  --admin-deals N   deals that operators look at (default 100000), beside 10,000
  --admin-calls N   calls of each kind (default 120)
  --decisions N     decisions that a backtest reads (default 100000), beside a tenth of them
  --members N       members of the first of a month (default 100000), beside a tenth of them
  --admin-dir DIR   where the generated databases are kept for another run
  --help

What is measured, and how: docs/performance.md
`;

const OPTIONS = {
  deals: { type: 'string', default: '80' },
  rounds: { type: 'string', default: '5' },
  concurrency: { type: 'string', default: '20' },
  singles: { type: 'string', default: '50' },
  'no-webhooks': { type: 'boolean', default: false },
  profile: { type: 'string' },
  only: { type: 'string' },
  'reconcile-deals': { type: 'string', default: '100000' },
  'admin-deals': { type: 'string', default: '100000' },
  members: { type: 'string', default: '100000' },
  decisions: { type: 'string', default: '100000' },
  'admin-calls': { type: 'string', default: '120' },
  'admin-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const PARTS: readonly string[] = ['deals', 'guard', 'reconcile', 'admin', 'payloads', 'months', 'risk'];

interface Plan {
  readonly deals: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly singles: number;
}

const WARM_UP = 50;
const COUNTED = 20;
const say = (what: string) => process.stderr.write(`${what}\n`);

function count(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number from 1, not ${text}`);
  return value;
}

/** Deals, and the memory of those that were played for real. */
class Deck {
  readonly played: ReadyDeal[] = [];
  constructor(private readonly stand: Stand) {}

  async real(count: number): Promise<ReadyDeal[]> {
    const deals = await prepareDeals(this.stand, count);
    this.played.push(...deals);
    return deals;
  }
}

async function measure(stand: Stand, deck: Deck, plan: Plan): Promise<Results> {
  const floor = playOn(stand, stand.queues.floor);
  const deal = playOn(stand, stand.queues.deals);
  say(`warming up: ${WARM_UP} of each`);
  await runWindow(stand, floor, await prepareDeals(stand, WARM_UP), plan.concurrency);
  await runWindow(stand, deal, await deck.real(WARM_UP), plan.concurrency);

  const rounds: { floor: Window; deal: Window }[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    const [bare, real] = [await prepareDeals(stand, plan.deals), await deck.real(plan.deals)];
    // Every other round the order is turned, so that neither always finds the quieter machine.
    const first = round % 2 === 1 ? await runWindow(stand, floor, bare, plan.concurrency) : undefined;
    const second = await runWindow(stand, deal, real, plan.concurrency);
    rounds.push({ deal: second, floor: first ?? (await runWindow(stand, floor, bare, plan.concurrency)) });
    const { floor: a, deal: b } = rounds[rounds.length - 1] as (typeof rounds)[number];
    say(`round ${round}: ${a.perSecond.toFixed(1)} bare, ${b.perSecond.toFixed(1)} deals a second`);
  }
  say(`one at a time: ${plan.singles} of each`);
  const singles = await playSingles(stand, deck, plan.singles, { floor, deal });
  say(`counting what ${COUNTED} deals write`);
  const counted = await deck.real(COUNTED);
  const transactions = await countTransactions(stand, deal, counted);
  const history = await Promise.all(counted.map((one) => countHistory(stand, one)));
  return { rounds, singles, transactions, history, swept: await sweptShare(stand) };
}

/** One of each kind in turn, so that all meet the same machine. */
async function playSingles(stand: Stand, deck: Deck, times: number, plays: { floor: Play; deal: Play }) {
  const http = await playHttp(stand);
  const kinds = [
    { name: 'answer', play: playBareAnswer(stand), deals: await prepareDeals(stand, times) },
    { name: 'floor', play: plays.floor, deals: await prepareDeals(stand, times) },
    { name: 'deal', play: plays.deal, deals: await deck.real(times) },
    { name: 'http', play: http, deals: await deck.real(times) },
  ] as const;
  const tookMs = { answer: [] as number[], floor: [] as number[], deal: [] as number[], http: [] as number[] };
  for (let i = 0; i < times; i++) {
    for (const { name, play, deals } of kinds) tookMs[name].push(await play(deals[i] as ReadyDeal));
  }
  return tookMs;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const number = (name: keyof Plan) => count(values[name], name);
  const plan: Plan = {
    ...{ deals: number('deals'), rounds: number('rounds') },
    ...{ concurrency: number('concurrency'), singles: number('singles') },
  };
  if (values.only !== undefined && !PARTS.includes(values.only))
    throw new Error(`--only must be one of ${PARTS.join(', ')}, not ${values.only}`);
  const isAsked = (part: string) => values.only === undefined || values.only === part;
  const workerFlags = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [];
  const dealsAmiss = isAsked('deals') ? await benchDeals(plan, { webhooks: !values['no-webhooks'], workerFlags }) : 0;
  const faults = isAsked('guard') ? benchCardGuard() : [];
  if (isAsked('reconcile'))
    faults.push(...(await benchReconciliation(count(values['reconcile-deals'], 'reconcile-deals'), say)));
  if (values.only === 'payloads') faults.push(...(await benchPayloads(plan, say)));
  if (values.only === 'risk') faults.push(...(await benchRisk(count(values.decisions, 'decisions'), say)));
  if (values.only === 'months') faults.push(...(await benchMonths(count(values.members, 'members'), say)));
  if (values.only === 'admin') {
    const sizes = {
      deals: count(values['admin-deals'], 'admin-deals'),
      calls: count(values['admin-calls'], 'admin-calls'),
    };
    faults.push(...(await benchAdmin({ ...sizes, dir: values['admin-dir'] }, say)));
  }
  for (const fault of faults) process.stdout.write(`AMISS: ${fault}\n`);
  return Math.max(dealsAmiss, faults.length === 0 ? 0 : 1);
}

/** The deals' part; answers with the exit code. */
async function benchDeals(plan: Plan, options: { webhooks: boolean; workerFlags: readonly string[] }): Promise<number> {
  const stand = await startStand({ ...options, say });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stand.clear().finally(() => process.exit(1)));
  }
  try {
    const deck = new Deck(stand);
    const results = await measure(stand, deck, plan);
    process.stdout.write(report(results, plan));
    const faults = await audit(stand, deck.played);
    for (const fault of faults) process.stdout.write(`AMISS: ${fault}\n`);
    if (faults.length > 0) return 1;
    const sure = 'each COMPLETED, charged once, paid out once; the ledger agrees to the won';
    process.stdout.write(`checked: ${deck.played.length} deals, ${sure}\n`);
    return 0;
  } finally {
    await stand.clear();
  }
}

outliveReader(process.stderr);
main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`bench: ${error.stack}\n`);
    process.exit(1);
  },
);
