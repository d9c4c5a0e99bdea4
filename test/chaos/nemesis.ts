/** Breaks the system by the plan, each fault at its time, and mends what it broke. */
import { setTimeout as delay } from 'node:timers/promises';
import { stopLeg } from '../../db/stop-switches';
import { liftStopOf } from '../fixtures/operator';
import {
  APIS,
  type BurstProvider,
  type ChaosPlan,
  type FaultPlan,
  MEMBERS,
  type MemberName,
  type Strike,
  WORKERS,
} from './plan';
import { ACCOUNT_RULES, CARD_RULES, type FaultRule } from './provider-faults';
import { isUp, type System } from './system';

export interface Nemesis {
  /** Resolves when every fault of the plan has struck and is over. */
  readonly done: Promise<void>;
  /** Faults that have struck, by kind. */
  readonly struck: ReadonlyMap<string, number>;
  /** How the processes that were replaced in the deploy ended. */
  readonly replaced: readonly string[];
}

/** Until a replaced process has a successor that serves, at most, ms. */
const SUCCESSION_MS = 60_000;

type StrikeOf<K extends Strike['kind']> = Extract<Strike, { kind: K }>;

/** Sends the faults of the plan; `startedAt` (epoch ms) is its zero. */
export async function unleash(
  system: System,
  { faults }: ChaosPlan,
  startedAt: number,
  say: (what: string) => void,
): Promise<Nemesis> {
  const struck = new Map<string, number>();
  const replaced: string[] = [];
  const hand = new Hand(system, replaced);
  await hand.publish();
  const play = async (fault: FaultPlan) => {
    await delay(startedAt + fault.atMs - Date.now());
    say(wordsOf(fault));
    const kind = kindOf(fault);
    struck.set(kind, (struck.get(kind) ?? 0) + 1);
    await hand.strike(fault);
  };
  return { done: Promise.all(faults.map(play)).then(() => undefined), struck, replaced };
}

/**
 * Ends every fault that could still stand: providers tell the truth, all ways are whole. The last blow is that every process dies at
 * once: the lives that follow carry no failpoint.
 */
export async function makePeace(system: System): Promise<void> {
  const sandboxes = [...Object.values(system.sandboxes), system.noticesUrl];
  await Promise.all(sandboxes.map((url) => putFaults(url, [])));
  system.kms.gate.mend();
  await Promise.all(MEMBERS.flatMap((name) => Object.values(system.ways[name]).map((way) => way.mend())));
  for (const name of MEMBERS) system.members[name].kill();
}

function kindOf(fault: Strike): string {
  if (fault.kind === 'network') return `network ${fault.how}: ${fault.way}`;
  if (fault.kind === 'kms') return `kms ${fault.how}`;
  if (fault.kind === 'provider') return `${fault.provider} ${fault.fault}`;
  if (fault.kind === 'stop') return `stop ${fault.leg}s`;
  if ('member' in fault) return `${fault.kind} ${fault.member.split('-')[0]}`;
  return fault.kind;
}

function wordsOf(fault: Strike): string {
  const whose = fault.kind === 'network' ? ` of ${fault.of}` : '';
  const whom = 'member' in fault ? ` (${fault.member})` : '';
  const howLong = 'forMs' in fault ? `, ${fault.forMs} ms` : '';
  return `${kindOf(fault)}${whose}${whom}${howLong}`;
}

async function putFaults(sandboxUrl: string, faults: readonly FaultRule[]): Promise<void> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults }),
  });
  if (!answer.ok) throw new Error(`the sandbox refused the faults: ${await answer.text()}`);
}

/** Does what the plan says. */
class Hand {
  private readonly bursts: Readonly<Record<BurstProvider, Set<FaultRule>>> = {
    softpayment: new Set(),
    bank: new Set(),
    notices: new Set(),
  };

  constructor(
    private readonly system: System,
    private readonly replaced: string[],
  ) {}

  /** The rules of the faulty cards and accounts, and the bursts that stand. */
  async publish(): Promise<void> {
    const { softpayment, bank } = this.system.sandboxes;
    await putFaults(softpayment, [...CARD_RULES, ...this.bursts.softpayment]);
    await putFaults(bank, [...ACCOUNT_RULES, ...this.bursts.bank]);
    await putFaults(this.system.noticesUrl, [...this.bursts.notices]);
  }

  async strike(fault: Strike): Promise<void> {
    const { members, stores } = this.system;
    switch (fault.kind) {
      case 'kill':
        return members[fault.member].kill();
      case 'out-of-memory':
        return members[fault.member].hoard();
      case 'kill-all':
        for (const name of MEMBERS) members[name].kill();
        return;
      case 'freeze':
        return this.freeze(fault);
      case 'temporal-kill':
        return stores.temporal.strike(fault.downMs);
      case 'postgres-restart':
        return stores.postgres.strike(fault.downMs);
      case 'redis-kill':
        return stores.redis.strike(fault.downMs);
      case 'temporal-freeze':
        return stores.temporal.freeze(fault.forMs);
      case 'postgres-freeze':
        return stores.postgres.freeze(fault.forMs);
      case 'redis-freeze':
        return stores.redis.freeze(fault.forMs);
      case 'redis-flush':
        return stores.redis.flush();
      case 'network':
        return this.breakWays(fault);
      case 'provider':
        return this.burst(fault);
      case 'kms':
        return this.loadKms(fault);
      case 'stop':
        return this.stopFor(fault);
      case 'deploy':
        return this.deploy();
    }
  }

  private async freeze({ member, forMs }: StrikeOf<'freeze'>): Promise<void> {
    this.system.members[member].freeze();
    await delay(forMs);
    this.system.members[member].thaw();
  }

  private async breakWays({ way, how, of, forMs, size }: StrikeOf<'network'>): Promise<void> {
    const whose: readonly MemberName[] = of === 'all' ? MEMBERS : [of];
    const ways = whose.map((name) => this.system.ways[name][way]);
    for (const one of ways) {
      if (how === 'slow') one.slow(size);
      else if (how === 'reset') one.reset();
      else if (how === 'black-hole') one.blackHole();
      else if (how === 'cut-after') one.cutAfter(size);
      else await one.refuse();
    }
    await delay(forMs);
    await Promise.all(ways.map((one) => one.mend()));
  }

  private async burst({ provider, fault, forMs }: StrikeOf<'provider'>): Promise<void> {
    const rule = { fault };
    this.bursts[provider].add(rule);
    await this.publish();
    await delay(forMs);
    this.bursts[provider].delete(rule);
    await this.publish();
  }

  private async loadKms({ how, forMs, size }: StrikeOf<'kms'>): Promise<void> {
    const { gate } = this.system.kms;
    gate[how](size);
    await delay(forMs);
    gate.mend();
  }

  /** PostgreSQL may be down just then: an operator tries again until the switch is thrown. */
  private async stopFor({ leg, forMs }: StrikeOf<'stop'>): Promise<void> {
    const order = { leg, source: 'operator', actor: 'operator:chaos', reason: 'chaos' } as const;
    const until = async (throwSwitch: () => Promise<unknown>): Promise<void> => {
      while (
        await throwSwitch().then(
          () => false,
          () => true,
        )
      )
        await delay(500);
    };
    await until(() => stopLeg(this.system.db, order));
    await delay(forMs);
    await until(() => liftStopOf(this.system.db, leg));
  }

  /** One after the other, each when the one before it serves again. */
  private async deploy(): Promise<void> {
    for (const name of [...WORKERS, ...APIS]) {
      this.replaced.push(`${name}: ${await this.system.members[name].replace()}`);
      for (const until = Date.now() + SUCCESSION_MS; Date.now() < until && !(await isUp(this.system)); )
        await delay(500);
    }
  }
}
