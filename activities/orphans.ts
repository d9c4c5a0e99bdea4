/** Adoption: a deal whose workflow was terminated or lost is given one again, and it continues from the database (spec §4). */
import type { Client } from '@temporalio/client';
import type { Db } from '../db/connection';
import { idleOpenDeals, mustRun } from '../db/sweeps';
import type { DealEngine } from '../infra/deal-engine';
import type { Log } from '../infra/log';
import { hasOpenRun } from '../infra/temporal';
import { type DealId, dealWorkflowIdOf } from '../workflows/domain/ids';
import type { BatchActivities } from './index';

export interface OrphanDeps {
  readonly db: Db;
  readonly client: Client;
  readonly engine: DealEngine;
  readonly log: Log;
}

/** A deal that moved so recently is left alone: its workflow may just be starting. With the Schedule's 3 min: within 5 min. */
const IDLE_MS = 60_000;
/** So many deals are looked at together: a sweep of 10,000 waiting deals is no burden to the engine. */
const AT_ONCE = 10;
/** So many looks in a row that fail: the engine is down, and the next run begins afresh. */
const ENGINE_DOWN = 10;

/** `adoptOrphans` over PostgreSQL and Temporal. */
export function orphanActivities({ db, client, engine, log }: OrphanDeps): Pick<BatchActivities, 'adoptOrphans'> {
  /** The deal is read again after the engine was asked: a run that ended meanwhile had written its end before. */
  async function adopt(dealId: DealId): Promise<boolean> {
    if (await hasOpenRun(client, dealWorkflowIdOf(dealId))) return false;
    if (!(await mustRun(db, dealId))) return false;
    await engine.resume(dealId);
    log.warn({ dealId }, 'a deal had lost its workflow and was adopted');
    return true;
  }

  return {
    async adoptOrphans() {
      const counts = { looked: 0, adopted: 0, failed: 0 };
      let failedInARow = 0;
      const look = async (dealId: DealId) => {
        counts.looked += 1;
        try {
          if (await adopt(dealId)) counts.adopted += 1;
          failedInARow = 0;
        } catch (error) {
          counts.failed += 1;
          failedInARow += 1;
          log.warn({ dealId, reason: (error as Error).name }, 'whether a deal has its workflow could not be found out');
        }
      };
      for (let after: DealId | null = null; ; ) {
        const page: DealId[] = await idleOpenDeals(db, IDLE_MS, after);
        const queue = page.values();
        const lane = async () => {
          for (const dealId of queue) if (failedInARow < ENGINE_DOWN) await look(dealId);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, lane));
        after = page.at(-1) ?? null;
        if (after === null || failedInARow >= ENGINE_DOWN) return counts;
      }
    },
  };
}
