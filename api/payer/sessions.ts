/**
 * Sessions. An access token (JWT, 15 min) counts only while its session lives. A refresh token is
 * `<session>.<generation>.<seal>`: the server seals it, and Redis knows the generation. Using it makes the next one.
 * For 20 s the one before is answered with the very same next token, so neither two tabs nor a lost answer logs anyone
 * out; the first use of the next one ends that. An older one proves that two people hold the session, and ends it.
 */
import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { ApiDeps } from '../deps';
import type { Payer } from '../http/operation';
import { isUnavailable } from '../http/unavailable';
import { createSessionKeys } from './session-keys';
import {
  type Ending,
  endSessions,
  findSession,
  listSessions,
  openSession,
  renewSession,
  type StoredSession,
} from './session-store';

const ISSUER = 'plic';
const AUDIENCE = 'plic-api';
const ACCESS_S = 15 * 60;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Where somebody logs in: the device as the server knows it, and its kind in a word or two. */
interface LogInPlace {
  readonly deviceId: string;
  readonly label: string;
}

/** A live session, by its refresh token. */
export interface OpenedSession extends Payer {
  readonly openedAt: Date;
}

export interface Sessions {
  /** Without a place: a device that nobody will see again. */
  open(userId: string, place?: LogInPlace): Promise<Tokens & { readonly sessionId: string }>;
  /** New tokens for a refresh token; undefined when it is unknown, too old or expired. */
  renew(refreshToken: string): Promise<(Tokens & { readonly userId: string }) | undefined>;
  /** The payer's live sessions, the one that was refreshed last first. */
  list(userId: string): Promise<StoredSession[]>;
  /** Ends one session of the payer; false when they have no such session. */
  close(userId: string, sessionId: string): Promise<boolean>;
  /** Ends every session of the payer, but for one if it is given: of a password that changed, of a member who left. */
  closeAll(userId: string, except?: string): Promise<void>;
  /** Ends every session of the payer on a device. */
  closeDevice(userId: string, deviceId: string): Promise<void>;
  /** Whether the payer's session has not ended meanwhile; throws when Redis cannot be asked. */
  isOpen(payer: Payer): Promise<boolean>;
  /** The caller of a valid access token with a live session; throws when Redis cannot be asked. */
  payerOf(accessToken: string): Promise<Payer | undefined>;
  /** The same, but while Redis is away the token's signature and expiry are enough. */
  payerEvenWithoutRedis(accessToken: string): Promise<Payer | undefined>;
  /** The payer of a genuine refresh token with a live session, whatever its generation; it is not used by this. */
  payerOfRefreshToken(refreshToken: string): Promise<OpenedSession | undefined>;
}

export function createSessions({ redis, config, clock }: Pick<ApiDeps, 'redis' | 'config' | 'clock'>): Sessions {
  const keys = createSessionKeys(config);
  const { claimsOf, sign } = accessTokens(keys, clock);

  async function tokensOf(payer: Payer, generation: number): Promise<Tokens> {
    const text = `${payer.sessionId}.${generation}`;
    return { accessToken: await sign(payer), refreshToken: `${text}.${keys.seal(text)}` };
  }

  /** A token that the server never sealed says nothing, and ends nothing. */
  function genuine(refreshToken: string) {
    const [, sessionId = '', generation = '', seal = ''] =
      /^([0-9a-f-]{36})\.(\d{1,9})\.([\w-]{43})$/.exec(refreshToken) ?? [];
    return keys.isSealed(`${sessionId}.${generation}`, seal)
      ? { sessionId, generation: Number(generation) }
      : undefined;
  }

  const isOpen = async ({ userId, sessionId }: Payer) => (await findSession(redis, sessionId))?.userId === userId;

  async function payerOf(accessToken: string, isAlive: (payer: Payer) => Promise<boolean> = isOpen) {
    const claimed = await claimsOf(accessToken);
    return claimed && (await isAlive(claimed)) ? claimed : undefined;
  }

  const isOpenOrUnknown = (payer: Payer) =>
    isOpen(payer).catch((error: unknown) => {
      if (isUnavailable(error)) return true;
      throw error;
    });

  const end = (userId: string, ending: Ending = {}) => endSessions(redis, userId, ending);

  return {
    isOpen,
    async open(userId, { deviceId, label } = { deviceId: randomUUID(), label: '' }) {
      const sessionId = randomUUID();
      await openSession(redis, userId, { id: sessionId, deviceId, label, createdMs: clock().getTime() });
      return { sessionId, ...(await tokensOf({ userId, sessionId, deviceId }, 0)) };
    },
    async renew(refreshToken) {
      const given = genuine(refreshToken);
      const now = clock().getTime();
      const renewed = given && (await renewSession(redis, given.sessionId, given.generation, now));
      if (!renewed) return undefined;
      const { userId, deviceId, generation } = renewed;
      return { userId, ...(await tokensOf({ userId, deviceId, sessionId: given.sessionId }, generation)) };
    },
    list: (userId) => listSessions(redis, userId),
    close: async (userId, sessionId) => (await end(userId, { only: sessionId })) > 0,
    async closeAll(userId, except) {
      await end(userId, except === undefined ? {} : { except });
    },
    async closeDevice(userId, deviceId) {
      await end(userId, { deviceId });
    },
    payerOf: (accessToken) => payerOf(accessToken),
    payerEvenWithoutRedis: (accessToken) => payerOf(accessToken, isOpenOrUnknown),
    async payerOfRefreshToken(refreshToken) {
      const sessionId = genuine(refreshToken)?.sessionId;
      const found = sessionId && (await findSession(redis, sessionId));
      return found ? { sessionId, ...found } : undefined;
    },
  };
}

function accessTokens(keys: ReturnType<typeof createSessionKeys>, clock: () => Date) {
  /** Only the `kid` chooses a key, and only among our own: `jku`, `jwk` and any other word of the header do not. */
  const keyOf = ({ kid }: { readonly kid?: string }) => {
    const key = keys.accessKeyOf(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  return {
    sign({ userId, sessionId, deviceId }: Payer): Promise<string> {
      const now = Math.floor(clock().getTime() / 1_000);
      return new SignJWT({ sid: sessionId, did: deviceId, typ: 'access' })
        .setProtectedHeader({ alg: 'HS256', kid: keys.current.kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setIssuedAt(now)
        .setExpirationTime(now + ACCESS_S)
        .sign(keys.current.key);
    },
    async claimsOf(token: string): Promise<Payer | undefined> {
      const rules = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['HS256'], currentDate: clock() };
      try {
        const { payload } = await jwtVerify(token, keyOf, rules);
        const { sub: userId, sid: sessionId, did: deviceId, typ, exp } = payload;
        if (!userId || !isUuid(sessionId) || !isUuid(deviceId) || typ !== 'access' || !exp) return undefined;
        return { userId, sessionId, deviceId };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
