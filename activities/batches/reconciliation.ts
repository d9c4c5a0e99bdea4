/**
 * Reconciliation (spec §8): reads the providers' lists, has PostgreSQL match them, and wakes the deals that mend a
 * difference by asking. It writes lists, runs, breaks, tasks and settlement journals; rows of deals' money it only
 * reads. Each step is safe to repeat.
 */
import type { Db } from '../../db/connection';
import { type Break, breaksToWake, noteWoken } from '../../db/reconciliation/breaks';
import { storeBankList, storeSettlementFile, storeStatement } from '../../db/reconciliation/lines';
import { match } from '../../db/reconciliation/matching';
import { beginRun, closeRun, failRun, missedDays } from '../../db/reconciliation/runs';
import type { Log } from '../../infra/log';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { ReconciliationActivities } from '../../workflows/batches/ports';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { Leg, ProviderNews } from '../../workflows/domain/provider-news';
import type { CardPg, TransferBank } from '../../workflows/domain/providers';
import { BREAK_KINDS, SECOND_LOOK_DAYS } from '../../workflows/domain/reconciliation';

interface ReconciliationDeps {
  readonly db: Db;
  /** A pool of this activity's own, whose statements may work on a whole day; the activity closes it. */
  readonly openBatchDb: () => Db;
  readonly pg: Pick<CardPg, 'settlementFile'>;
  readonly bank: Pick<TransferBank, 'dayList' | 'statement'>;
  readonly engine: Pick<DealEngine, 'resume'>;
  readonly clock: () => Date;
  readonly log: Log;
  /** Tells the engine that a long step is alive. */
  readonly heartbeat: () => void;
}

const HEARTBEAT_MS = 5_000;
const WAKES_AT_ONCE = 10;
const DAY_MS = 86_400_000;

/** The steps of a reconciliation over PostgreSQL, the providers' lists and the engine. */
export function reconciliationActivities(deps: ReconciliationDeps): ReconciliationActivities {
  const { db, pg, bank, clock } = deps;

  async function onBatchDb<T>(work: (batchDb: Db) => Promise<T>): Promise<T> {
    const batchDb = deps.openBatchDb();
    const alive = setInterval(deps.heartbeat, HEARTBEAT_MS);
    try {
      return await work(batchDb);
    } finally {
      clearInterval(alive);
      await batchDb.destroy();
    }
  }
  const matchingOf = (request: { runId: number; day: string; carryOverMs?: number }) => ({
    ...{ ...request, now: clock() },
  });

  return {
    async daysDue({ scheduledAt }) {
      const before = (days: number) => kstDayOf(new Date(new Date(scheduledAt).getTime() - days * DAY_MS));
      const secondLook = before(1 + SECOND_LOOK_DAYS);
      return [
        before(1),
        ...(await missedDays(db, secondLook, before(1))).filter((day) => day !== secondLook),
        secondLook,
      ];
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

/** Wakes the deal of every open break that asking mends; answers with how many were told. */
async function wakeDeals(deps: ReconciliationDeps, runId: number): Promise<{ woken: number }> {
  let woken = 0;
  for (let page = await breaksToWake(deps.db, runId, 0); page.length > 0; ) {
    for (let from = 0; from < page.length; from += WAKES_AT_ONCE) {
      const told = await Promise.all(page.slice(from, from + WAKES_AT_ONCE).map((one) => wakeDeal(deps, one)));
      woken += told.filter(Boolean).length;
    }
    page = await breaksToWake(deps.db, runId, page.at(-1)?.id ?? 0);
  }
  return { woken };
}

/** A deal that cannot be told now keeps its break, and the next run tells it again. */
async function wakeDeal({ db, engine, log }: ReconciliationDeps, found: Break): Promise<boolean> {
  const { dealId } = found;
  if (dealId === null) return false;
  try {
    const news = newsOf(found);
    if (!news) return false;
    await engine.resume(dealId, news);
    await noteWoken(db, found.id);
    return true;
  } catch (error) {
    log.warn({ dealId, class: found.class, reason: (error as Error).name }, 'a break could not wake its deal');
    return false;
  }
}

function newsOf({ class: kind, attempt }: Break): ProviderNews | undefined {
  const known: { mender: string; leg?: Leg } = BREAK_KINDS[kind];
  if (known.leg === 'refund') return { leg: 'refund' };
  return known.leg && attempt !== null ? { leg: known.leg, attempt } : undefined;
}
