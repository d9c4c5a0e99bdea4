/**
 * The pace of a deal: every duration and retry count, in two sets (spec §13). Production keeps the spec's numbers; demo
 * lets every magic value reach its end within a minute. A workflow gets its policy as input, so tests pass their own.
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** All durations in ms. */
export interface DealPolicy {
  /** Limit of one HTTP call to a provider. */
  readonly providerTimeoutMs: number;
  /** Temporal's limit of one money activity attempt; longer than the HTTP limit. */
  readonly startToCloseMs: number;
  /** First backoff of the retries after a call whose outcome is unknown; doubles. */
  readonly callRetryMs: number;
  /** Calls of one round: 1 call + 3 retries. */
  readonly callAttempts: number;
  /** Waits between rounds that ask about an unknown outcome; the last one repeats. */
  readonly unknownTimetableMs: readonly number[];
  /** Unknown for this long: an alarm. */
  readonly unknownAlarmMs: number;
  /** Unknown for this long: an operator task. */
  readonly unknownTaskMs: number;
  /** A transfer the bank does not know is sent again only this long after the last send. */
  readonly notFoundSettleMs: number;
  /** How long the PG may take over a charge that we gave up; a decline before that does not decide it. */
  readonly chargeSettleMs: number;
  /** How long Softpayment keeps an orderId idempotent; automatic re-POST stops at half of it. */
  readonly pgKeyWindowMs: number;
  /** Transfer attempts in line before the deal waits for the retry batch. */
  readonly transferAttempts: number;
  /** First backoff between transfer attempts in line; doubles. */
  readonly transferRetryMs: number;
  /** Until the first look at a stop or a doubt that holds money back; doubles, up to an hour. */
  readonly stopRecheckMs: number;
  /** A stored webhook event whose deal was woken and that stays open wakes it again after so long; doubles, */
  readonly newsAgainMs: number;
  /** up to this. */
  readonly newsAgainMaxMs: number;
  /** From the first TRANSFER_FAILED until the deal is refunded. */
  readonly giveUpAfterMs: number;
  /** Time granted for a corrected account after a terminal failure; 0 refunds at once. */
  readonly correctionGraceMs: number;
  /** How long a quote can be confirmed. */
  readonly quoteMs: number;
  /** How long a deal under risk review is held before it is refunded. */
  readonly holdMs: number;
  /** How long a rule that only slows down holds a deal before it goes on by itself. */
  readonly shortHoldMs: number;
  /** So long a confirm that the risk rules blocked is told so again, not judged anew: same card, same device. */
  readonly blockedAgainMs: number;
}

const PRODUCTION: DealPolicy = {
  providerTimeoutMs: 30 * SECOND,
  startToCloseMs: 35 * SECOND,
  callRetryMs: SECOND,
  callAttempts: 4,
  unknownTimetableMs: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE, 30 * MINUTE, HOUR],
  unknownAlarmMs: 10 * MINUTE,
  unknownTaskMs: HOUR,
  notFoundSettleMs: 10 * MINUTE,
  chargeSettleMs: MINUTE,
  pgKeyWindowMs: 15 * DAY,
  transferAttempts: 3,
  transferRetryMs: SECOND,
  stopRecheckMs: 5 * MINUTE,
  newsAgainMs: MINUTE,
  newsAgainMaxMs: HOUR,
  giveUpAfterMs: 36 * HOUR,
  correctionGraceMs: 0,
  quoteMs: 30 * MINUTE,
  holdMs: 24 * HOUR,
  shortHoldMs: HOUR,
  blockedAgainMs: MINUTE,
};

const DEMO: DealPolicy = {
  ...PRODUCTION,
  providerTimeoutMs: 2 * SECOND,
  startToCloseMs: 5 * SECOND,
  callRetryMs: 200,
  unknownTimetableMs: [1, 2, 4, 8, 10].map((s) => s * SECOND),
  unknownAlarmMs: 10 * SECOND,
  unknownTaskMs: 20 * SECOND,
  notFoundSettleMs: 3 * SECOND,
  chargeSettleMs: 3 * SECOND,
  transferRetryMs: 200,
  stopRecheckMs: 5 * SECOND,
  newsAgainMs: 10 * SECOND,
  newsAgainMaxMs: 30 * SECOND,
  giveUpAfterMs: 20 * SECOND,
  quoteMs: 10 * MINUTE,
  holdMs: 10 * MINUTE,
  shortHoldMs: 10 * SECOND,
  blockedAgainMs: 5 * SECOND,
};

export const POLICIES = { production: PRODUCTION, demo: DEMO } as const;
export type Pace = keyof typeof POLICIES;

/** The wait before the n-th question (n from 1) about an unknown outcome, ms. */
export function unknownWaitMs(policy: DealPolicy, n: number): number {
  const table = policy.unknownTimetableMs;
  return table[Math.min(n, table.length) - 1] ?? HOUR;
}

/** The pause before a stop or a doubt is looked at again that stood so often in a row, ms; its end wakes the deal. */
export const nextLookMs = ({ stopRecheckMs }: DealPolicy, looks: number): number =>
  Math.max(stopRecheckMs, Math.min(HOUR, stopRecheckMs * 2 ** Math.min(looks, 30)));

/**
 * How a worker stops, ms after it is asked to: until `graceMs` a provider call in flight may finish, then activities
 * are told that they are cancelled, and at `forceMs` the process ends, whatever still runs. The platform must not kill
 * it before (docs/operations.md, "Starting and stopping").
 */
export function stopTimesOf({ startToCloseMs }: DealPolicy): { readonly graceMs: number; readonly forceMs: number } {
  return { graceMs: startToCloseMs + 5 * SECOND, forceMs: startToCloseMs + 10 * SECOND };
}
