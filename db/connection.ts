/** The one way to open PostgreSQL. */
import knex, { type Knex } from 'knex';

export type Db = Knex;
export type Trx = Knex.Transaction;

export interface ConnectionOptions {
  readonly databaseUrl: string;
  /** Most connections of this process. */
  readonly poolMax?: number;
}

const silent = (): void => undefined;
const SILENT = { warn: silent, error: silent, deprecate: silent, debug: silent };

/**
 * A pool that never hangs for ever: a statement is ended by the server after 10 s, a lock wait after 5 s, and a connection that
 * cannot be had within 10 s is an error.
 */
export function openDb({ databaseUrl, poolMax = 20 }: ConnectionOptions): Db {
  return knex({
    client: 'pg',
    connection: {
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      statement_timeout: 10_000,
      options: '-c lock_timeout=5000',
      query_timeout: 12_000,
      idle_in_transaction_session_timeout: 15_000,
      application_name: 'plic',
    },
    pool: { min: 0, max: poolMax },
    acquireConnectionTimeout: 10_000,
    compileSqlOnError: false, // an error's text must not quote the values that were bound
    log: SILENT, // whoever meets the error logs it
  });
}
