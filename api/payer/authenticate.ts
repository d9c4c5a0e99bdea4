/** Lets in only callers with an access token whose session is alive. */
import type { Request, RequestHandler } from 'express';
import { keptIn } from '../http/browser';
import type { Operation } from '../http/operation';
import { Problem } from '../http/problem';
import type { Sessions } from './sessions';

/**
 * Sets `res.locals.payer`; a missing, forged, expired or logged-out token is `unauthenticated`. Where cookies are heard
 * too, the refresh token that a browser keeps says as much.
 */
export function authenticate(sessions: Sessions, { heardWithoutSessions, heardByCookie }: Operation): RequestHandler {
  const payerOf = heardWithoutSessions ? sessions.payerEvenWithoutRedis : sessions.payerOf;
  const byCookie = async (req: Request) => {
    const kept = keptIn(req, 'refreshToken');
    return kept === undefined ? undefined : sessions.payerOfRefreshToken(kept);
  };
  return async (req, res, next) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(req.get('authorization') ?? '')?.[1];
    const payer = (token && (await payerOf(token))) || (heardByCookie && (await byCookie(req)));
    if (!payer) throw new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer realm="plic"' } });
    res.locals.payer = payer;
    next();
  };
}
