/** What will happen in a run: pure, and the same for the same seed. Who the payers are, what they do, and what breaks when. */
import { API_POINTS, type Arm, BOOKING_POINTS, MONEY_POINTS, RECHECK_POINTS } from '../faults/failpoint-names';
import { feeOrdersOf, type OrderPlan, ordersOf } from './plan-orders';
import { type DealPlan, type PayerPlan, payersOf, waveOf } from './plan-payers';
import { BURSTS, type Burst } from './provider-faults';
import { type Random, randomOf } from './random';

export const WORKERS = ['worker-1', 'worker-2'] as const;
export const APIS = ['api-1', 'api-2'] as const;
export const MEMBERS = [...WORKERS, ...APIS] as const;
export type MemberName = (typeof MEMBERS)[number];

export const WAYS = ['postgres', 'redis', 'temporal', 'softpayment', 'bank', 'kms'] as const;
export type WayName = (typeof WAYS)[number];
const BREAKS = ['slow', 'reset', 'black-hole', 'cut-after', 'refuse'] as const;
export type Break = (typeof BREAKS)[number];

/** Those whose every call fails for a while. */
export const BURST_PROVIDERS = ['softpayment', 'bank', 'notices'] as const;
export type BurstProvider = (typeof BURST_PROVIDERS)[number];

/** What breaks; durations in ms. */
export type Strike =
  | { readonly kind: 'kill' | 'out-of-memory'; readonly member: MemberName }
  | { readonly kind: 'freeze'; readonly member: MemberName; readonly forMs: number }
  | { readonly kind: 'kill-all' }
  | { readonly kind: 'temporal-kill' | 'postgres-restart' | 'redis-kill'; readonly downMs: number }
  | { readonly kind: 'temporal-freeze' | 'postgres-freeze' | 'redis-freeze'; readonly forMs: number }
  | { readonly kind: 'redis-flush' }
  | {
      readonly kind: 'network';
      readonly way: WayName;
      readonly how: Break;
      /** Whose way breaks; those that have none of it are spared. */
      readonly of: MemberName | 'all';
      readonly forMs: number;
      /** For `slow`: ms later; for `cut-after`: bytes of answers. */
      readonly size: number;
    }
  | {
      readonly kind: 'provider';
      readonly provider: BurstProvider;
      readonly fault: Burst;
      readonly forMs: number;
    }
  /** KMS answers, but throttled (one of `size` calls passes), or late (`size` ms). Its outages are of the network. */
  | { readonly kind: 'kms'; readonly how: 'throttle' | 'slow'; readonly forMs: number; readonly size: number }
  /** Operators stop new charges, or new transfers, for a while. */
  | { readonly kind: 'stop'; readonly leg: 'charge' | 'transfer'; readonly forMs: number }
  /** SIGTERM and a new process, one member after the other. */
  | { readonly kind: 'deploy' };

export type FaultPlan = Strike & { readonly atMs: number };

export interface PlanSize {
  readonly seed: number;
  readonly deals: number;
  /** How long payers come and things break. */
  readonly minutes: number;
}

export interface Wave {
  readonly payers: readonly PayerPlan[];
  readonly orders: readonly OrderPlan[];
}

export interface ChaosPlan extends PlanSize {
  readonly payers: readonly PayerPlan[];
  /** What operators order meanwhile. */
  readonly orders: readonly OrderPlan[];
  /** Payers beyond the deals asked for, and orders: they come, wave by wave, only while some failpoint has not been hit. */
  readonly waves: readonly Wave[];
  /** In the order of time. */
  readonly faults: readonly FaultPlan[];
  /** In the order in which processes are armed. */
  readonly workerArms: readonly Arm[];
  readonly apiArms: readonly Arm[];
}

/** At least one fault for so many deals (the failpoints and the providers' faults come on top). */
const DEALS_PER_FAULT = 20;
/** Faults come at least this often, ms, however few the deals: in two minutes each kind comes once. */
const FAULT_EVERY_MS = 4_000;
/** The system is let start, and the last fault leaves time to be seen, ms. */
const MARGIN_MS = 4_000;

const WAVES = 6;
/** Parts of fees that are given back in a wave. */
const WAVE_ORDERS = 6;
/** A wave and what it brings are given so long, ms. */
export const WAVE_MS = 15_000;

/** The plan of one run. */
export function planOf({ seed, deals, minutes }: PlanSize): ChaosPlan {
  const random = randomOf(seed);
  const windowMs = minutes * 60_000;
  return {
    ...{ seed, deals, minutes },
    payers: payersOf(random, deals, windowMs),
    orders: ordersOf(random, deals, windowMs),
    waves: Array.from({ length: WAVES }, () => ({
      payers: waveOf(random, WAVE_MS),
      orders: feeOrdersOf(random, WAVE_ORDERS, WAVE_MS),
    })),
    faults: faultsOf(random, deals, windowMs),
    workerArms: armsOf(random, [...MONEY_POINTS, ...RECHECK_POINTS, ...BOOKING_POINTS]),
    apiArms: armsOf(random, API_POINTS),
  };
}

/** The deals of a plan, payers aside. */
export const dealsOf = ({ payers }: Pick<ChaosPlan, 'payers'>): DealPlan[] => payers.flatMap(({ deals }) => deals);

function armsOf(random: Random, points: readonly Arm['point'][]): Arm[] {
  return random.shuffled(points).map((point) => ({ point, passage: random.between(1, 3) }));
}

function faultsOf(random: Random, deals: number, windowMs: number): FaultPlan[] {
  const span = Math.max(windowMs - 2 * MARGIN_MS, 1);
  const count = Math.max(Math.ceil(deals / DEALS_PER_FAULT), Math.floor(span / FAULT_EVERY_MS));
  const strikes = strikesOf(random, count);
  const faults = strikes.map((strike, index) => {
    const slot = span / strikes.length;
    return { ...strike, atMs: Math.floor(MARGIN_MS + (index + random.next()) * slot) };
  });
  const deploy = { kind: 'deploy', atMs: Math.floor(windowMs / 2) } as const;
  return [...faults, deploy].sort((a, b) => a.atMs - b.atMs);
}

/** Every kind comes once before any comes twice; the two that stop everybody come rarely. */
function strikesOf(random: Random, count: number): Strike[] {
  const strikes: Strike[] = [];
  while (strikes.length < count) strikes.push(...random.shuffled(everyKind(random)));
  return strikes.slice(0, count);
}

function everyKind(random: Random): Strike[] {
  const down = () => random.between(200, 2_500);
  const member = (list: readonly MemberName[]) => random.pick(list);
  const kills: Strike[] = [
    { kind: 'kill', member: member(WORKERS) },
    { kind: 'kill', member: member(APIS) },
    { kind: 'out-of-memory', member: member(MEMBERS) },
    { kind: 'freeze', member: member(WORKERS), forMs: random.between(2_000, 9_000) },
    { kind: 'freeze', member: member(APIS), forMs: random.between(1_000, 6_000) },
    { kind: 'temporal-kill', downMs: down() },
    { kind: 'postgres-restart', downMs: down() },
    { kind: 'redis-kill', downMs: down() },
    { kind: 'temporal-freeze', forMs: random.between(500, 6_000) },
    { kind: 'postgres-freeze', forMs: random.between(500, 6_000) },
    { kind: 'redis-freeze', forMs: random.between(500, 6_000) },
    { kind: 'redis-flush' },
    { kind: 'stop', leg: random.pick(['charge', 'transfer'] as const), forMs: random.between(1_000, 4_000) },
    ...(random.next() < 0.5 ? [{ kind: 'kill-all' } as const] : []),
  ];
  const network = WAYS.map((way): Strike => {
    const how = random.pick(BREAKS);
    const of = random.next() < 0.3 ? 'all' : member(way === 'softpayment' || way === 'bank' ? WORKERS : MEMBERS);
    // KMS is asked at the beginning of a life, and seldom after: its outages last longer, or nobody would meet one.
    const forMs = way === 'kms' ? random.between(4_000, 12_000) : random.between(1_000, 5_000);
    return { kind: 'network', way, how, of, forMs, size: sizeOf(random, how) };
  });
  const providers = BURST_PROVIDERS.map((provider): Strike => {
    // No deal waits for a notice: its carriers may be away for longer.
    const forMs = provider === 'notices' ? random.between(5_000, 15_000) : random.between(1_000, 3_000);
    return { kind: 'provider', provider, fault: random.pick(BURSTS), forMs };
  });
  const kms: Strike[] = [
    { kind: 'kms', how: 'throttle', forMs: random.between(3_000, 9_000), size: random.between(2, 8) },
    { kind: 'kms', how: 'slow', forMs: random.between(3_000, 9_000), size: random.between(300, 3_000) },
  ];
  return [...kills, ...network, ...providers, ...kms];
}

function sizeOf(random: Random, how: Break): number {
  if (how === 'slow') return random.between(50, 400);
  return how === 'cut-after' ? random.between(1, 2_000) : 0;
}
