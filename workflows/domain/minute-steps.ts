/** What is done every minute (docs/operations.md, "The minute"), each step by the activity of its name. */

/** How long a step may take, s: a run ends, and says who was late, before the next minute. */
export const MINUTE_STEPS = {
  watchFloat: 10,
  expireQuotes: 20,
  sweepWebhookEvents: 30,
  knockForCancels: 30,
  lookAfterRuns: 30,
  raiseOverdue: 20,
  watchBatches: 20,
} as const;

export type MinuteStep = keyof typeof MINUTE_STEPS;

/** In the order of the table. */
export const MINUTE_STEP_NAMES = Object.keys(MINUTE_STEPS) as readonly MinuteStep[];
