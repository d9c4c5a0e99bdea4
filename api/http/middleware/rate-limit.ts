/** Limits on what costs money or invites guessing, counted in Redis for all API processes together. */
import type { RequestHandler } from 'express';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { type ApiDeps, RATE_LIMITS, type RateLimits } from '../../deps';
import { Problem } from '../problem';
import { isUnavailable } from '../unavailable';

/** Counts one request of `who` against the limit; `too-many-requests` with Retry-After when it is used up. */
export type Limiter = (limit: keyof RateLimits, who: string) => Promise<void>;

/** `who` (a phone, an e-mail, an address) reaches Redis only as a keyed hash. */
export function createLimiter({
  redis,
  keys,
  limits = RATE_LIMITS,
}: Pick<ApiDeps, 'redis' | 'keys' | 'limits'>): Limiter {
  const counters = new Map(
    Object.entries(limits).map(([name, { points, durationS }]) => [
      name,
      new RateLimiterRedis({ storeClient: redis, keyPrefix: `limit:${name}`, points, duration: durationS }),
    ]),
  );
  return async (limit, who) => {
    try {
      await counters.get(limit)?.consume(keys.hash(who, 'rate-limit'));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const seconds = Math.floor(error.msBeforeNext / 1_000) + 1;
      throw new Problem('too-many-requests', { headers: { 'Retry-After': `${seconds}` } });
    }
  };
}

/**
 * Counts what a signed-in payer writes, before anything of the request is kept. Where it cannot be counted it is not
 * limited: this limit protects deals from being worn out, and must not keep a payer's cancel away while Redis is.
 */
export function limitWrites(limit: Limiter): RequestHandler {
  return async (_req, res, next) => {
    await limit('writesPerPayer', res.locals.payer.userId).catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
    });
    next();
  };
}
