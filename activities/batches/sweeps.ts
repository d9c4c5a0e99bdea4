/** The batches: they find deals in the database and knock at their workflows, which do the rest. */
import type { Db } from '../../db/connection';
import {
  claimOpenEvents,
  expireQuotes,
  raiseLongByHand,
  raiseOverdue,
  retryDueDeals,
  unheardCancels,
} from '../../db/sweeps';
import { actOnEvents } from '../../db/webhook-events';
import type { Log } from '../../infra/log';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { BatchActivities, MinuteActivities } from '../../workflows/batches/ports';
import type { DealId } from '../../workflows/domain/ids';
import type { DealPolicy } from '../../workflows/domain/policy';
import type { EventReaders } from '../../workflows/domain/provider-news';
import { lookAfterRequests } from './requests';
import { tellDeals } from './tell-deals';
import { readAnew } from './unread-events';

type DealBatches = Pick<BatchActivities, 'signalRetryDue'> &
  Pick<MinuteActivities, 'expireQuotes' | 'sweepWebhookEvents' | 'knockForCancels' | 'raiseOverdue'>;

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
    async signalRetryDue({ batch }) {
      let [signalled, due] = [0, 0];
      let page = await retryDueDeals(db, null);
      while (page.length > 0) {
        signalled += await tellDeals(
          page,
          unlessCutOff(log, (dealId) => engine.retryDue(dealId, batch)),
        );
        due += page.length;
        page = await retryDueDeals(db, page.at(-1) ?? null);
      }
      if (signalled < due) throw new Error(`${due - signalled} of ${due} deals could not be told`);
      return { signalled };
    },
    expireQuotes: async () => ({ expired: await expireQuotes(db, clock()) }),
    async knockForCancels() {
      const unheard = await unheardCancels(db, clock());
      return {
        knocked: await tellDeals(
          unheard,
          unlessCutOff(log, (dealId) => engine.knock(dealId)),
        ),
      };
    },
    async raiseOverdue() {
      const held = await raiseLongByHand(db, clock());
      if (held > 0) log.warn({ held }, 'deals have been held for an hour, to be paid by hand');
      const raised = await raiseOverdue(db, clock());
      if (raised > 0) log.warn({ raised }, 'deals have not ended a day after their charge');
      await lookAfterRequests(db, log);
      return { raised: raised + held };
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

/** Whether the deal could be told: one that cannot be keeps no other from it. */
const unlessCutOff =
  (log: Log, knock: (dealId: DealId) => Promise<void>) =>
  async (dealId: DealId): Promise<boolean> => {
    try {
      await knock(dealId);
      return true;
    } catch (error) {
      log.warn({ dealId, reason: (error as Error).name }, 'a deal could not be told');
      return false;
    }
  };
