import { type DealPolicy, POLICIES } from '../../workflows/domain/policy';

/** The demo's pace made shorter still: every magic value ends within seconds, and no wait is shorter than a busy machine needs. */
export const TEST_POLICY: DealPolicy = {
  ...POLICIES.demo,
  providerTimeoutMs: 1_000,
  startToCloseMs: 2_500,
  callRetryMs: 50,
  unknownTimetableMs: [100, 200, 400],
  unknownAlarmMs: 1_000,
  unknownTaskMs: 2_000,
  notFoundSettleMs: 500,
  transferRetryMs: 50,
  stopRecheckMs: 300,
  giveUpAfterMs: 2_000,
  quoteMs: 60_000,
  holdMs: 60_000,
};

/** The sandboxes' durations, in the same proportion. */
export const TEST_TIMINGS = {
  hangMs: 5_000,
  processingMs: 1_000,
  vtimMs: 600,
  returnMs: 1_000,
  lateMs: 800,
  slowMs: 500,
};

/** A delivery that fails is sent again soon. */
export const TEST_WEBHOOK_BACKOFF_MS = [100, 200, 400, 800, 1_600, 3_200];
