/** What each payer does with each deal (plan-payers.ts), by the API alone, and what must hold between two answers at once. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createSessions } from '../../api/payer/sessions';
import { openRedis } from '../../infra/redis';
import type { Person } from './people';
import { type DealBody, type Heard, LAST_WORDS_MS, type Network, Phone, type Promised } from './phone';
import type { DealPlan } from './plan-payers';
import type { System } from './system';

/** A payer who got 202 looks again so many times, after so long, ms. */
const LOOKS = 3;
const LOOK_AFTER_MS = 1_500;

export interface Crowd {
  /** Lets these payers do what they planned; `startedAt` (epoch ms) is their plan's zero. Resolves when all have done it. */
  send(people: readonly Person[], startedAt: number): Promise<void>;
  /** What was begun may be asked about for a minute more. */
  calm(): void;
  readonly promised: readonly Promised[];
  readonly answers: ReadonlyMap<string, number>;
  /** Deals made so far. */
  made(): number;
  /** Where the API answered one request in two ways. */
  readonly contradictions: readonly string[];
  close(): void;
}

/** The payers' side of a run. */
export async function openCrowd({ config, apiUrls }: System): Promise<Crowd> {
  const redis = await openRedis(config.redisUrl);
  const sessions = createSessions({ redis, config: { ...config, proxies: 0 }, clock: () => new Date() });
  let deadline = Number.POSITIVE_INFINITY;
  const network: Network = {
    apiUrls,
    signIn: async (userId) => (await sessions.open(userId)).accessToken,
    promised: [],
    answers: new Map(),
    deadline: () => deadline,
  };
  const contradictions: string[] = [];
  const play = async (person: Person, deal: DealPlan, startedAt: number) => {
    await delay(startedAt + deal.atMs - Date.now());
    contradictions.push(...(await new Errand(new Phone(network, person.userId, deal.api), person, deal).run()));
  };
  return {
    async send(people, startedAt) {
      await Promise.all(people.flatMap((person) => person.deals.map((deal) => play(person, deal, startedAt))));
    },
    calm() {
      deadline = Date.now() + LAST_WORDS_MS;
    },
    promised: network.promised,
    answers: network.answers,
    made: () => network.promised.filter(({ request }) => request === 'create').length,
    contradictions,
    close: () => redis.disconnect(),
  };
}

/** One deal of one payer. */
class Errand {
  private readonly contradictions: string[] = [];

  constructor(
    private readonly phone: Phone,
    private readonly person: Person,
    private readonly plan: DealPlan,
  ) {}

  async run(): Promise<string[]> {
    const { principal, account, manner } = this.plan;
    const recipientId = this.person.recipients.get(account);
    const made = await this.phone.ask({
      ...{ what: 'create', path: '/v1/deals', body: { recipientId, principal, purpose: 'rent' } },
    });
    if (made?.status === 201) await this[manner](made.body);
    return this.contradictions;
  }

  private get card(): string {
    return this.person.cards.get(this.plan.card) ?? '';
  }

  private confirmOnce({ id }: DealBody, cardId: string, key?: string): Promise<Heard | undefined> {
    const body = { cardId, deviceId: `phone-${this.person.userId.slice(-8)}` };
    return this.phone.ask({ what: 'confirm', path: `/v1/deals/${id}/confirm`, body, cardId, ...(key && { key }) });
  }

  /** Until the charge is decided, or the payer has looked often enough. */
  private async confirm(deal: DealBody, cardId: string, key: string = randomUUID()): Promise<Heard | undefined> {
    let heard = await this.confirmOnce(deal, cardId, key);
    for (let look = 1; heard?.status === 202 && look < LOOKS; look++) {
      await delay(LOOK_AFTER_MS);
      heard = await this.confirmOnce(deal, cardId, key);
    }
    return heard;
  }

  private cancel({ id }: DealBody): Promise<Heard | undefined> {
    return this.phone.ask({ what: 'cancel', path: `/v1/deals/${id}/cancel`, body: {} });
  }

  /** A declined card is put away, another one taken. */
  protected async plain(deal: DealBody): Promise<Heard | undefined> {
    const heard = await this.confirm(deal, this.card);
    return heard?.status === 402 ? this.confirm(deal, this.person.spareCard) : heard;
  }

  protected async 'double-click'(deal: DealBody): Promise<void> {
    const key = randomUUID();
    const [first, second] = await Promise.all([
      this.confirm(deal, this.card, key),
      this.confirm(deal, this.card, key),
      this.confirm(deal, this.card), // and a third under a key of its own
    ]);
    this.compare(deal, first, second);
  }

  protected async repeat(deal: DealBody): Promise<void> {
    const key = randomUUID();
    const first = await this.confirm(deal, this.card, key);
    await delay(LOOK_AFTER_MS);
    this.compare(deal, first, await this.confirm(deal, this.card, key));
  }

  protected async 'two-cards'(deal: DealBody): Promise<void> {
    await Promise.all([this.confirm(deal, this.card), this.confirm(deal, this.person.spareCard)]);
  }

  protected async 'cancel-first'(deal: DealBody): Promise<void> {
    await this.cancel(deal);
    await this.confirm(deal, this.card);
  }

  protected async 'cancel-during'(deal: DealBody): Promise<void> {
    await Promise.all([this.confirm(deal, this.card), this.cancel(deal)]);
  }

  protected async 'cancel-late'(deal: DealBody): Promise<void> {
    await this.plain(deal);
    await this.cancel(deal);
  }

  protected async abandon(_deal: DealBody): Promise<void> {
    // The quote is left to expire.
  }

  /** One key, one stored answer, to the byte (I11); an answer that is not stored may be followed by another. */
  private compare({ dealNo }: DealBody, first?: Heard, second?: Heard): void {
    if (!first || !second || !isStored(first) || !isStored(second)) return;
    if (first.status === second.status && first.text === second.text) return;
    this.contradictions.push(`${dealNo}: one key was answered ${first.status} and ${second.status}, or in other words`);
  }
}

const isStored = ({ status }: Heard): boolean => status < 500 && status !== 202;
