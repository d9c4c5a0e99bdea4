/**
 * Codes in Redis that prove a phone or an e-mail: six digits, for one purpose of one address, three minutes, five
 * tries, used once; kept as a keyed hash only.
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

/** What a code allows; one for one purpose is nothing for another. */
type CodePurpose = 'sign-up';

interface Codes {
  /** A new code for this purpose of the phone or e-mail; the one before is void. */
  issue(purpose: CodePurpose, address: string): Promise<string>;
  /** Whether the code is the one for this purpose of the address; a right one is used up. */
  redeem(purpose: CodePurpose, address: string, code: string): Promise<boolean>;
}

export function createCodes({ redis, keys }: Pick<ApiDeps, 'redis' | 'keys'>): Codes {
  const keyOf = (purpose: CodePurpose, address: string) => `auth:code:${purpose}:${keys.hash(address, 'code-address')}`;
  const hashOf = (purpose: CodePurpose, address: string, code: string) =>
    keys.hash(`${purpose}:${address}:${code}`, 'auth-code');
  return {
    async issue(purpose, address) {
      const code = randomInt(1_000_000).toString().padStart(6, '0');
      await redis.eval(ISSUE, 1, keyOf(purpose, address), hashOf(purpose, address, code), TRIES, LIFE_S);
      return code;
    },
    redeem: async (purpose, address, code) =>
      (await redis.eval(REDEEM, 1, keyOf(purpose, address), hashOf(purpose, address, code))) === 1,
  };
}
