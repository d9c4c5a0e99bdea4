/**
 * Codes in Redis that prove a phone or an e-mail: six digits, for one purpose of one address, three minutes, five
 * tries, used once; kept as a keyed hash only.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { CODE_LIFE_S } from '../../workflows/domain/notices';
import type { ApiDeps } from '../deps';

/**
 * Wrong codes until a code is void. Where strangers may try, all of them together have many: whoever tries from one
 * address is refused before (`codeTriesHere`), and whose phone it is still gets in.
 */
const TRIES: Readonly<Record<CodePurpose, number>> = {
  ...{ 'sign-up': 50, 'password-reset': 50 },
  ...{ 'old-phone': 5, 'new-phone': 5, email: 5 },
};

/** Answers when, in microseconds: the order of codes is that in which one made the other void. */
const ISSUE = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'hash', ARGV[1], 'tries', ARGV[2], 'issue', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[3])
local now = redis.call('TIME')
return now[1] .. string.format('%06d', now[2])`;

/** A wrong code costs a try; a right one tells which issue it is, and what it was used for. */
const PROVE = `
local hash, issue, used = unpack(redis.call('HMGET', KEYS[1], 'hash', 'issue', 'used'))
if not hash then return false end
if hash == ARGV[1] then return {issue, used or ''} end
if redis.call('HINCRBY', KEYS[1], 'tries', -1) <= 0 then redis.call('DEL', KEYS[1]) end
return false`;

/** The same, and a right one is used up. */
const REDEEM = `
local hash = redis.call('HGET', KEYS[1], 'hash')
if not hash then return 0 end
if hash == ARGV[1] then redis.call('DEL', KEYS[1]) return 1 end
if redis.call('HINCRBY', KEYS[1], 'tries', -1) <= 0 then redis.call('DEL', KEYS[1]) end
return 0`;

/** Only an issue that is still there: one that is over, or was replaced, is not brought back. */
const MARK_USED = `
if redis.call('HGET', KEYS[1], 'issue') == ARGV[1] then redis.call('HSET', KEYS[1], 'used', ARGV[2]) end`;

/** What a code allows; one for one purpose is nothing for another. */
export type CodePurpose = 'sign-up' | 'password-reset' | 'old-phone' | 'new-phone' | 'email';

/** A right code. */
interface Proof {
  /** Of this issue alone, and secret: no other code, however alike, has it. */
  readonly issue: string;
  /** What `markUsed` was told; empty: nothing. */
  readonly usedFor: string;
}

/** A code that was made. */
interface IssuedCode {
  readonly code: string;
  /** Keyed, of the purpose and the address: what the codes have in common of which only the newest counts. */
  readonly hash: string;
  /** Larger than that of the code which it made void; a whole number. */
  readonly issue: string;
}

interface Codes {
  /** A new code for this purpose of the address (a phone or an e-mail); the one before is void. */
  issue(purpose: CodePurpose, address: string): Promise<IssuedCode>;
  /** Whether the code is right; it is not used up. A wrong one costs a try: undefined. */
  prove(purpose: CodePurpose, address: string, code: string): Promise<Proof | undefined>;
  /** Whether the code is right; it is used up, by one of those who send it at once. A wrong one costs a try. */
  redeem(purpose: CodePurpose, address: string, code: string): Promise<boolean>;
  /** Keeps, for as long as the code would have lived, what it was used for. */
  markUsed(purpose: CodePurpose, address: string, proof: Pick<Proof, 'issue'>, usedFor: string): Promise<void>;
}

export function createCodes({ redis, keys }: Pick<ApiDeps, 'redis' | 'keys'>): Codes {
  const keyOf = (purpose: CodePurpose, address: string) => `auth:code:${purpose}:${keys.hash(address, 'code-address')}`;
  const hashOf = (purpose: CodePurpose, address: string, code: string) =>
    keys.hash(`${purpose}:${address}:${code}`, 'auth-code');
  return {
    async issue(purpose, address) {
      const code = randomInt(1_000_000).toString().padStart(6, '0');
      const issue = randomBytes(16).toString('base64url');
      const made = [hashOf(purpose, address, code), TRIES[purpose], CODE_LIFE_S, issue];
      const issued = await redis.eval(ISSUE, 1, keyOf(purpose, address), ...made);
      return { code, hash: keys.hash(`${purpose}:${address}`, 'code-notice'), issue: String(issued) };
    },
    async prove(purpose, address, code) {
      const proof = await redis.eval(PROVE, 1, keyOf(purpose, address), hashOf(purpose, address, code));
      if (!Array.isArray(proof)) return undefined;
      const [issue, usedFor] = proof as [string, string];
      return { issue, usedFor };
    },
    redeem: async (purpose, address, code) =>
      (await redis.eval(REDEEM, 1, keyOf(purpose, address), hashOf(purpose, address, code))) === 1,
    async markUsed(purpose, address, { issue }, usedFor) {
      await redis.eval(MARK_USED, 1, keyOf(purpose, address), issue, usedFor);
    },
  };
}
