/**
 * Sessions as Redis keeps them: a hash of each, and for each payer a sorted set of theirs, by when they were refreshed
 * last. Each function is one script, so that a session never ends half. Times are those of the caller's clock, ms; only
 * the expiry of keys is Redis's own.
 */
import type { Redis } from '../../infra/redis';

/** A session ends when it was not refreshed for so long, s. */
export const SESSION_S = 14 * 24 * 3_600;
/** How long the generation before the current one is still answered, ms. */
const GRACE_MS = 20_000;
/** Live sessions of one payer; one more ends the one that was refreshed longest ago. */
const SESSIONS_MAX = 20;

export interface StoredSession {
  readonly id: string;
  readonly deviceId: string;
  readonly label: string;
  readonly createdMs: number;
  readonly refreshedMs: number;
}

/** Which sessions of a payer end; no rule: all of them. */
export interface Ending {
  readonly only?: string;
  readonly except?: string;
  readonly deviceId?: string;
}

const PREFIX = 'auth:session:';
const keyOf = (sessionId: string): string => PREFIX + sessionId;
const listOf = (userId: string): string => `auth:sessions:${userId}`;

const OPEN = `
local user, sid, device, label, now, life, max, prefix = unpack(ARGV)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', tonumber(now) - tonumber(life) * 1000)
for _, old in ipairs(redis.call('ZRANGE', KEYS[2], 0, -tonumber(max))) do
  redis.call('DEL', prefix .. old)
  redis.call('ZREM', KEYS[2], old)
end
redis.call('HSET', KEYS[1], 'user', user, 'device', device, 'label', label, 'generation', '0', 'grace', '0',
  'created', now, 'refreshed', now)
redis.call('EXPIRE', KEYS[1], life)
redis.call('ZADD', KEYS[2], now, sid)
redis.call('EXPIRE', KEYS[2], life)`;

/**
 * What a genuine token of a generation leads to. The current one, or one that Redis forgot (it came back from an older
 * copy): the next generation. The one before, within its grace: the current one once more. An older one was used long
 * ago, and whoever has it is one of two: the session ends.
 */
const RENEW = `
local sid, given, now, grace, life, lists = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local user, device, generation, until_ms = unpack(redis.call('HMGET', KEYS[1], 'user', 'device', 'generation', 'grace'))
if not generation then return false end
local list, current = lists .. user, tonumber(generation)
if given >= current then
  current = given + 1
  redis.call('HSET', KEYS[1], 'generation', string.format('%d', current),
    'grace', string.format('%d', now + tonumber(grace)), 'refreshed', ARGV[3])
  redis.call('ZADD', list, now, sid)
elseif given < current - 1 or now >= tonumber(until_ms) then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', list, sid)
  return false
end
redis.call('EXPIRE', KEYS[1], life)
redis.call('EXPIRE', list, life)
return { user, device, string.format('%d', current) }`;

const END = `
local only, except, device, prefix = unpack(ARGV)
local ended = 0
for _, sid in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = prefix .. sid
  if (only == '' or only == sid) and except ~= sid
    and (device == '' or device == redis.call('HGET', key, 'device')) then
    ended = ended + redis.call('DEL', key)
    redis.call('ZREM', KEYS[1], sid)
  end
end
return ended`;

const LIST = `
local found = {}
for _, sid in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1, 'REV')) do
  local one = redis.call('HMGET', ARGV[1] .. sid, 'device', 'label', 'created', 'refreshed')
  if one[1] then found[#found + 1] = { sid, one[1], one[2], one[3], one[4] } end
end
return found`;

export async function openSession(
  redis: Redis,
  userId: string,
  { id, deviceId, label, createdMs }: Omit<StoredSession, 'refreshedMs'>,
): Promise<void> {
  const now = `${createdMs}`;
  const given = [userId, id, deviceId, label, now, SESSION_S, SESSIONS_MAX, PREFIX];
  await redis.eval(OPEN, 2, keyOf(id), listOf(userId), ...given);
}

/** Whose it is, and the generation that is now current; undefined when there is no session, or none any more. */
export async function renewSession(redis: Redis, sessionId: string, generation: number, nowMs: number) {
  const given = [sessionId, generation, nowMs, GRACE_MS, SESSION_S, listOf('')];
  const renewed = (await redis.eval(RENEW, 1, keyOf(sessionId), ...given)) as [string, string, string] | null;
  if (!renewed) return undefined;
  const [userId, deviceId, current] = renewed;
  return { userId, deviceId, generation: Number(current) };
}

/** Ends these sessions of the payer; answers how many there were. */
export async function endSessions(
  redis: Redis,
  userId: string,
  { only = '', except = '', deviceId = '' }: Ending = {},
): Promise<number> {
  return Number(await redis.eval(END, 1, listOf(userId), only, except, deviceId, PREFIX));
}

/** The payer's sessions, the one that was refreshed last first. */
export async function listSessions(redis: Redis, userId: string): Promise<StoredSession[]> {
  const rows = (await redis.eval(LIST, 1, listOf(userId), PREFIX)) as string[][];
  return rows.map(([id = '', deviceId = '', label = '', created, refreshed]) => {
    return { id, deviceId, label, createdMs: Number(created), refreshedMs: Number(refreshed) };
  });
}

/** Whose a live session is, and when it was opened. */
export async function findSession(redis: Redis, sessionId: string) {
  const [userId, deviceId, created] = await redis.hmget(keyOf(sessionId), 'user', 'device', 'created');
  return userId && deviceId ? { userId, deviceId, openedAt: new Date(Number(created)) } : undefined;
}
