/** Every minute: quotes that nobody confirmed expire, and webhook events that nobody dealt with wake their deals (spec §4, §6). */
import { batches } from './steps';

/** Answers with counts. Safe to repeat. */
export async function minuteSweepWorkflow(): Promise<{ expired: number; woken: number }> {
  const [{ expired }, { woken }] = await Promise.all([batches.expireQuotes(), batches.sweepWebhookEvents()]);
  return { expired, woken };
}
