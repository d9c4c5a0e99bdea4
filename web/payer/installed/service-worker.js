/**
 * The service worker of the payer's app: shows the app where there is no network, and pushes. The build writes
 * `BUILD = {name, files}` before it (vite.config.ts). What the API answers is never kept here.
 */

const { name, files } = BUILD;
/** The page of every address of the app. */
const SHELL = '/payer/index.html';
/** Of the API, and of operators: theirs alone. */
const NOT_OURS = ['/v1', '/docs', '/health', '/problems', '/console', '/.well-known'];

const isBelow = (place, path) => path === place || path.startsWith(`${place}/`);

self.addEventListener('install', (event) => {
  event.waitUntil(keepBuild());
});

async function keepBuild() {
  const cache = await caches.open(name);
  await cache.addAll([...files, new Request(SHELL, { cache: 'reload' })]);
}

self.addEventListener('activate', (event) => {
  event.waitUntil(takeOver());
});

async function takeOver() {
  const others = (await caches.keys()).filter((one) => one.startsWith('plic-') && one !== name);
  await Promise.all(others.map((one) => caches.delete(one)));
  await self.clients.claim();
}

/** A page asks for it once the person has: until then the build that they use stays whole. */
self.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (NOT_OURS.some((place) => isBelow(place, pathname))) return;
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => kept(SHELL)));
  else if (files.includes(pathname)) event.respondWith(kept(pathname).catch(() => fetch(request)));
});

/** Rejects when it is not kept: a browser short of space may have thrown it away. */
async function kept(path) {
  const found = await (await caches.open(name)).match(path, { ignoreVary: true });
  return found ?? Promise.reject(new Error(`not kept: ${path}`));
}

self.addEventListener('push', (event) => {
  const { title, text, tag } = event.data.json(); // infra/providers/web-push.ts
  event.waitUntil(self.registration.showNotification(title, { body: text, tag, icon: '/icons/plic-192.png' }));
});

/** A push names its deal in its words, by its number (workflows/domain/deal-no.ts). */
const DEAL_NO = /PL\d{6}[0-9A-Z]{10}/;

self.addEventListener('notificationclick', (event) => {
  const [dealNo] = event.notification.body.match(DEAL_NO) ?? [];
  event.notification.close();
  event.waitUntil(show(dealNo ? `/deal-numbers/${dealNo}` : '/'));
});

/** The page of the app that is looked at goes there by itself: nothing under way in it is lost. Else a new one. */
async function show(place) {
  const windows = await self.clients.matchAll({ type: 'window' });
  const own = windows.filter(({ url }) => !isBelow('/console', new URL(url).pathname));
  const seen = own.find(({ focused }) => focused) ?? own.find(({ visibilityState }) => visibilityState === 'visible');
  if (!seen) return self.clients.openWindow(place);
  await seen.focus();
  return seen.postMessage({ place }); // pushed-place.ts hears it
}
