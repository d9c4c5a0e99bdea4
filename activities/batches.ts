/** The batches: they find deals in the database and knock at their workflows, which do the rest. */
import type { Db } from '../db/connection';
import { expireQuotes, openNews, retryDueDeals } from '../db/sweeps';
import type { DealEngine } from '../infra/deal-engine';
import type { BatchActivities } from './index';

/** An event younger than this is left to the transaction that is deciding its leg, ms. */
const NEWS_SETTLE_MS = 30_000;

export interface BatchDeps {
  readonly db: Db;
  readonly engine: DealEngine;
  readonly clock: () => Date;
}

/** The batch activities over PostgreSQL and the engine. */
export function batchActivities({ db, engine, clock }: BatchDeps): BatchActivities {
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
    async sweepWebhookEvents() {
      const news = await openNews(db, new Date(clock().getTime() - NEWS_SETTLE_MS));
      for (const { dealId, leg, attempt } of news) {
        await engine.resume(dealId, leg === 'refund' ? { leg } : { leg, attempt: attempt ?? 1 });
      }
      return { woken: news.length };
    },
  };
}
