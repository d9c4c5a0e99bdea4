/**
 * Sessions in Redis: an access token (JWT, 15 min) counts only while its session
 * lives; a refresh token is random, kept as a hash, and replaced at every use. A
 * refresh token used twice ends its session, since one of its two users stole it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { ApiDeps } from '../deps';
import type { Payer } from '../http/operation';
import { isUnavailable } from '../http/unavailable';

const ISSUER = 'plic';
const AUDIENCE = 'plic-api';
const ACCESS_S = 15 * 60;
const SESSION_S = 14 * 24 * 3_600;

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface Sessions {
  open(userId: string): Promise<Tokens>;
  /** New tokens for a refresh token; undefined when it is unknown, used or expired. */
  renew(refreshToken: string): Promise<(Tokens & { readonly userId: string }) | undefined>;
  close(sessionId: string): Promise<void>;
  /** Whether the payer's session has not ended meanwhile; throws when Redis cannot be asked. */
  isOpen(payer: Payer): Promise<boolean>;
  /** The caller of a valid access token with a live session; throws when Redis cannot be asked. */
  payerOf(accessToken: string): Promise<Payer | undefined>;
  /** The same, but while Redis is away the token's signature and expiry are enough. */
  payerEvenWithoutRedis(accessToken: string): Promise<Payer | undefined>;
}

const OPEN = `
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'refresh', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])`;

/**
 * Replaces the refresh hash if the old one is given; a wrong one ends the session. Answers with the user, or nothing.
 */
const ROTATE = `
local user, hash = unpack(redis.call('HMGET', KEYS[1], 'user', 'refresh'))
if not user then return false end
if hash ~= ARGV[1] then redis.call('DEL', KEYS[1]) return false end
redis.call('HSET', KEYS[1], 'refresh', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return user`;

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
const keyOf = (sessionId: string): string => `auth:session:${sessionId}`;

export function createSessions({ redis, config, clock }: Pick<ApiDeps, 'redis' | 'config' | 'clock'>): Sessions {
  const secret = Buffer.from(config.jwtSecret);

  async function tokensOf(userId: string, sessionId: string, refreshSecret: string): Promise<Tokens> {
    const now = Math.floor(clock().getTime() / 1_000);
    const accessToken = await new SignJWT({ sid: sessionId, typ: 'access' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_S)
      .sign(secret);
    return { accessToken, refreshToken: `${sessionId}.${refreshSecret}` };
  }

  async function claimsOf(token: string): Promise<Payer | undefined> {
    const rules = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['HS256'], currentDate: clock() };
    try {
      const { payload } = await jwtVerify(token, secret, rules);
      const { sub: userId, sid: sessionId, typ, exp } = payload;
      if (!userId || typeof sessionId !== 'string' || typ !== 'access' || !exp) return undefined;
      return { userId, sessionId };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  const isOpen = async ({ userId, sessionId }: Payer) => (await redis.hget(keyOf(sessionId), 'user')) === userId;

  async function payerOf(accessToken: string, isAlive: (payer: Payer) => Promise<boolean> = isOpen) {
    const claimed = await claimsOf(accessToken);
    return claimed && (await isAlive(claimed)) ? claimed : undefined;
  }

  const isOpenOrUnknown = (payer: Payer) =>
    isOpen(payer).catch((error: unknown) => {
      if (isUnavailable(error)) return true;
      throw error;
    });

  return {
    isOpen,
    async open(userId) {
      const sessionId = random(16);
      const refreshSecret = random(32);
      await redis.eval(OPEN, 1, keyOf(sessionId), userId, hashOf(refreshSecret), SESSION_S);
      return tokensOf(userId, sessionId, refreshSecret);
    },
    async renew(refreshToken) {
      const [sessionId = '', given = ''] = refreshToken.split('.');
      const next = random(32);
      const userId = await redis.eval(ROTATE, 1, keyOf(sessionId), hashOf(given), hashOf(next), SESSION_S);
      if (typeof userId !== 'string') return undefined;
      return { ...(await tokensOf(userId, sessionId, next)), userId };
    },
    async close(sessionId) {
      await redis.del(keyOf(sessionId));
    },
    payerOf: (accessToken) => payerOf(accessToken),
    payerEvenWithoutRedis: (accessToken) => payerOf(accessToken, isOpenOrUnknown),
  };
}
