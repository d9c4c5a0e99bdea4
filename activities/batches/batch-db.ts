/** A pool of a long step's own, whose statements may work on a whole day; the engine hears meanwhile that it lives. */
import type { Db } from '../../db/connection';

export interface BatchDb {
  /** The step closes it. */
  readonly openBatchDb: () => Db;
  /** Tells the engine that a long step is alive. */
  readonly heartbeat: () => void;
}

const HEARTBEAT_MS = 5_000;

/** Works on a pool that lasts as long as the work. */
export async function onBatchDb<T>({ openBatchDb, heartbeat }: BatchDb, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openBatchDb();
  const alive = setInterval(heartbeat, HEARTBEAT_MS);
  try {
    return await work(db);
  } finally {
    clearInterval(alive);
    await db.destroy();
  }
}
