/** The batches: they find deals in the database and knock at their workflows, which do the rest. */
import type { Db } from '../db/connection';
import { claimOpenEvents, expireQuotes, raiseOverdue, retryDueDeals, unheardCancels } from '../db/sweeps';
import { actOnEvent } from '../db/webhook-events';
import type { DealEngine } from '../infra/deal-engine';
import type { Log } from '../infra/log';
import { readProviderEvent } from '../workflows/domain/provider-news';
import type { BatchActivities } from './index';

type DealBatches = Pick<
  BatchActivities,
  'signalRetryDue' | 'expireQuotes' | 'sweepWebhookEvents' | 'knockForCancels' | 'raiseOverdue'
>;

export interface BatchDeps {
  readonly db: Db;
  readonly engine: DealEngine;
  readonly clock: () => Date;
  readonly log: Log;
}

/** The batch activities over PostgreSQL and the engine. */
export function batchActivities({ db, engine, clock, log }: BatchDeps): DealBatches {
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
      const unheard = await unheardCancels(db);
      for (const dealId of unheard) await engine.knock(dealId);
      return { knocked: unheard.length };
    },
    async raiseOverdue() {
      const raised = await raiseOverdue(db, clock());
      if (raised > 0) log.warn({ raised }, 'deals have not ended a day after their charge');
      return { raised };
    },
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
