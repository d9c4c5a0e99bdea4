/** The built pages of web/: the payers' app, the operators' console, and the files that they load. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { failureFileOf } from '../infra/web-folder';
import { notServed } from './http/not-served';
import { sendNotBuilt } from './web-not-built';

/** Beside the headers that every answer has (helmet, app.ts): what our pages never ask a phone for. */
const PERMISSIONS_POLICY = [
  ...['accelerometer', 'bluetooth', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'hid'],
  ...['magnetometer', 'microphone', 'midi', 'payment', 'serial', 'usb'],
]
  .map((feature) => `${feature}=()`)
  .join(', ');

/** Scripts, styles and calls are of our own origin; only `frameOrigins` may show a page inside of ours. */
const contentSecurityPolicy = (frameOrigins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `frame-src ${frameOrigins.length > 0 ? frameOrigins.join(' ') : "'none'"}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const FILES = { index: false, redirect: false, acceptRanges: false } as const;
/**
 * What may change with the next build, under the same name: asked for anew each time. Size and time of such a file
 * prove nothing: the names in it are hashes of one length, and a build may give all its files one time.
 */
const ANEW = { ...FILES, cacheControl: false, etag: false, lastModified: false } as const;
/** Named after what is in it. */
const FOR_EVER = { ...FILES, immutable: true, maxAge: '1y' } as const;

/**
 * Serves the files of `dir`, a build of web/, and at every other address that a browser navigates to the page of its
 * app; addresses of the API and whatever else is asked for are the next handler's. While there is no such folder,
 * browsers are told so (503). `frameOrigins`: whose pages ours may show in a frame (the card form).
 */
export function webPages(dir: string, frameOrigins: readonly string[]): RequestHandler {
  const root = resolve(dir);
  const ofAll = {
    'Content-Security-Policy': contentSecurityPolicy(frameOrigins),
    'Permissions-Policy': PERMISSIONS_POLICY,
  };
  const filesOf = (folder: string, options: typeof ANEW | typeof FOR_EVER, headers: Record<string, string> = {}) =>
    express.static(folder, {
      ...options,
      setHeaders(res: Response) {
        res.locals.route = 'web';
        res.setHeaders(new Map(Object.entries({ ...ofAll, ...headers })));
      },
    });
  const anew = { 'Cache-Control': 'no-cache' };
  const files = filesOf(root, ANEW, anew);
  const router = express.Router({ caseSensitive: true });
  router.use('/assets', filesOf(join(root, 'assets'), FOR_EVER));
  // The names there have no ending that would tell it.
  router.use('/.well-known', filesOf(join(root, '.well-known'), ANEW, { ...anew, 'Content-Type': 'application/json' }));
  router.use(files);
  router.use(async (req, res, next) => {
    if (!mayBePage(req)) return next();
    res.vary('Accept');
    if (req.accepts(['json', 'html']) !== 'html') return next(); // a script, or a client of the API
    res.locals.route = 'web';
    if (!(await isThere(root)))
      return sendNotBuilt(res, (await isThere(failureFileOf(root))) ? 'failed' : 'being built');
    const { url } = req;
    req.url = isBelow('/console', req.path) ? '/console/index.html' : '/payer/index.html';
    files(req, res, (error?: unknown) => {
      req.url = url;
      next(error);
    });
  });
  router.use(notServed);
  return router;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const isBelow = (place: string, path: string): boolean => path === place || path.startsWith(`${place}/`);

/** Where a missing thing is missing, and no address of an app. */
const NEVER_A_PAGE = ['/v1', '/docs', '/health', '/problems', '/assets'];

/** No dotfile, no way out of the folder, and nothing that cannot be read is the address of a page. */
function mayBePage({ method, path }: Request): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (NEVER_A_PAGE.some((place) => isBelow(place, path))) return false;
  try {
    const decoded = decodeURIComponent(path);
    return !/[/\\]\./.test(decoded) && !decoded.includes('\0');
  } catch {
    return false;
  }
}
