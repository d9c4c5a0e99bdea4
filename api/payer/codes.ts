/**
 * Sign-up codes in Redis: six digits, for one phone, three minutes, five tries, used once; kept as a keyed hash only.
 */
import { randomInt } from 'node:crypto';
import type { ApiDeps } from '../deps';

const LIFE_S = 180;
const TRIES = 5;

const ISSUE = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'hash', ARGV[1], 'tries', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])`;

/** A right code is used up; a wrong one costs a try. */
const REDEEM = `
local hash = redis.call('HGET', KEYS[1], 'hash')
if not hash then return 0 end
if hash == ARGV[1] then redis.call('DEL', KEYS[1]) return 1 end
if redis.call('HINCRBY', KEYS[1], 'tries', -1) <= 0 then redis.call('DEL', KEYS[1]) end
return 0`;

interface Codes {
  /** A new code for the phone; the one before is void. */
  issue(phone: string): Promise<string>;
  /** Whether the code is the phone's. */
  redeem(phone: string, code: string): Promise<boolean>;
}

export function createCodes({ redis, keys }: Pick<ApiDeps, 'redis' | 'keys'>): Codes {
  const keyOf = (phone: string): string => `auth:code:${keys.hash(phone, 'phone')}`;
  const hashOf = (phone: string, code: string): string => keys.hash(`${phone}:${code}`, 'auth-code');
  return {
    async issue(phone) {
      const code = randomInt(1_000_000).toString().padStart(6, '0');
      await redis.eval(ISSUE, 1, keyOf(phone), hashOf(phone, code), TRIES, LIFE_S);
      return code;
    },
    redeem: async (phone, code) => (await redis.eval(REDEEM, 1, keyOf(phone), hashOf(phone, code))) === 1,
  };
}
