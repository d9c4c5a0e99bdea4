/** One reconciliation in a process of its own, so that its memory is only its own. Answers over IPC with times and peak memory. */
import { reconciliationActivities } from '../../activities/batches/reconciliation';
import { openDb } from '../../db/connection';
import { createLog } from '../../infra/log';
import { createBank } from '../../infra/providers/bank/client';
import { createSoftpayment } from '../../infra/providers/softpayment/client';
import type { ReconciliationResult } from '../../workflows/domain/reconciliation';
import { type Memory, withMemory } from './children';

export interface RunOrder {
  readonly databaseUrl: string;
  readonly softpaymentUrl: string;
  readonly bankUrl: string;
  readonly day: string;
  /** When the lists are read, ISO. */
  readonly now: string;
}

export interface RunReport extends Memory {
  readonly seconds: Readonly<Record<string, number>>;
  readonly totalSeconds: number;
  readonly result: ReconciliationResult;
}

function activitiesOf({ databaseUrl, softpaymentUrl, bankUrl, now }: RunOrder) {
  const db = openDb({ databaseUrl, poolMax: 2 });
  const address = (url: string) => ({ url, apiKey: 'bench', timeoutMs: 30_000 });
  const steps = reconciliationActivities({
    db,
    openBatchDb: () => openDb({ databaseUrl, poolMax: 2, statementTimeoutMs: 600_000 }),
    pg: createSoftpayment(address(softpaymentUrl)),
    bank: createBank(address(bankUrl)),
    engine: { resume: async () => undefined }, // no engine here: what is measured is the day, not a hundred signals
    clock: () => new Date(now),
    log: createLog('bench', 'silent'),
    heartbeat: () => undefined,
  });
  return { steps, close: () => db.destroy() };
}

/** The steps of workflows/batches/reconcile.ts, without its waits. */
async function reconcile(steps: ReturnType<typeof activitiesOf>['steps'], day: string, engineRun: string) {
  const seconds: Record<string, number> = {};
  const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const from = performance.now();
    const answer = await work;
    seconds[name] = (performance.now() - from) / 1_000;
    return answer;
  };
  const { runId } = await steps.beginReconciliation({ engineRun, day });
  await timed('reading both lists', Promise.all([steps.readSettlementFile({ day }), steps.readBankList({ day })]));
  const counts = await timed('matching', steps.matchDay({ runId, day, whole: true }));
  const { woken } = await timed('waking deals', steps.wakeDeals({ runId }));
  const result = await timed('closing the day', steps.closeReconciliation({ runId, day, counts, woken }));
  return { seconds, result };
}

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '') as RunOrder;
  const { steps, close } = activitiesOf(order);
  await reconcile(steps, '2026-01-01', `warm-up-${process.pid}`); // an empty day: code and connections are there
  const [measured, memory] = await withMemory(async () => {
    const from = performance.now();
    const { seconds, result } = await reconcile(steps, order.day, `measured-${process.pid}`);
    return { seconds, totalSeconds: (performance.now() - from) / 1_000, result };
  });
  await close();
  process.send?.({ ...measured, ...memory } satisfies RunReport, () => process.exit(0));
}

main().catch((error: Error) => {
  process.stderr.write(`run: ${error.stack}\n`);
  process.exit(1);
});
