/**
 * Limits on what costs money, wears deals out or invites guessing, counted in Redis for all API processes together.
 * Every answer to a counted request tells how much is left, in the fields of draft-ietf-httpapi-ratelimit-headers-10:
 * `RateLimit-Policy: "writes";q=300;w=60` (quota, and window in seconds) and `RateLimit: "writes";r=299;t=42` (what
 * remains, and the seconds until all is given back).
 */
import type { RequestHandler } from 'express';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { serializeList } from 'structured-headers';
import { type ApiDeps, RATE_LIMITS, type RateLimit, type RateLimits } from '../../deps';
import { addressOf } from '../client-address';
import { Problem } from '../problem';
import { type LimitWords, RATE_LIMIT_WORDS, tooManyRequests, uncounted } from '../too-many';
import { isUnavailable } from '../unavailable';

type LimitName = keyof RateLimits;

/** One limit after a request was counted: what remains, and for how long, s. */
interface Count {
  readonly words: LimitWords;
  readonly limit: RateLimit;
  readonly remaining: number;
  readonly resetS: number;
}

/**
 * Counts one request of `who` against the limit; `too-many-requests` with Retry-After when it is used up, `unavailable`
 * with the limit's name while Redis is away.
 */
export type Limiter = (limit: LimitName, who: string) => Promise<Count>;

/** `who` (a phone, an e-mail, an address) reaches Redis only as a keyed hash. */
export function createLimiter({
  redis,
  keys,
  limits = RATE_LIMITS,
}: Pick<ApiDeps, 'redis' | 'keys' | 'limits'>): Limiter {
  const counterOf = (name: LimitName) =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `limit:${name}`,
      points: limits[name].points,
      duration: limits[name].durationS,
    });
  const counters = new Map((Object.keys(limits) as LimitName[]).map((name) => [name, counterOf(name)]));
  return async (name, who) => {
    const limit = limits[name];
    const words = RATE_LIMIT_WORDS[name];
    try {
      const counted = await counters.get(name)?.consume(keys.hash(who, 'rate-limit'));
      const { remainingPoints = limit.points, msBeforeNext = 0 } = counted ?? {};
      return { words, limit, remaining: remainingPoints, resetS: secondsOf(msBeforeNext) };
    } catch (error) {
      if (isUnavailable(error)) throw uncounted(words);
      if (!(error instanceof RateLimiterRes)) throw error;
      throw refused({ words, limit, remaining: 0, resetS: secondsOf(error.msBeforeNext) });
    }
  };
}

/** Whole seconds that are surely over then. */
const secondsOf = (ms: number): number => Math.floor(ms / 1_000) + 1;

const refused = (count: Count): Problem => tooManyRequests(count.words, count.resetS, fieldsOf([count]));

/** The fields of the draft, for the limits that a request was counted against. */
function fieldsOf(counts: readonly Count[]): Record<string, string> {
  if (counts.length === 0) return {};
  const list = (parametersOf: (count: Count) => Record<string, number>) =>
    serializeList(counts.map((count) => [count.words.name, new Map(Object.entries(parametersOf(count)))]));
  return {
    'RateLimit-Policy': list(({ limit }) => ({ q: limit.points, w: limit.durationS })),
    RateLimit: list(({ remaining, resetS }) => ({ r: remaining, t: resetS })),
  };
}

/** What shows people is counted or not answered. */
const MUST_COUNT: ReadonlySet<LimitName> = new Set(['revealsPerOperator']);

/**
 * Counts what a caller asks, before anything of the request is kept. Where it cannot be counted it is not limited, but
 * for what shows people: the others protect deals from being worn out, and must neither keep a payer's cancel away
 * while Redis is, nor an operator's order.
 */
export function limitCaller(limit: Limiter, names: readonly LimitName[]): RequestHandler {
  return async (_req, res, next) => {
    const counts: Count[] = [];
    try {
      // In their order: what is refused by the first uses nothing of the next up.
      for (const name of names) counts.push(await limit(name, res.locals.caller.id));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'unavailable') throw error;
      const missed = names.find((name) => MUST_COUNT.has(name));
      if (missed) throw uncounted(RATE_LIMIT_WORDS[missed]);
    }
    res.set(fieldsOf(counts));
    next();
  };
}

/** Counts what an address asks on an open route; where it cannot be counted nothing is answered. */
export function limitAddress(limit: Limiter, name: LimitName): RequestHandler {
  return async (req, res, next) => {
    res.set(fieldsOf([await limit(name, addressOf(req))]));
    next();
  };
}
