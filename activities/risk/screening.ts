/**
 * The fast first look at the limits, on counters in Redis (spec §7). Redis is a cache: an absent counter is loaded from
 * PostgreSQL, and the charge intent recounts there (`recheckLimits`). Without Redis nothing is charged.
 */
import type { Redis } from 'ioredis';
import type { Db } from '../../db/connection';
import { CARD_HOUR_MS, loadStanding, type RiskSubject, riskFactsOf } from '../../db/risk';
import type { Log } from '../../infra/log';
import type { RecordActivities } from '../../workflows/deal/ports';
import { kstDayOf, nextKstMidnight } from '../../workflows/domain/bank-calendar';
import type { DealId } from '../../workflows/domain/ids';
import type { Won } from '../../workflows/domain/money';
import { judge, RISK_LIMITS, type RiskDecision } from '../../workflows/domain/screening';

/**
 * Beside each counter lives what it counts: the KST day, or when the card's hour opened. So a counter is never taken
 * for that of another day, even when the clocks of Redis and of this process differ. One reservation per deal: a
 * further attempt follows only a definite no, so it takes the place of one whose release was lost.
 */
const keysOf = (userId: string, cardId: string, dealId: DealId): string[] => [
  `fds:user:${userId}:daily:count`,
  `fds:user:${userId}:daily:amount`,
  `fds:user:${userId}:daily:day`,
  `fds:card:${cardId}:hourly:count`,
  `fds:card:${cardId}:hourly:opened`,
  reservationKeyOf(dealId),
];
const reservationKeyOf = (dealId: DealId): string => `fds:deal:${dealId}:reservation`;

/**
 * Counts the attempt if no limit stands against it. ARGV: day, now, ms to midnight, ms of an hour, attempt, user, card,
 * principal, the three limits; then, for absent counters: user count and amount, card count, hour opened at.
 * A blocked attempt writes nothing.
 * Answers `load` when a counter is absent and not given, else the counters with this attempt included.
 */
const RESERVE = `
local day, now, toMidnight, hour, attempt = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]
local held = redis.call('HMGET', KEYS[6], 'day', 'attempt', 'count', 'amount', 'charges')
if held[1] == day and held[2] == attempt then
  return {'counted', tonumber(held[3]), tonumber(held[4]), tonumber(held[5])}
end
local replaces = held[1] == day

local count, amount, charges, opened
if redis.call('GET', KEYS[3]) == day then
  count, amount = tonumber(redis.call('GET', KEYS[1]) or nil), tonumber(redis.call('GET', KEYS[2]) or nil)
end
opened = tonumber(redis.call('GET', KEYS[5]) or nil)
if opened and opened + hour > now then charges = tonumber(redis.call('GET', KEYS[4]) or nil) end
if not (count and amount and charges) and not ARGV[12] then return {'load'} end
if not (count and amount) then count, amount, replaces = tonumber(ARGV[12]), tonumber(ARGV[13]), false end
if not charges then charges, opened = tonumber(ARGV[14]), tonumber(ARGV[15]) end

if not replaces then count, amount = count + 1, amount + tonumber(ARGV[8]) end
charges = charges + 1
if count > tonumber(ARGV[9]) or amount > tonumber(ARGV[10]) or charges > tonumber(ARGV[11]) then
  return {'counted', count, amount, charges}
end
redis.call('SET', KEYS[1], count, 'PX', toMidnight)
redis.call('SET', KEYS[2], amount, 'PX', toMidnight)
redis.call('SET', KEYS[3], day, 'PX', toMidnight)
redis.call('SET', KEYS[4], charges, 'PX', opened + hour - now)
redis.call('SET', KEYS[5], opened, 'PX', opened + hour - now)
redis.call('HSET', KEYS[6], 'day', day, 'attempt', attempt, 'user', ARGV[6], 'card', ARGV[7], 'principal', ARGV[8],
  'opened', opened, 'count', count, 'amount', amount, 'charges', charges)
redis.call('PEXPIRE', KEYS[6], toMidnight)
return {'counted', count, amount, charges}
`;

/**
 * Gives the attempt's reservation back. ARGV: day, attempt, 1 when the charge was sent (the card's counter then stays).
 */
const RELEASE = `
local held = redis.call('HMGET', KEYS[6], 'day', 'attempt', 'principal', 'opened')
if held[2] ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[6])
if held[1] == ARGV[1] and redis.call('GET', KEYS[3]) == held[1] and redis.call('EXISTS', KEYS[1], KEYS[2]) == 2 then
  redis.call('DECR', KEYS[1])
  redis.call('DECRBY', KEYS[2], held[3])
end
if ARGV[3] ~= '1' and redis.call('GET', KEYS[5]) == held[4] and redis.call('EXISTS', KEYS[4]) == 1 then
  if redis.call('DECR', KEYS[4]) <= 0 then redis.call('DEL', KEYS[4], KEYS[5]) end
end
return 1
`;

type Reserved = ['load'] | ['counted', number, number, number];
interface Scripts {
  fdsReserve(...keysAndValues: (string | number)[]): Promise<Reserved>;
  fdsRelease(...keysAndValues: (string | number)[]): Promise<number>;
}

function scriptsOf(redis: Redis): Scripts {
  if (!('fdsReserve' in redis)) {
    redis.defineCommand('fdsReserve', { numberOfKeys: 6, lua: RESERVE });
    redis.defineCommand('fdsRelease', { numberOfKeys: 6, lua: RELEASE });
  }
  return redis as unknown as Scripts;
}

interface ScreeningDeps {
  readonly db: Db;
  readonly redis: Redis;
  readonly clock: () => Date;
}

/** `screenDeal`: the verdict of the limits, with the attempt reserved unless it is blocked. Safe to run twice. */
export function screeningActivities({ db, redis, clock }: ScreeningDeps): Pick<RecordActivities, 'screenDeal'> {
  return {
    async screenDeal({ dealId, attempt, cardId }) {
      const at = clock();
      const { userId, principal, memberSince } = await riskFactsOf(db, dealId);
      const counted = await reserve({ db, redis }, { dealId, attempt, userId, cardId }, principal, at);
      const kstDay = kstDayOf(at);
      if (counted === null) {
        const counters = { userDailyCount: 0, userDailyAmount: 0, cardHourlyCount: 0 };
        return { verdict: 'UNAVAILABLE', rules: [], counters, kstDay };
      }
      const memberForMs = at.getTime() - memberSince.getTime();
      return { ...judge({ principal, memberForMs, counters: counted }), counters: counted, kstDay };
    },
  };
}

/** The counters with this attempt, or null when Redis does not answer. A failing PostgreSQL throws: that is retried. */
async function reserve(
  { db, redis }: Pick<ScreeningDeps, 'db' | 'redis'>,
  subject: RiskSubject,
  principal: Won,
  at: Date,
): Promise<RiskDecision['counters'] | null> {
  const { dealId, attempt, userId, cardId } = subject;
  const { dealsPerDay, amountPerDay, chargesPerCardHour } = RISK_LIMITS;
  const now = at.getTime();
  const when = [kstDayOf(at), now, nextKstMidnight(at).getTime() - now, CARD_HOUR_MS];
  const what = [attempt, userId, cardId, principal, dealsPerDay, amountPerDay, chargesPerCardHour];
  const ask = (...fill: number[]): Promise<Reserved | null> =>
    scriptsOf(redis)
      .fdsReserve(...keysOf(userId, cardId, dealId), ...when, ...what, ...fill)
      .catch(() => null);

  let answer = await ask();
  if (answer?.[0] === 'load') {
    const { userDailyCount, userDailyAmount, cardHour } = await loadStanding(db, subject, at);
    answer = await ask(userDailyCount, userDailyAmount, cardHour?.charges ?? 0, cardHour?.openedAt.getTime() ?? now);
  }
  if (answer?.[0] !== 'counted') return null;
  const [, userDailyCount, userDailyAmount, cardHourlyCount] = answer;
  return { userDailyCount, userDailyAmount, cardHourlyCount };
}

/** An attempt to release. `sent: false` when its charge never went to the PG; else the card's charge stays counted. */
interface Released {
  readonly dealId: DealId;
  readonly attempt: number;
  readonly sent?: boolean;
}

/**
 * Takes the attempt out of the counters in Redis, if they are still those of its KST day. Safe to repeat. Never throws:
 * what a silent Redis keeps too much is released by the hourly clean-up, or ends at midnight. Answers whether there was
 * one.
 */
export async function releaseReservation(redis: Redis, released: Released, at: Date, log: Log): Promise<boolean> {
  const { dealId, attempt, sent = true } = released;
  try {
    const [userId, cardId] = await redis.hmget(reservationKeyOf(dealId), 'user', 'card');
    if (!userId || !cardId) return false;
    const keys = keysOf(userId, cardId, dealId);
    return (await scriptsOf(redis).fdsRelease(...keys, kstDayOf(at), attempt, sent ? '1' : '0')) === 1;
  } catch (error) {
    log.warn({ dealId, attempt, reason: (error as Error).message }, 'a risk reservation could not be released');
    return false;
  }
}
