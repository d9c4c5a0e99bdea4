/**
 * What the codec of payloads and the interceptors of traces cost: real deals on workers with both, without the codec,
 * and without the interceptors, in windows that take turns in one run. The bound is the issue's: CPU a deal ≤ 1.05 ×.
 */
import { Client } from '@temporalio/client';
import { clientOptionsOf } from '../../infra/temporal/options';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';
import { dataKeysOf } from '../fixtures/keys';
import { audit } from './audit';
import { prepareDeals, type ReadyDeal } from './deals';
import { median, spread } from './numbers';
import { type Stand, startStand } from './stand';
import { type Play, playOn, runWindow, type Window } from './windows';
import { PARTS, type Part } from './without';

interface Plan {
  readonly deals: number;
  readonly rounds: number;
  readonly concurrency: number;
}

type Variant = 'whole' | Part;
const VARIANTS: readonly Variant[] = ['whole', ...PARTS];
const RATIO_MAX = 1.05;
const WARM_UP = 20;

/** Who plays a variant, and whose CPU time counts: the other variants' workers have nothing to do. */
interface Player {
  readonly stand: Stand;
  readonly play: Play;
}

/** The driver's own client, without what the worker is made without. */
async function clientWithout({ client, config, db }: Stand, part: Part): Promise<Client> {
  const options = clientOptionsOf(config.temporal.namespace, await dataKeysOf({ db, config }));
  const { payloadCodecs: _ours, ...inTheClear } = options.dataConverter;
  const less = part === 'codec' ? { dataConverter: inTheClear } : { interceptors: {} };
  return new Client({ connection: client.connection, ...options, ...less });
}

async function playerOf(stand: Stand, variant: Variant): Promise<Player> {
  if (variant === 'whole') return { stand, play: playOn(stand, stand.queues.deals) };
  const { worker, queue } = await stand.startWorkerWithout(variant);
  const processes = stand.processes.map((one) => (one.name === 'worker' ? { name: 'worker', pid: worker.pid } : one));
  const own: Stand = { ...stand, client: await clientWithout(stand, variant), processes };
  return { stand: own, play: playOn(own, queue) };
}

/** Which parts the history of a deal shows: nothing is measured that is not so. */
async function partsOf({ client }: Stand, { header }: ReadyDeal): Promise<Part[]> {
  const { events } = await client.workflow.getHandle(dealWorkflowIdOf(header.dealId)).fetchHistory();
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  const encoding = Buffer.from(started?.input?.payloads?.[0]?.metadata?.encoding ?? []).toString();
  const isTraced = started?.header?.fields?.['_tracer-data'] !== undefined;
  return PARTS.filter((part) => (part === 'codec' ? encoding === 'binary/encrypted' : isTraced));
}

const cpuOf = ({ cpuMs }: Window): number => [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0);

/** The windows of each variant, round by round; `played`: all deals. */
async function measure(stand: Stand, plan: Plan, say: (what: string) => void) {
  const players = new Map<Variant, Player>();
  for (const variant of VARIANTS) players.set(variant, await playerOf(stand, variant));
  const played: ReadyDeal[] = [];
  const window = async (variant: Variant, count: number): Promise<Window> => {
    const { stand: own, play } = players.get(variant) as Player;
    const deals = await prepareDeals(stand, count);
    played.push(...deals);
    return runWindow(own, play, deals, plan.concurrency);
  };
  say(`warming up: ${WARM_UP} of each`);
  for (const variant of VARIANTS) {
    await window(variant, WARM_UP);
    const parts = await partsOf(stand, played.at(-1) as ReadyDeal);
    const expected = PARTS.filter((part) => part !== variant);
    if (`${parts}` !== `${expected}`) throw new Error(`${variant}: its deals have ${parts}, not ${expected}`);
  }
  const windows: Record<Variant, Window[]> = { whole: [], codec: [], tracing: [] };
  for (let round = 0; round < plan.rounds; round++) {
    // Each variant is first in its turn, so that none always finds the quieter machine.
    const inTurn = VARIANTS.map((_, at) => VARIANTS[(at + round) % VARIANTS.length] as Variant);
    for (const variant of inTurn) windows[variant].push(await window(variant, plan.deals));
    const cpu = VARIANTS.map((variant) => cpuOf(windows[variant].at(-1) as Window).toFixed(1)).join(' · ');
    say(`round ${round + 1}: CPU ms a deal ${cpu} (${VARIANTS.join(' · ')})`);
  }
  return { windows, played };
}

/** Prints what each part costs; answers with what is amiss. */
export async function benchPayloads(plan: Plan, say: (what: string) => void): Promise<string[]> {
  // Without call-backs: the API knows nothing of variants, and would tell them what they cannot read.
  const stand = await startStand({ webhooks: false, workerFlags: [], say });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stand.clear().finally(() => process.exit(1)));
  try {
    const { windows, played } = await measure(stand, plan, say);
    const cpu = (variant: Variant) => windows[variant].map(cpuOf);
    const size = `${plan.rounds} rounds of ${plan.deals} deals each, ${plan.concurrency} at a time`;
    process.stdout.write(`\nreal deals, and without a part: ${size}; CPU of all processes a deal\n`);
    process.stdout.write(`  as they are              ${median(cpu('whole')).toFixed(1)} ms\n`);
    const faults: string[] = [];
    for (const part of PARTS) {
      const ratios = cpu('whole').map((whole, round) => whole / (cpu(part)[round] ?? Number.NaN));
      const name = `without the ${part}`;
      process.stdout.write(`  ${name.padEnd(24)} ${median(cpu(part)).toFixed(1)} ms\n`);
      process.stdout.write(`  CPU with / ${name}: ${spread(ratios, 3)}, bound ${RATIO_MAX}\n`);
      if (!(median(ratios) <= RATIO_MAX)) faults.push(`the ${part} costs ${median(ratios).toFixed(3)} ×`);
    }
    return [...faults, ...(await audit(stand, played))];
  } finally {
    await stand.clear();
  }
}
