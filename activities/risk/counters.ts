/**
 * The counters of risk in Redis (spec §7): one script answers every counted measure and reserves the attempt, in one
 * round trip. Redis is a cache: a counter that is absent is loaded from PostgreSQL before anything is decided.
 */
import type { Redis } from 'ioredis';
import { CARD_HOUR_MS } from '../../db/risk';
import type { ChargeSubject, Entries, PatternStanding } from '../../db/risk-patterns';
import type { Log } from '../../infra/log';
import { kstDayOf, nextKstMidnight } from '../../workflows/domain/bank-calendar';
import type { DealId } from '../../workflows/domain/ids';
import type { Won } from '../../workflows/domain/money';
import type { Counted, Measures } from '../../workflows/domain/risk-measures';
import type { Limits } from '../../workflows/domain/risk-rules';

/** An attempt that is counted. */
export interface Counting extends ChargeSubject {
  readonly principal: Won;
  readonly cardKey: string;
  readonly accountHash: string;
}

/**
 * Counters are hashes of what they count, by deal (of a card by attempt): an attempt counts once, however repeated,
 * and what is over is taken out by its name. `#of` beside it says which KST day it is, or when the card's hour opened:
 * a counter is never taken for that of another day, even when the clocks of Redis and of this process differ. The
 * sums of a day and an hour stand beside, under the names of spec §7.
 */
const keysOf = ({ userId, cardKey, dealId, accountHash, deviceId, deviceTextHash }: Counting): string[] => [
  `fds:user:${userId}:daily:count`,
  `fds:user:${userId}:daily:amount`,
  `fds:user:${userId}:daily:deals`,
  `fds:card:${cardKey}:hourly:count`,
  `fds:card:${cardKey}:hourly:charges`,
  reservationKeyOf(dealId),
  `fds:account:${accountHash}:cards`,
  `fds:device:${deviceId}:accounts`,
  `fds:device-text:${deviceTextHash}:accounts`,
];
const KEYS = 9;
const reservationKeyOf = (dealId: DealId): string => `fds:deal:${dealId}:reservation`;

/** What both scripts do with the hashes; `keys` as above. */
const SHARED = `
local function counterOf(key)
  local flat, entries, size, of = redis.call('HGETALL', key), {}, 0, nil
  for i = 1, #flat, 2 do
    if flat[i] == '#of' then of = flat[i + 1] else entries[flat[i]], size = flat[i + 1], size + 1 end
  end
  return {key = key, entries = entries, size = size, of = of}
end
local function put(counter, entry, value)
  if not counter.entries[entry] then counter.size = counter.size + 1 end
  counter.entries[entry] = value
end
local function amountOf(counter)
  local amount = 0
  for _, principal in pairs(counter.entries) do amount = amount + tonumber(principal) end
  return amount
end
local function show(keys, deals, charges, dayMs, hourMs)
  if dayMs > 0 then
    redis.call('SET', keys[1], deals.size, 'PX', dayMs)
    redis.call('SET', keys[2], amountOf(deals), 'PX', dayMs)
  end
  if charges.size > 0 and hourMs > 0 then redis.call('SET', keys[4], charges.size, 'PX', hourMs)
  else redis.call('DEL', keys[4]) end
end
local function takeOut(keys, deal) for _, n in ipairs({3, 7, 8, 9}) do redis.call('HDEL', keys[n], deal) end end
`;

/**
 * Counts the attempt if no limit stands against it. ARGV: the question as JSON. A blocked attempt counts nothing.
 * Answers JSON: `load` when a counter is absent and no `fill` was given, else every measure with this attempt included.
 * One reservation per deal: a further attempt follows only a definite no, and takes the place of one whose release was
 * lost.
 */
const RESERVE = `${SHARED}
local ask = cjson.decode(ARGV[1])
local held = redis.call('HMGET', KEYS[6], 'day', 'attempt', 'answer', 'keys')
local isAgain = #ask.over.deals + #ask.over.charges > 0
if held[1] == ask.day and held[2] == ask.attempt and not isAgain then return held[3] end
if held[4] then takeOut(cjson.decode(held[4]), ask.deal) end
if held[2] == ask.attempt then redis.call('HDEL', KEYS[5], ask.deal .. ':' .. ask.attempt) end
if held[2] then redis.call('DEL', KEYS[6]) end
for _, deal in ipairs(ask.over.deals) do takeOut(KEYS, deal) end
for _, charge in ipairs(ask.over.charges) do redis.call('HDEL', KEYS[5], charge) end

local counters, absent, charges = {}, {}, counterOf(KEYS[5])
for name, n in pairs({userDeals = 3, accountCards = 7, deviceAccounts = 8, deviceTextAccounts = 9}) do
  counters[name] = counterOf(KEYS[n])
  if counters[name].of ~= ask.day then absent[name] = {counters[name], ask.day, ask.toMidnight} end
end
local opened = tonumber(charges.of or nil)
if not opened or opened + ask.hour <= ask.now then
  opened = ask.fill and ask.fill.openedAt
  absent.cardCharges = {charges, opened, opened and opened + ask.hour - ask.now}
end
if next(absent) and not ask.fill then return '{"load":true}' end
for name, made in pairs(absent) do
  local counter, of, ttl = unpack(made)
  counter.entries, counter.size = {}, 0
  redis.call('DEL', counter.key)
  redis.call('HSET', counter.key, '#of', of)
  for entry, value in pairs(ask.fill[name]) do
    redis.call('HSET', counter.key, entry, value)
    put(counter, entry, value)
  end
  redis.call('PEXPIRE', counter.key, ttl)
end

local mine = {accountCards = ask.card, deviceAccounts = ask.account, deviceTextAccounts = ask.account}
local answer = {
  userDailyCount = counters.userDeals.size + 1,
  userDailyAmount = amountOf(counters.userDeals) + ask.principal,
  cardHourlyCount = charges.size + 1
}
for name, own in pairs(mine) do
  local seen, different = {[own] = true}, 1
  for _, member in pairs(counters[name].entries) do
    if not seen[member] then seen[member], different = true, different + 1 end
  end
  answer[name] = different
end
for name, most in pairs(ask.limits) do
  if answer[name] > most then return cjson.encode(answer) end
end

if charges.size == 0 then opened = ask.now end
mine.userDeals = ask.principal
for name, own in pairs(mine) do
  local counter = counters[name]
  if counter.size < ask.most then
    redis.call('HSET', counter.key, ask.deal, own)
    put(counter, ask.deal, own)
  end
end
local charge = ask.deal .. ':' .. ask.attempt
redis.call('HSET', KEYS[5], '#of', opened, charge, 1)
put(charges, charge, 1)
redis.call('PEXPIRE', KEYS[5], opened + ask.hour - ask.now)
show(KEYS, counters.userDeals, charges, ask.toMidnight, opened + ask.hour - ask.now)
local told = cjson.encode(answer)
redis.call('HSET', KEYS[6], 'day', ask.day, 'attempt', ask.attempt, 'answer', told, 'keys', cjson.encode(KEYS))
redis.call('PEXPIRE', KEYS[6], ask.toMidnight)
return told
`;

/** Gives the attempt's reservation back. ARGV: deal, attempt, 1 when the charge was sent: the card's hour keeps it. */
const RELEASE = `${SHARED}
if redis.call('HGET', KEYS[6], 'attempt') ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[6])
takeOut(KEYS, ARGV[1])
if ARGV[3] ~= '1' then redis.call('HDEL', KEYS[5], ARGV[1] .. ':' .. ARGV[2]) end
show(KEYS, counterOf(KEYS[3]), counterOf(KEYS[5]), redis.call('PTTL', KEYS[3]), redis.call('PTTL', KEYS[5]))
return 1
`;

interface Scripts {
  fdsReserve(...keysAndValues: string[]): Promise<string>;
  fdsRelease(...keysAndValues: string[]): Promise<number>;
}

function scriptsOf(redis: Redis): Scripts {
  if (!('fdsReserve' in redis)) {
    redis.defineCommand('fdsReserve', { numberOfKeys: KEYS, lua: RESERVE });
    redis.defineCommand('fdsRelease', { numberOfKeys: KEYS, lua: RELEASE });
  }
  return redis as unknown as Scripts;
}

export type CountedMeasures = Required<
  Pick<Measures, keyof Counted | 'accountCards' | 'deviceAccounts' | 'deviceTextAccounts'>
>;

/** What counts already, for counters that are absent; without the deal itself. */
interface Fill extends PatternStanding {
  readonly userDeals: Entries;
  readonly cardCharges: Entries;
  /** When the card's hour opened, epoch ms. */
  readonly openedAt: number;
}

/** What counters hold, by deal, and of the card by `<deal>:<attempt>`. */
export interface Held {
  readonly deals: readonly string[];
  readonly charges: readonly string[];
}
const NOTHING: Held = { deals: [], charges: [] };

/** Beyond these more deals of a day say nothing more of an account or a device. */
const ENTRIES_MAX = 500;

interface Asked {
  readonly limits: Limits;
  readonly at: Date;
  readonly fill?: Fill;
  /** What is taken out first: it counts no more. */
  readonly over?: Held;
}

/** Every counted measure with this attempt, reserved unless a limit stands against it; throws as Redis does. */
export async function reserve(
  redis: Redis,
  counting: Counting,
  { limits, at, fill, over = NOTHING }: Asked,
): Promise<CountedMeasures | 'load'> {
  const now = at.getTime();
  const question = {
    ...{ day: kstDayOf(at), now, toMidnight: nextKstMidnight(at).getTime() - now, hour: CARD_HOUR_MS },
    ...{ deal: counting.dealId, attempt: `${counting.attempt}`, principal: counting.principal },
    ...{ card: counting.cardKey, account: counting.accountHash, limits, fill, over, most: ENTRIES_MAX },
  };
  const answer = JSON.parse(await scriptsOf(redis).fdsReserve(...keysOf(counting), JSON.stringify(question)));
  return 'load' in answer ? 'load' : answer;
}

/** What the counters of this attempt hold; throws as Redis does. */
export async function heldBy(redis: Redis, counting: Counting): Promise<Held> {
  const [, , user, , card, , ...others] = keysOf(counting) as [string, string, string, string, string, ...string[]];
  const entries = async (key: string) => (await redis.hkeys(key)).filter((entry) => entry !== '#of');
  const deals = await Promise.all([user, ...others].map(entries));
  return { deals: [...new Set(deals.flat())], charges: await entries(card) };
}

/** An attempt to release. `sent: false` when its charge never went to the PG; else the card's charge stays counted. */
interface Released {
  readonly dealId: DealId;
  readonly attempt: number;
  readonly sent?: boolean;
}

/**
 * Takes the attempt out of the counters in Redis. Safe to repeat. Never throws: what a silent Redis keeps too much is
 * released by the hourly clean-up, or ends at midnight. Answers whether there was one.
 */
export async function releaseReservation(redis: Redis, released: Released, log: Log): Promise<boolean> {
  const { dealId, attempt, sent = true } = released;
  try {
    const keys = await redis.hget(reservationKeyOf(dealId), 'keys');
    if (!keys) return false;
    const last = [dealId, `${attempt}`, sent ? '1' : '0'];
    return (await scriptsOf(redis).fdsRelease(...(JSON.parse(keys) as string[]), ...last)) === 1;
  } catch (error) {
    log.warn({ dealId, attempt, reason: (error as Error).message }, 'a risk reservation could not be released');
    return false;
  }
}
