/**
 * Every minute: quotes that nobody confirmed expire, webhook events that nobody dealt with wake their deals, cancels that only the
 * database knows are heard, and operators are told of deals that take a day (spec §4, §6).
 */
import { sweeps } from './steps';

/** Answers with counts. Safe to repeat. */
export async function minuteSweepWorkflow(): Promise<Record<'expired' | 'woken' | 'knocked' | 'overdue', number>> {
  const [{ expired }, { woken }, { knocked }, { raised }] = await Promise.all([
    sweeps.expireQuotes(),
    sweeps.sweepWebhookEvents(),
    sweeps.knockForCancels(),
    sweeps.raiseOverdue(),
  ]);
  return { expired, woken, knocked, overdue: raised };
}
