/** The one way to open PostgreSQL. */
import type { Socket } from 'node:net';
import knex, { type Knex } from 'knex';

export type Db = Knex;
export type Trx = Knex.Transaction;

/** Whether a statement was refused with this code of PostgreSQL, or of a guard of ours. */
export const isOfCode = (error: unknown, code: string): boolean => (error as { code?: unknown } | null)?.code === code;

/** Whether a statement failed since another row is what its row was to be alone. */
export const isUniqueViolation = (error: unknown): boolean => isOfCode(error, '23505');

interface ConnectionOptions {
  readonly databaseUrl: string;
  /** Most connections of this process. */
  readonly poolMax?: number;
  /** When the server ends a statement, ms. Longer only for a batch whose one statement works on a whole day. */
  readonly statementTimeoutMs?: number;
}

const silent = (): void => undefined;
const SILENT = { warn: silent, error: silent, deprecate: silent, debug: silent };

/** A server that is alive ends a statement by itself; one that says nothing for so much longer is gone, ms. */
const SILENCE_BEYOND_STATEMENT_MS = 1_500;

/**
 * A pool that never hangs for ever: a statement is ended by the server after 8 s, a lock wait after 5 s, a connection
 * that cannot be had within 10 s is an error, and so is a server that stays silent; its connections are then replaced,
 * as a failover needs.
 */
export function openDb({ databaseUrl, poolMax = 20, statementTimeoutMs = 8_000 }: ConnectionOptions): Db {
  return knex({
    client: 'pg',
    connection: {
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      options: '-c lock_timeout=5000',
      idle_in_transaction_session_timeout: 15_000,
      application_name: 'plic',
    },
    pool: { min: 0, max: poolMax, ...silenceGuard(statementTimeoutMs + SILENCE_BEYOND_STATEMENT_MS) },
    acquireConnectionTimeout: 10_000,
    compileSqlOnError: false, // an error's text must not quote the values that were bound
    log: SILENT, // whoever meets the error logs it
  });
}

/** The driver's connection, as far as its silence can be seen from outside. */
interface Connection {
  readonly readyForQuery: boolean | null;
  readonly connection: { readonly stream: Socket };
}

/**
 * After a failover the old sockets stay open and say nothing. The driver's own `query_timeout` would leave such a
 * connection in the pool, and one caller after another would wait on it; here the first one that is silent in the
 * middle of a statement is destroyed, and every connection that is as old as it is replaced before its next use.
 */
function silenceGuard(
  silentMs: number,
): Pick<Knex.PoolConfig, 'afterCreate'> & { validate(opened: Connection): boolean } {
  const openedAt = new WeakMap<Connection, number>();
  let trustedSince = 0;
  return {
    afterCreate(opened: Connection, done: (error: Error | null, opened: Connection) => void) {
      openedAt.set(opened, performance.now());
      const { stream } = opened.connection;
      stream.setTimeout(silentMs); // begins anew with every byte, and with the next one after it ran out
      stream.on('timeout', () => {
        if (opened.readyForQuery) return; // nobody waits for an answer
        trustedSince = performance.now();
        const error = new Error(`PostgreSQL was silent for ${silentMs} ms`);
        stream.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
      });
      done(null, opened);
    },
    validate: (opened) => (openedAt.get(opened) ?? 0) >= trustedSince,
  };
}
