/** The batches: they find deals in the database and knock at their workflows, which do the rest. */
import type { Db } from '../../db/connection';
import { claimOpenEvents, expireQuotes, raiseOverdue, retryDueDeals, unheardCancels } from '../../db/sweeps';
import { actOnEvents } from '../../db/webhook-events';
import type { Log } from '../../infra/log';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { BatchActivities } from '../../workflows/batches/ports';
import type { DealPolicy } from '../../workflows/domain/policy';
import type { EventReaders } from '../../workflows/domain/provider-news';
import { readAnew } from './unread-events';

type DealBatches = Pick<
  BatchActivities,
  'signalRetryDue' | 'expireQuotes' | 'sweepWebhookEvents' | 'knockForCancels' | 'raiseOverdue'
>;

interface BatchDeps {
  readonly db: Db;
  readonly engine: DealEngine;
  readonly policy: DealPolicy;
  readonly readers: EventReaders;
  readonly clock: () => Date;
  readonly log: Log;
}

/** The batch activities over PostgreSQL and the engine. */
export function batchActivities({ db, engine, policy, readers, clock, log }: BatchDeps): DealBatches {
  return {
    async signalRetryDue() {
      let signalled = 0;
      let page = await retryDueDeals(db, null);
      while (page.length > 0) {
        for (const dealId of page) await engine.retryDue(dealId);
        signalled += page.length;
        page = await retryDueDeals(db, page.at(-1) ?? null);
      }
      return { signalled };
    },
    expireQuotes: async () => ({ expired: await expireQuotes(db, clock()) }),
    async knockForCancels() {
      const unheard = await unheardCancels(db, clock());
      for (const dealId of unheard) await engine.knock(dealId);
      return { knocked: unheard.length };
    },
    async raiseOverdue() {
      const raised = await raiseOverdue(db, clock());
      if (raised > 0) log.warn({ raised }, 'deals have not ended a day after their charge');
      return { raised };
    },
    async sweepWebhookEvents() {
      await readAnew(db, readers, log);
      const claimed = await claimOpenEvents(db, { firstMs: policy.newsAgainMs, maxMs: policy.newsAgainMaxMs });
      let woken = 0;
      await actOnEvents(db, claimed, async (dealId, news) => {
        try {
          await engine.resume(dealId, news);
          woken += 1;
        } catch (error) {
          log.warn({ dealId, leg: news.leg, reason: (error as Error).name }, 'an event could not wake its deal');
        }
      });
      return { woken };
    },
  };
}
