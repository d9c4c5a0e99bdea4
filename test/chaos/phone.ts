/**
 * A payer's phone: it repeats a request under its key, by the other API, until it gets an answer that repeating cannot change. It
 * remembers every 2xx, since what was promised must hold (I14).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

export interface DealBody {
  readonly id: string;
  readonly dealNo: string;
  readonly status: string;
  readonly version: number;
  readonly principal: number;
  readonly total: number;
  readonly cancelRequested: boolean;
  readonly payments: readonly { readonly cardId: string; readonly status: string }[];
  /** Of a problem. */
  readonly code?: string;
}

export interface Heard {
  readonly status: number;
  readonly text: string;
  readonly body: DealBody;
}

/** A 2xx that a payer got. */
export interface Promised {
  readonly request: 'create' | 'confirm' | 'cancel';
  readonly status: number;
  readonly body: DealBody;
  /** The card of a confirm. */
  readonly cardId?: string;
}

export interface Request {
  readonly what: Promised['request'];
  readonly path: string;
  readonly body: object;
  /** Default: a key of its own. */
  readonly key?: string;
  readonly cardId?: string;
}

/** What all phones of a run share. */
export interface Network {
  readonly apiUrls: readonly [string, string];
  /** A new session, when the old one is gone. */
  signIn(userId: string): Promise<string>;
  readonly promised: Promised[];
  /** Requests by what they were answered: a status, or `no answer`. */
  readonly answers: Map<string, number>;
  /** After this instant (epoch ms) nobody asks again. */
  deadline(): number;
}

/** After peace, what was begun may still be asked about for so long, ms. */
export const LAST_WORDS_MS = 60_000;
/** An API that stays silent so long is left, ms. */
const PATIENCE_MS = 15_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 6_000;

export class Phone {
  private token: string | undefined;

  constructor(
    private readonly network: Network,
    private readonly userId: string,
    private api: 0 | 1,
  ) {}

  /** The final answer; undefined when there was none before the deadline of the run. */
  async ask({ what, path, body, key = randomUUID(), cardId }: Request): Promise<Heard | undefined> {
    for (
      let waitMs = FIRST_WAIT_MS;
      Date.now() < this.network.deadline();
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    ) {
      const heard = await this.once(path, body, key);
      if (heard && isFinal(heard)) {
        if (heard.status < 300) {
          this.network.promised.push({
            request: what,
            status: heard.status,
            body: heard.body,
            ...(cardId && { cardId }),
          });
        }
        return heard;
      }
      this.api = this.api === 0 ? 1 : 0;
      await delay(waitMs);
    }
    return undefined;
  }

  private async once(path: string, body: object, key: string): Promise<Heard | undefined> {
    try {
      this.token ??= await this.network.signIn(this.userId);
      const answer = await fetch(`${this.network.apiUrls[this.api]}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${this.token}`,
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await answer.text();
      this.count(`${answer.status}`);
      if (answer.status === 401) this.token = undefined;
      return { status: answer.status, text, body: JSON.parse(text) };
    } catch {
      this.count('no answer');
      return undefined;
    }
  }

  private count(answer: string): void {
    const { answers } = this.network;
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
}

/** Not final: the API cannot now, knows the payer no more, or works on this very key. */
function isFinal({ status, body }: Heard): boolean {
  if (status === 409) return body.code !== 'request-in-flight';
  return status < 500 && status !== 401 && status !== 429;
}
