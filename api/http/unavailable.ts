/** Which errors mean that PostgreSQL, Redis, Temporal or the master key cannot be had now: repeating later helps. */
import { isGrpcServiceError } from '@temporalio/client';

/** Classes and codes of PostgreSQL: connection, resources, shutdown, read-only, time limits, deadlock. */
const POSTGRES_STATE = /^(08...|53...|57P0.|57014|25006|55P03|40001|40P01)$/;
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
const NAMES = new Set(['KeysUnavailable', 'KnexTimeoutError', 'MaxRetriesPerRequestError', 'TimeoutError']);
/** Errors that their libraries give no code. */
const MESSAGES = [
  /(^| - )Connection terminated/, // pg; knex puts the statement before it
  /(^| - )Client has encountered a connection error/, // the end of a transaction whose connection was lost
  /(^| - )timeout (exceeded|expired)/,
  /^Command timed out$/, // ioredis
  /^Connection is closed\.$/,
  /^Stream isn't writeable/,
  /^Socket timeout\./,
  /^(LOADING|READONLY|OOM|MASTERDOWN) /,
];
/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const GRPC_CODES = new Set([4, 8, 14]);

/** Whether the error, or one that caused it, is an outage of a dependency. */
export function isUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (isGrpcServiceError(error)) return GRPC_CODES.has(error.code);
  const { code, name = '', message = '', cause } = error as Partial<NodeJS.ErrnoException>;
  if (typeof code === 'string' && (NETWORK_CODES.has(code) || POSTGRES_STATE.test(code))) return true;
  if (NAMES.has(name) || MESSAGES.some((pattern) => pattern.test(message))) return true;
  return isUnavailable(cause);
}
