/** One backtest in a process of its own. Answers over IPC with its time, what it counted, and its peak memory. */
import { openDb } from '../../db/connection';
import { pastDecisions } from '../../db/risk-history';
import { findSet } from '../../db/risk-sets';
import { type Backtest, backtest } from '../../workflows/domain/risk-backtest';
import { type Memory, withMemory } from './children';

export interface BacktestOrder {
  readonly databaseUrl: string;
  readonly set: number;
  /** ISO; `to` is not included. */
  readonly from: string;
  readonly to: string;
}

export interface BacktestReport extends Backtest, Memory {
  readonly seconds: number;
}

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '') as BacktestOrder;
  const db = openDb({ databaseUrl: order.databaseUrl, poolMax: 2, statementTimeoutMs: 60_000 });
  const set = await findSet(db, order.set);
  const none = new Date(order.from);
  await backtest(set, pastDecisions(db, none, none)); // code and connections are there
  const [found, memory] = await withMemory(async () => {
    const begun = performance.now();
    const said = await backtest(set, pastDecisions(db, new Date(order.from), new Date(order.to)));
    return { ...said, seconds: (performance.now() - begun) / 1_000 };
  });
  await db.destroy();
  process.send?.({ ...found, ...memory } satisfies BacktestReport, () => process.exit(0));
}

main().catch((error: Error) => {
  process.stderr.write(`run: ${error.stack}\n`);
  process.exit(1);
});
