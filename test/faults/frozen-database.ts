/** A database with everything in it, as it was at one moment, for tests that damage it one after the other. */
import { randomBytes } from 'node:crypto';
import { type Db, openDb, type Trx } from '../../db/connection';
import { grantRights } from '../../db/rights/grant';
import { testStack } from '../servers/stack';

export interface FrozenDatabase {
  /** As it was, for the superuser. */
  readonly db: Db;
  /** Runs `work` in a transaction that is rolled back: what it damages is whole again afterwards, in a hundredth of the time of a copy. */
  undone<T>(work: (trx: Trx) => Promise<T>): Promise<T>;
  drop(): Promise<void>;
}

/** Copies the database as it is now. Whoever is connected to it is disconnected, and may come back. */
export async function freeze(databaseUrl: string): Promise<FrozenDatabase> {
  const url = new URL(testStack().postgresUrl);
  const source = new URL(databaseUrl).pathname.slice(1);
  const frozen = `plic_${randomBytes(6).toString('hex')}`;
  const admin = openDb({ databaseUrl: testStack().postgresUrl, poolMax: 1 });
  await admin.raw('alter database ?? with allow_connections false', [source]);
  await admin.raw('select pg_terminate_backend(pid) from pg_stat_activity where datname = ?', [source]);
  await admin.raw('create database ?? template ?? strategy file_copy', [frozen, source]);
  await admin.raw('alter database ?? with allow_connections true', [source]);
  url.pathname = frozen;
  const db = openDb({ databaseUrl: url.href, poolMax: 1 });
  await grantRights(db); // those on the database itself are not copied
  return {
    db,
    async undone(work) {
      const trx = await db.transaction();
      try {
        return await work(trx);
      } finally {
        await trx.rollback();
      }
    },
    async drop() {
      await db.destroy();
      await admin.raw('drop database ?? with (force)', [frozen]);
      await admin.destroy();
    },
  };
}
