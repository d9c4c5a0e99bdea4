/**
 * Pages of other origins that may call (`PLIC_ORIGINS`), by their access token. Credentials are not among it: cookies
 * are for pages of our own origin, and no preflight allows the header that has them read (browser.ts).
 */
import cors from 'cors';
import type { RequestHandler } from 'express';

const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'Last-Event-ID',
  'Accept-Language',
  'X-Request-Id',
];
const EXPOSED = [
  'ETag',
  'Location',
  'Retry-After',
  'Idempotency-Replayed',
  'X-Request-Id',
  'RateLimit',
  'RateLimit-Policy',
];
/** How long a browser remembers a preflight, s. */
const REMEMBERED_S = 600;
/** Called by servers, which have no origin. */
const FOR_SERVERS = /^\/webhooks\//;

/** Answers every preflight of an origin of the list; any other origin gets none of its headers. */
export function allowOrigins(origins: readonly string[]): RequestHandler[] {
  if (origins.length === 0) return [];
  const known = new Set(origins);
  const allow = cors({ origin: true, allowedHeaders: ALLOWED, exposedHeaders: EXPOSED, maxAge: REMEMBERED_S });
  return [
    (req, res, next) => {
      if (FOR_SERVERS.test(req.path)) return next();
      res.vary('Origin');
      return known.has(req.get('origin') ?? '') ? allow(req, res, next) : next();
    },
  ];
}
