/** The batches: they find deals in the database and knock at their workflows, which do the rest. */
import type { Db } from '../db/connection';
import { claimOpenEvents, expireQuotes, retryDueDeals } from '../db/sweeps';
import { actOnEvent } from '../db/webhook-events';
import type { DealEngine } from '../infra/deal-engine';
import type { Log } from '../infra/log';
import { readProviderEvent } from '../workflows/domain/provider-news';
import type { BatchActivities } from './index';

export interface BatchDeps {
  readonly db: Db;
  readonly engine: DealEngine;
  readonly clock: () => Date;
  readonly log: Log;
}

/** The batch activities over PostgreSQL and the engine. */
export function batchActivities({ db, engine, clock, log }: BatchDeps): BatchActivities {
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
      let woken = 0;
      for (const { provider, eventId, body } of await claimOpenEvents(db)) {
        const event = { provider, eventId, ...readProviderEvent(provider, body) };
        try {
          if ((await actOnEvent(db, event, engine.resume)) === 'wake') woken += 1;
        } catch (error) {
          log.warn({ provider, type: event.type, reason: (error as Error).name }, 'an event could not wake its deal');
        }
      }
      return { woken };
    },
  };
}
