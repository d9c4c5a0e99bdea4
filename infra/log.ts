/** Structured logs on stdout. Personal data and secrets never reach them: call sites log ids and codes only. */
import pino, { type Logger } from 'pino';

export type Log = Logger;

const REDACTED = [
  ...['phone', 'email', 'name', 'holderName', 'bankHolderName', 'confirmedName', 'nickname'],
  ...['accountNumber', 'memo', 'billingKey'],
  ...['password', 'token', 'code6'],
];

/** A logger for one process; `component` is `api`, `worker`… */
export function createLog(component: string, level = 'info'): Log {
  return pino({
    level,
    base: { component },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED.flatMap((k) => [k, `*.${k}`]), remove: true },
  });
}
