/**
 * Waits of hours and days at production's pace, which no other test can sit out: time skips here. Durations are the spec's (§3-5),
 * not the code's. A wait may not end before its time; that it ends within a minute of it leaves room for a busy machine.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { dealView, retryDue } from '../../workflows/deal/messages';
import { whileLongDeal } from '../fixtures/long-deal';
import { startTimeSkipping } from '../servers/time-skipping';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTimeSkipping();
});
afterAll(() => env?.teardown());

interface Call {
  readonly atMs: number;
}

function expectWait(ms: number, since: number | undefined, until: Call | undefined): void {
  const lasted = (until?.atMs ?? Number.NaN) - (since ?? Number.NaN);
  expect(lasted).toBeGreaterThanOrEqual(ms);
  expect(lasted).toBeLessThan(ms + MINUTE);
}

const FAILED = { kind: 'failed', code: '0022', retryable: true, returned: false } as const;

test('a deal whose card was declined, and that nobody confirms again, is closed when its quote of 30 minutes ends', async () => {
  const declined = async () => ({ kind: 'declined', code: 'LIMIT', late: false }) as const;
  await whileLongDeal(env, { charge: declined }, async ({ createdAt, asked, end }) => {
    expect(await end()).toBe('CANCELLED');
    const [close] = asked('closeUnpaid');
    expectWait(30 * MINUTE, createdAt, close);
    expect(close?.request.cause).toBe('quote-expired');
  });
});

test('a deal under review that no operator looks at is refunded after 24 hours, and nothing was transferred', async () => {
  const review = async ({ holdMs }: { holdMs: number }) =>
    ({ kind: 'charged', reviewForMs: holdMs, cancelRequested: false }) as const;
  await whileLongDeal(env, { charge: review }, async ({ asked, end }) => {
    expect(await end()).toBe('REFUNDED');
    const [refund] = asked('refundPayment');
    expectWait(24 * HOUR, asked('chargeCard')[0]?.atMs, refund);
    expect(refund?.request.cause).toBe('hold-expired');
    expect(asked('transferToRecipient')).toEqual([]);
  });
});

test('a transfer that fails again and again, also for the retry batch, is given up 36 hours after its first failure', async () => {
  await whileLongDeal(env, { transfer: async () => FAILED }, async ({ workflow, asked, end }) => {
    for (let rounds = 0; rounds < 3; rounds++) {
      await env.sleep(11 * HOUR);
      await workflow.signal(retryDue, `batch-${rounds}`);
    }
    expect(await end()).toBe('REFUNDED');
    const transfers = asked('transferToRecipient');
    expect(transfers.map(({ request }) => request.attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    const refunds = asked('refundPayment');
    expect(refunds.map(({ request }) => request.cause)).toEqual(['gave-up']);
    expectWait(36 * HOUR, transfers[2]?.atMs, refunds[0]); // three in line, and the deal has failed
  });
});

test.each([
  [FAILED, 'REFUNDED', 1],
  [{ kind: 'completed' } as const, 'COMPLETED', 0],
])('a transfer under way after 36 hours of failures is waited for: %j makes it %s', async (outcome, state, refunds) => {
  let sentAt = 0;
  const transfer = async ({ attempt }: { attempt: number }, nowMs: number) => {
    if (attempt <= 3) return FAILED;
    sentAt ||= nowMs;
    return nowMs < sentAt + 50 * HOUR ? ({ kind: 'undecided' } as const) : outcome;
  };
  await whileLongDeal(env, { transfer }, async ({ workflow, asked, end }) => {
    await env.sleep(35 * HOUR);
    await workflow.signal(retryDue, 'batch');
    expect(await end()).toBe(state);
    expect(asked('refundPayment')).toHaveLength(refunds);
    for (const { atMs } of asked('refundPayment')) expect(atMs).toBeGreaterThanOrEqual(sentAt + 50 * HOUR);
  });
});

/** The waits between questions about an unknown outcome (spec §5.2). */
const TIMETABLE = [5 * SECOND, 30 * SECOND, ...[2, 4, 8, 16, 30, 60].map((minutes) => minutes * MINUTE)];

test('a charge without an answer is asked about for days by the timetable, alarms people, and goes on when it is known', async () => {
  let isSilent = true;
  const charge = async () => {
    if (isSilent) throw ApplicationFailure.retryable('no answer', 'OutcomeUnknown');
    return { kind: 'charged', reviewForMs: null, cancelRequested: false } as const;
  };
  await whileLongDeal(env, { charge }, async ({ createdAt, workflow, asked, end }) => {
    await env.sleep(72 * HOUR + 30 * MINUTE);
    const asks = asked('chargeCard').map(({ atMs }) => atMs);
    const waits = asks.slice(4).map((at, n) => at - (asks[n + 3] ?? Number.NaN));
    const steps = waits.map((wait) => TIMETABLE.findLast((step) => step <= wait));
    // One call and three retries; eight questions in the first two hours, then one an hour.
    expect(steps).toEqual([...TIMETABLE, ...Array(70).fill(HOUR)]);
    expect(await workflow.query(dealView)).toMatchObject({ state: 'PENDING', waiting: { reason: 'charge-unknown' } });

    const raised = (severity: string) => asked('recordWaiting').find(({ request }) => request.raise === severity);
    expectWait(10 * MINUTE, createdAt, raised('alarm'));
    expectWait(HOUR, createdAt, raised('task'));

    isSilent = false;
    expect(await end()).toBe('COMPLETED');
    expect([...asked('closeUnpaid'), ...asked('refundPayment')]).toEqual([]);
  });
});

test('a charge too old to be asked about again waits for a person, and 60 days change nothing', async () => {
  await whileLongDeal(
    env,
    { charge: async () => ({ kind: 'undecided', askInMs: null }) },
    async ({ workflow, asked }) => {
      await env.sleep(60 * 24 * HOUR);
      expect(asked('chargeCard')).toHaveLength(1);
      expect(
        asked('recordWaiting').map(({ request }) => [request.reason, request.raise, request.nextMoveInMs]),
      ).toEqual(expect.arrayContaining([['operator-needed', 'task', null]]));
      expect(await workflow.query(dealView)).toMatchObject({ state: 'PENDING', waiting: { nextMoveAt: null } });
      expect([...asked('closeUnpaid'), ...asked('refundPayment')]).toEqual([]);
    },
  );
});

test('a paid deal that a dispute holds back for 14 days is looked at ever more rarely, in runs of fewer than 5,000 events', async () => {
  const DAYS = 14;
  let isHeld = true;
  const transfer = async () =>
    isHeld ? ({ kind: 'stopped', failed: false } as const) : ({ kind: 'completed' } as const);
  await whileLongDeal(env, { transfer }, async ({ createdAt, workflow, asked, end }) => {
    await env.sleep(DAYS * 24 * HOUR);
    const asks = asked('transferToRecipient').map(({ atMs }) => atMs - createdAt);
    const waits = asks.slice(1).map((at, n) => Math.round((at - (asks[n] ?? Number.NaN)) / MINUTE));
    expect(waits.slice(0, 6)).toEqual([5, 10, 20, 40, 60, 60]);
    expect(new Set(waits.slice(4))).toEqual(new Set([60]));
    expect(waits.length).toBeGreaterThan((DAYS - 1) * 24);
    expect((await workflow.describe()).historyLength).toBeLessThan(5_000);
    isHeld = false;
    expect(await end()).toBe('COMPLETED');
  });
});
