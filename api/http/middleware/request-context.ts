/** Gives every request an id and one log line: no body, no query, no address, no path that may hold personal data. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { validate as isUuid } from 'uuid';
import type { Log } from '../../../infra/log';

/** `res.locals.requestId` is the caller's `X-Request-Id` when it is a UUID, which tells nothing; else a new one. */
export function requestContext(log: Log): RequestHandler {
  return (req, res, next) => {
    const given = req.get('x-request-id') ?? '';
    const requestId = isUuid(given) ? given : randomUUID();
    const startedAt = process.hrtime.bigint();
    res.locals.requestId = requestId;
    res.set('X-Request-Id', requestId);
    res.once('close', () => {
      const ms = Number((process.hrtime.bigint() - startedAt) / 1_000_000n);
      const route: string = res.locals.route ?? 'none';
      const { code, caller } = res.locals;
      const who = caller && { caller: caller.kind, callerId: caller.id };
      const outcome = { requestId, method: req.method, route, status: res.statusCode, code, ...who, ms };
      const isWhole = res.writableFinished && req.errored === null; // what came, and what went
      log.info(isWhole ? outcome : { ...outcome, aborted: true }, 'request');
    });
    next();
  };
}
