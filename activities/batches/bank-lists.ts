/**
 * The bank's lists between two nights: what today's has counts at once, and what yesterday's lacks once it is complete.
 * Deals are only told; they ask the bank, and look at the lists, themselves.
 */
import type { Db } from '../../db/connection';
import { doubtListed, type Listed, transfersToTell } from '../../db/reconciliation/listed';
import { isBankListComplete } from '../../db/reconciliation/proof';
import type { Log } from '../../infra/log';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { BankListActivities } from '../../workflows/batches/ports';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { bankListCompleteAt } from '../../workflows/domain/reconciliation';
import { type BatchDb, onBatchDb } from './batch-db';
import { tellDeals } from './tell-deals';

interface BankListDeps extends BatchDb {
  readonly db: Db;
  readonly engine: Pick<DealEngine, 'resume'>;
  readonly log: Log;
}

const DAY_MS = 86_400_000;

/** The KST day of the instant (ISO), and the one before. */
const daysOf = (at: string): { today: string; yesterday: string } => ({
  today: kstDayOf(new Date(at)),
  yesterday: kstDayOf(new Date(new Date(at).getTime() - DAY_MS)),
});

/** The steps over PostgreSQL and the engine; lists are read by those of the reconciliation. */
export function bankListActivities(deps: BankListDeps): BankListActivities {
  return {
    async bankListsDue({ scheduledAt }) {
      const { today, yesterday } = daysOf(scheduledAt);
      const isOver = new Date(scheduledAt) >= bankListCompleteAt(yesterday);
      return isOver && !(await isBankListComplete(deps.db, yesterday)) ? [today, yesterday] : [today];
    },
    tellListedDeals: ({ scheduledAt }) =>
      onBatchDb(deps, async (batchDb) => {
        const { today, yesterday } = daysOf(scheduledAt);
        const listed = await transfersToTell(batchDb, [today, yesterday]);
        return { told: await tellDeals(listed, (one) => tell(deps, one)) };
      }),
  };
}

/** A deal that cannot be told now is told again by the next run. */
async function tell({ db, engine, log }: BankListDeps, listed: Listed): Promise<boolean> {
  const { dealId, attempt } = listed;
  try {
    if (listed.late) await doubtListed(db, listed);
    await engine.resume(dealId, { leg: 'transfer', attempt });
    return true;
  } catch (error) {
    log.warn({ dealId, attempt, reason: (error as Error).name }, 'a bank list could not wake its deal');
    return false;
  }
}
