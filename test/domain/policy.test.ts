import fc from 'fast-check';
import { type DealPolicy, POLICIES, stopTimesOf, unknownWaitMs } from '../../workflows/domain/policy';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The numbers of spec §3–§5 and §13, production → demo. */
const NUMBERS: readonly [string, (policy: DealPolicy) => number, production: number, demo: number][] = [
  ['provider timeout', (p) => p.providerTimeoutMs, 30 * SECOND, 2 * SECOND],
  ['start to close', (p) => p.startToCloseMs, 35 * SECOND, 5 * SECOND],
  ['first retry of a call', (p) => p.callRetryMs, SECOND, 200],
  ['calls of one round', (p) => p.callAttempts, 4, 4],
  ['alarm', (p) => p.unknownAlarmMs, 10 * MINUTE, 10 * SECOND],
  ['operator task', (p) => p.unknownTaskMs, HOUR, 20 * SECOND],
  ['settling of "not found"', (p) => p.notFoundSettleMs, 10 * MINUTE, 3 * SECOND],
  ['key window of the PG', (p) => p.pgKeyWindowMs, 15 * 24 * HOUR, 15 * 24 * HOUR],
  ['transfer tries in line', (p) => p.transferAttempts, 3, 3],
  ['giving up', (p) => p.giveUpAfterMs, 36 * HOUR, 20 * SECOND],
  ['time for a corrected account', (p) => p.correctionGraceMs, 0, 0],
  ['quote', (p) => p.quoteMs, 30 * MINUTE, 10 * MINUTE],
  ['hold', (p) => p.holdMs, 24 * HOUR, 10 * MINUTE],
  ['a block told again', (p) => p.blockedAgainMs, MINUTE, 5 * SECOND],
];

test.each(NUMBERS)(
  '%s lasts what the specification says, in production and in the demo',
  (_, read, production, demo) => {
    expect([read(POLICIES.production), read(POLICIES.demo)]).toEqual([production, demo]);
  },
);

test('an unknown outcome is asked about after 5 s, 30 s, 2 min, doubling to 30 min, then every hour', () => {
  const waits = Array.from({ length: 12 }, (_, n) => unknownWaitMs(POLICIES.production, n + 1));
  const minutes = [2, 4, 8, 16, 30, 60, 60, 60, 60, 60].map((m) => m * MINUTE);
  expect(waits).toEqual([5 * SECOND, 30 * SECOND, ...minutes]);
});

test('in the demo it is asked about after 1, 2, 4 and 8 s, then every 10 s', () => {
  const waits = Array.from({ length: 7 }, (_, n) => unknownWaitMs(POLICIES.demo, n + 1));
  expect(waits).toEqual([1, 2, 4, 8, 10, 10, 10].map((s) => s * SECOND));
});

test('nobody stops asking: every question is followed by another within the hour', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(POLICIES)), fc.integer({ min: 1, max: 100_000 }), (policy, n) => {
      const wait = unknownWaitMs(policy, n);
      return wait > 0 && wait <= HOUR && wait <= unknownWaitMs(policy, n + 1);
    }),
  );
});

test('an HTTP call ends before the activity that makes it', () => {
  for (const policy of Object.values(POLICIES)) expect(policy.providerTimeoutMs).toBeLessThan(policy.startToCloseMs);
});

test('a worker that stops lets the longest activity finish, and has ended before the platform kills it after 60 s', () => {
  for (const policy of Object.values(POLICIES)) {
    const { graceMs, forceMs } = stopTimesOf(policy);
    expect(graceMs).toBeGreaterThan(policy.startToCloseMs);
    expect(forceMs).toBeGreaterThan(graceMs);
    expect(forceMs).toBeLessThan(MINUTE);
  }
});
