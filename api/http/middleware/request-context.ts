/** Gives every request an id and one log line: no body, no query, no address, no path that may hold personal data. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Log } from '../../../infra/log';

const ACCEPTED_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** `res.locals.requestId` is the caller's `X-Request-Id` when it is a plain one, else a new UUID. */
export function requestContext(log: Log): RequestHandler {
  return (req, res, next) => {
    const given = req.get('x-request-id') ?? '';
    const requestId = ACCEPTED_ID.test(given) && !/\d{13}/.test(given) ? given : randomUUID();
    const startedAt = process.hrtime.bigint();
    res.locals.requestId = requestId;
    res.set('X-Request-Id', requestId);
    res.once('close', () => {
      const ms = Number((process.hrtime.bigint() - startedAt) / 1_000_000n);
      const route: string = res.locals.route ?? 'none';
      const outcome = { requestId, method: req.method, route, status: res.statusCode, code: res.locals.code, ms };
      if (res.writableFinished) log.info(outcome, 'request');
      else log.info({ ...outcome, aborted: true }, 'request');
    });
    next();
  };
}
