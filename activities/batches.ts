/** The batches: they find deals in the database and knock at their workflows, which do the rest. */
import type { Db } from '../db/connection';
import { expireQuotes, openEvents, retryDueDeals } from '../db/sweeps';
import { actOnEvent } from '../db/webhook-events';
import type { DealEngine } from '../infra/deal-engine';
import { readProviderEvent } from '../workflows/domain/provider-news';
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
      const open = await openEvents(db, new Date(clock().getTime() - NEWS_SETTLE_MS));
      let woken = 0;
      for (const { provider, eventId, body } of open) {
        const event = { provider, eventId, ...readProviderEvent(provider, body) };
        if ((await actOnEvent(db, event, engine.resume)) === 'wake') woken += 1;
      }
      return { woken };
    },
  };
}
