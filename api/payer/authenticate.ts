/** Lets in only callers with an access token whose session is alive. */
import type { RequestHandler } from 'express';
import type { Operation } from '../http/operation';
import { Problem } from '../http/problem';
import type { Sessions } from './sessions';

/** Sets `res.locals.payer`; a missing, forged, expired or logged-out token is `unauthenticated`. */
export function authenticate(sessions: Sessions, { heardWithoutSessions }: Operation): RequestHandler {
  const payerOf = heardWithoutSessions ? sessions.payerEvenWithoutRedis : sessions.payerOf;
  return async (req, res, next) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(req.get('authorization') ?? '')?.[1];
    const payer = token && (await payerOf(token));
    if (!payer) throw new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer realm="plic"' } });
    res.locals.payer = payer;
    next();
  };
}
