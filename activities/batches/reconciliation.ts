/**
 * Reconciliation (spec §8): reads the providers' lists, has PostgreSQL match them, and wakes the deals that mend a
 * difference by asking. It writes lists, runs, breaks, tasks and settlement journals; rows of deals' money it only
 * reads. Each step is safe to repeat.
 */
import type { Db } from '../../db/connection';
import { type Break, breaksToWake, noteWoken } from '../../db/reconciliation/breaks';
import { storeBankList, storeSettlementFile, storeStatement } from '../../db/reconciliation/lines';
import { match } from '../../db/reconciliation/matching';
import { daysDue } from '../../db/reconciliation/nights';
import { beginRun, closeRun, failRun, leaveDays } from '../../db/reconciliation/runs';
import { pendingRulings, type Ruled } from '../../db/rulings';
import type { Log } from '../../infra/log';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { ReconciliationActivities } from '../../workflows/batches/ports';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { BREAK_KINDS } from '../../workflows/domain/breaks';
import { type Leg, newsOf, type ProviderNews } from '../../workflows/domain/provider-news';
import type { CardPg, TransferBank } from '../../workflows/domain/providers';
import { planNight } from '../../workflows/domain/reconciliation';
import { type BatchDb, onBatchDb as workOnBatchDb } from './batch-db';
import { tellDeals } from './tell-deals';

interface ReconciliationDeps extends BatchDb {
  readonly db: Db;
  readonly pg: Pick<CardPg, 'settlementFile'>;
  readonly bank: Pick<TransferBank, 'dayList' | 'statement'>;
  readonly engine: Pick<DealEngine, 'resume'>;
  readonly clock: () => Date;
  readonly log: Log;
}

/** The steps of a reconciliation over PostgreSQL, the providers' lists and the engine. */
export function reconciliationActivities(deps: ReconciliationDeps): ReconciliationActivities {
  const { db, pg, bank, clock, log } = deps;

  const onBatchDb = <T>(work: (batchDb: Db) => Promise<T>): Promise<T> => workOnBatchDb(deps, work);
  const matchingOf = (request: { runId: number; day: string; carryOverMs?: number }) => ({
    ...{ ...request, now: clock() },
  });

  return {
    async planNight({ engineRun, scheduledAt }) {
      const { days, left } = planNight(await daysDue(db, kstDayOf(new Date(scheduledAt))));
      if (left.length > 0) {
        log.warn({ left }, 'a night has more lists to read than it may');
        await leaveDays(db, { engineRun, days: left });
      }
      return days;
    },
    async beginReconciliation({ engineRun, day }) {
      return { runId: await beginRun(db, { engineRun, day, at: clock() }) };
    },
    async readSettlementFile(list) {
      const reading = { ...list, readAt: clock() };
      return {
        lines: await onBatchDb((batchDb) => storeSettlementFile(batchDb, reading, pg.settlementFile(list.day))),
      };
    },
    async readBankList(list) {
      const reading = { ...list, readAt: clock() };
      return { lines: await onBatchDb((batchDb) => storeBankList(batchDb, reading, bank.dayList(list.day))) };
    },
    async readStatement(list) {
      const reading = { ...list, readAt: clock() };
      return { lines: await onBatchDb((batchDb) => storeStatement(batchDb, reading, bank.statement(list.day))) };
    },
    matchDay: (request) => onBatchDb((batchDb) => match(batchDb, { ...matchingOf(request), whole: request.whole })),
    wakeDeals: ({ runId }) => onBatchDb(() => wakeDeals(deps, runId)),
    closeReconciliation: ({ counts, woken, ...request }) =>
      onBatchDb((batchDb) => closeRun(batchDb, { ...matchingOf(request), whole: false, counts, woken })),
    failReconciliation: (failure) => failRun(db, failure),
  };
}

/**
 * Wakes the deal of every open break that asking mends, and those whose rulings wait for the lists that this run has
 * read; answers with how many were told.
 */
async function wakeDeals(deps: ReconciliationDeps, runId: number): Promise<{ woken: number }> {
  let woken = await tellDeals(await pendingRulings(deps.db), (ruled) => wakeRuled(deps, ruled));
  for (let page = await breaksToWake(deps.db, runId, 0); page.length > 0; ) {
    woken += await tellDeals(page, (one) => wakeDeal(deps, one));
    page = await breaksToWake(deps.db, runId, page.at(-1)?.id ?? 0);
  }
  return { woken };
}

const wakeRuled = ({ engine, log }: ReconciliationDeps, ruled: Ruled): Promise<boolean> =>
  unlessUntold(log, { ...ruled, told: 'ruling' }, () => engine.resume(ruled.dealId, newsOf(ruled)));

async function wakeDeal({ db, engine, log }: ReconciliationDeps, found: Break): Promise<boolean> {
  const { dealId } = found;
  const news = newsOfBreak(found);
  if (dealId === null || !news) return false;
  return unlessUntold(log, { dealId, class: found.class, told: 'break' }, async () => {
    await engine.resume(dealId, news);
    await noteWoken(db, found.id);
  });
}

/** A deal that cannot be told now keeps its break, or its ruling, and the next run tells it again. */
async function unlessUntold(log: Log, about: object, tell: () => Promise<void>): Promise<boolean> {
  try {
    await tell();
    return true;
  } catch (error) {
    log.warn({ ...about, reason: (error as Error).name }, 'a reconciliation could not wake a deal');
    return false;
  }
}

function newsOfBreak({ class: kind, attempt }: Break): ProviderNews | undefined {
  const known: { mender: string; leg?: Leg } = BREAK_KINDS[kind];
  if (known.leg === 'refund') return { leg: 'refund' };
  return known.leg && attempt !== null ? { leg: known.leg, attempt } : undefined;
}
