/** What a request to put the clock forward means. */
import { DateTime, Duration } from 'luxon';
import { z } from 'zod';
import type { FastClock } from '../../db/fast-clock';
import { kstTimeOf } from '../../workflows/domain/bank-calendar';

export type Asked =
  | { readonly kind: 'ahead'; readonly aheadMs: number }
  | { readonly kind: 'refused'; readonly status: 409 | 422; readonly code: string; readonly message: string };

const body = z.union([
  z.strictObject({ now: z.iso.datetime({ offset: true }) }),
  z.strictObject({ advance: z.string().max(50) }),
]);
const WORDS =
  'say {"now": "2026-12-24T09:00:00+09:00"}, or {"advance": "P1DT12H"}, an ISO 8601 duration that is not negative';
/** The batches of every day in between are made up for. */
const DAYS_MAX = 62;
const DAY_MS = 86_400_000;

const refused = (status: 409 | 422, code: string, message: string): Asked => ({
  ...{ kind: 'refused', status, code, message },
});

/**
 * By how much the clock is to be ahead of `real`, the machine's. Refused are what is no time, a time that was, and more
 * than 62 days at once. Months and days are those of Korea.
 */
export function targetOf(given: unknown, clock: Pick<FastClock, 'aheadMs'>, real: Date): Asked {
  const { data } = body.safeParse(given);
  if (!data) return refused(422, 'INVALID_TIME', WORDS);
  const now = real.getTime() + clock.aheadMs;
  const at = 'now' in data ? Date.parse(data.now) : later(now, data.advance);
  if (at === null) return refused(422, 'INVALID_TIME', WORDS);
  if (at < now) {
    const stands = `it is ${kstTimeOf(new Date(now))}, and what was written lies in the time that was`;
    return refused(
      409,
      'CLOCK_BACKWARDS',
      `the clock only goes forward: ${stands}; delete the data folder to begin anew`,
    );
  }
  if (at - now > DAYS_MAX * DAY_MS) {
    return refused(
      422,
      'TOO_FAR',
      `at most ${DAYS_MAX} days at once, since the batches of each are made up for: go in steps`,
    );
  }
  return { kind: 'ahead', aheadMs: at - real.getTime() };
}

function later(nowMs: number, duration: string): number | null {
  const by = Duration.fromISO(duration);
  if (!by.isValid) return null;
  const at = DateTime.fromMillis(nowMs, { zone: 'Asia/Seoul' }).plus(by);
  return at.isValid && at.toMillis() >= nowMs ? at.toMillis() : null;
}
