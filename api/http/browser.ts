/**
 * Pages of our own origin keep their tokens in cookies that no script reads. They ask for it with the header
 * `X-PLIC-Client: browser`, and only with it cookies are read: a page of another origin cannot send it without a
 * preflight, which never allows it. So no other page makes a browser act by these cookies.
 */
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';
import { Problem } from './problem';

/** The name of the cookie that says who calls, where an operation hears it. */
export const REFRESH_COOKIE = '__Host-plic-refresh';
const COOKIES = { refreshToken: REFRESH_COOKIE, deviceToken: '__Host-plic-device' } as const;
type Kept = keyof typeof COOKIES;

/** `__Host-`: of this host alone, over TLS alone, and no neighbour under the same domain can plant one. */
const KEPT_SAFE = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const;
/** For the documentation of operations that honour it. */
export const CLIENT_HEADER = {
  'X-PLIC-Client': '`browser`: the refresh token and the device token are cookies (HttpOnly), and not in the body.',
};

export const isBrowser = (req: Request): boolean => req.get('x-plic-client') === 'browser';

const given = (req: Request, what: Kept): string | undefined => parseCookie(req.get('cookie') ?? '')[COOKIES[what]];

/** What the browser keeps; undefined when it keeps none. A cookie without the header is `client-header-missing`. */
export function keptIn(req: Request, what: Kept): string | undefined {
  const kept = given(req, what);
  if (kept !== undefined && !isBrowser(req)) throw new Problem('client-header-missing');
  return kept;
}

export function keep(res: Response, what: Kept, value: string, ageS: number): void {
  res.cookie(COOKIES[what], value, { ...KEPT_SAFE, maxAge: ageS * 1_000 });
}

export function forget(res: Response, what: Kept): void {
  res.clearCookie(COOKIES[what], KEPT_SAFE);
}
