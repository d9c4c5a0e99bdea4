/**
 * Every minute: quotes that nobody confirmed expire, webhook events that nobody dealt with wake their deals, cancels
 * that only the database knows are heard, deals that should have moved have their workflows looked at, and operators
 * are told of deals that take a day (spec §4, §6).
 */
import { sweeps } from './steps';

type Counts = Readonly<Record<'expired' | 'woken' | 'knocked' | 'adopted' | 'stuck' | 'overdue', number>>;

/** Answers with counts. Safe to repeat. */
export async function minuteSweepWorkflow(): Promise<Counts> {
  const [{ expired }, { woken }, { knocked }, { adopted, stuck }, { raised }] = await Promise.all([
    sweeps.expireQuotes(),
    sweeps.sweepWebhookEvents(),
    sweeps.knockForCancels(),
    sweeps.lookAfterRuns('late'),
    sweeps.raiseOverdue(),
  ]);
  return { expired, woken, knocked, adopted, stuck, overdue: raised };
}
