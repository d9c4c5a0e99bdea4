/** A database with everything in it, copied afresh for each test that damages it. */
import { randomBytes } from 'node:crypto';
import { type Db, openDb } from '../../db/connection';
import { testStack } from '../servers/stack';

const COPY = 'create database ?? template ?? strategy file_copy';

export interface FrozenDatabase {
  /** Runs `work` on a copy of its own, as superuser; the copy is gone afterwards. */
  onCopy<T>(work: (db: Db) => Promise<T>): Promise<T>;
  drop(): Promise<void>;
}

/** Copies the database as it is now. Whoever is connected to it is disconnected, and may come back. */
export async function freeze(databaseUrl: string): Promise<FrozenDatabase> {
  const source = new URL(databaseUrl).pathname.slice(1);
  const admin = openDb({ databaseUrl: testStack().postgresUrl, poolMax: 2 });
  const nameOf = () => `plic_${randomBytes(6).toString('hex')}`;
  const frozen = nameOf();
  await admin.raw('alter database ?? with allow_connections false', [source]);
  await admin.raw('select pg_terminate_backend(pid) from pg_stat_activity where datname = ?', [source]);
  await admin.raw(COPY, [frozen, source]);
  await admin.raw('alter database ?? with allow_connections true', [source]);
  const drop = (name: string) => admin.raw('drop database ?? with (force)', [name]);
  return {
    async onCopy(work) {
      const copy = nameOf();
      await admin.raw(COPY, [copy, frozen]);
      const url = new URL(databaseUrl);
      url.pathname = copy;
      const db = openDb({ databaseUrl: url.href, poolMax: 2 });
      try {
        return await work(db);
      } finally {
        await db.destroy();
        await drop(copy);
      }
    },
    async drop() {
      await drop(frozen);
      await admin.destroy();
    },
  };
}
