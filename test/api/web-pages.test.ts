/** The pages of web/: which addresses they have, and by which headers they come. */
import { join } from 'node:path';
import express from 'express';
import { webPages } from '../../api/web-pages';
import { type Ask, BROWSER, FILES, openSite, type Site, told } from './web-site';

const PAYER = FILES['payer/index.html'];
const CONSOLE = FILES['console/index.html'];

let site: Site;
/** The API with pages, the one without, and the pages alone. */
let ask: Ask;
let askWithout: Ask;
let askPagesAlone: Ask;
beforeAll(async () => {
  site = await openSite();
  site.write('web', FILES);
  site.write('.', { 'secret.txt': 'private' });
  const folder = join(site.folder, 'web');
  ask = await site.askApi(folder);
  askWithout = await site.askApi(null);
  askPagesAlone = await site.listen(express().use(webPages(folder, ['https://form.example', 'https://b.example'])));
});
afterAll(() => site.close());

describe('a browser that navigates', () => {
  test.each(['/', '/deals/019a-1?tab=timeline', '/log-in', '/consoles', '/v1deals', '/icons', '/PAYER/x.y'])(
    'to %s gets the payers’ app',
    async (path) => {
      const { status, text, headers } = await ask(path);
      expect([status, text, headers['content-type']]).toEqual([200, PAYER, 'text/html; charset=utf-8']);
    },
  );

  test.each(['/console', '/console/', '/console/deals/019a-1?x=1'])('to %s gets the operators’', async (path) => {
    const { status, text } = await ask(path);
    expect([status, text]).toEqual([200, CONSOLE]);
  });

  test('asks anew each time, whatever it has kept: two builds may not be told apart by size and time', async () => {
    const kept = { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() };
    for (const path of ['/', '/sw.js', '/manifest.webmanifest', '/icons/icon.png']) {
      const { status, headers } = await ask(path, { ...BROWSER, ...kept });
      expect([status, headers['cache-control'], headers.etag]).toEqual([200, 'no-cache', undefined]);
    }
  });

  test('is told by every file what it may load, and from whom', async () => {
    for (const path of ['/', '/console', '/sw.js', '/assets/app-1a2b3c.js']) {
      const { headers } = await ask(path);
      expect(headers['content-security-policy']?.split('; ')).toEqual([
        ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'"],
        ...[
          "connect-src 'self'",
          "manifest-src 'self'",
          "worker-src 'self'",
          'frame-src https://pay.softpayment.example',
        ],
        ...["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"],
      ]);
      for (const feature of ['camera', 'microphone', 'geolocation', 'payment'])
        expect(headers['permissions-policy']?.split(', ')).toContain(`${feature}=()`);
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['strict-transport-security']).toMatch(/^max-age=\d{8}/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('shows in a frame only pages of origins that were named', async () => {
    const { headers } = await askPagesAlone('/');
    expect(headers['content-security-policy']?.split('; ')).toContain(
      'frame-src https://form.example https://b.example',
    );
  });

  test.each([
    ...['/v1', '/v1/', '/v1/nothing', '/v1/deals/019a/nothing', '/docs/nothing', '/health', '/health/nothing'],
    ...['/problems', '/problems/nothing', '/%zz', '/v1/deals', '/v1/openapi.json', '/docs', '/health/live'],
  ])('to %s, the API’s, gets what it gets without pages', async (path) => {
    expect(told(await ask(path))).toEqual(told(await askWithout(path)));
  });

  test('may ask for the head alone', async () => {
    for (const path of ['/', '/console/deals', '/sw.js', '/assets/app-1a2b3c.js']) {
      const [head, whole] = [await ask(path, BROWSER, 'HEAD'), await ask(path)];
      expect(head.text).toBe('');
      expect({ ...head.headers, date: '', 'x-request-id': '' }).toEqual({
        ...whole.headers,
        ...{ date: '', 'x-request-id': '' },
      });
    }
  });
});

describe('who is no browser that navigates', () => {
  test.each(['application/json', '*/*', 'image/avif,image/webp,*/*', 'application/json, text/html;q=0.5'])(
    'and accepts %s is told the problem, at every address but those of files',
    async (accept) => {
      for (const path of ['/', '/deals', '/console', '/console/deals']) {
        const answer = await ask(path, { accept });
        expect(told(answer)).toEqual(told(await askWithout(path, { accept })));
        expect([answer.status, JSON.parse(answer.text).code]).toEqual([404, 'not-found']);
        expect(answer.headers.vary?.split(', ')).toContain('Accept'); // a cache may not show it to a browser
      }
    },
  );

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('but sends %s is told the problem', async (method) => {
    for (const path of ['/', '/console', '/sw.js', '/assets/app-1a2b3c.js', '/.well-known/assetlinks.json'])
      expect(told(await ask(path, BROWSER, method))).toEqual(told(await askWithout(path, BROWSER, method)));
  });
});

describe('a file', () => {
  test.each([
    ['/assets/app-1a2b3c.js', 'text/javascript; charset=utf-8'],
    ['/assets/app-1a2b3c.css', 'text/css; charset=utf-8'],
  ])('%s, named after what is in it, is kept for a year', async (path, type) => {
    const { status, headers, text } = await ask(path, { accept: '*/*' });
    expect([status, headers['content-type'], text]).toEqual([200, type, FILES[path.slice(1)]]);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await ask(path, { accept: '*/*', 'if-none-match': headers.etag ?? '' })).status).toBe(304);
  });

  test.each([
    ['/sw.js', 'text/javascript; charset=utf-8'],
    ['/manifest.webmanifest', 'application/manifest+json; charset=utf-8'],
    ['/icons/icon.png', 'image/png'],
    ['/.well-known/assetlinks.json', 'application/json'],
    ['/.well-known/apple-app-site-association', 'application/json'],
  ])('%s, which keeps its name, is asked for each time', async (path, type) => {
    const { status, headers, text } = await ask(path, { accept: '*/*' });
    expect([status, headers['content-type'], text]).toEqual([200, type, FILES[path.slice(1)]]);
    expect(headers['cache-control']).toBe('no-cache');
  });

  test.each([
    ...['/assets/app-000000.js', '/assets', '/assets/', '/.well-known', '/.well-known/', '/.well-known/nothing'],
    ...['/.env', '/.git/config', '/.git/', '/assets/.hidden', '/.well-known/.hidden', '/%2eenv', '/x/.env'],
  ])('%s that is none, or is hidden, is not found, by a browser neither', async (path) => {
    for (const headers of [BROWSER, { accept: '*/*' }])
      expect(told(await ask(path, headers))).toEqual(told(await askWithout(path, headers)));
  });

  test('is not listed with others, and no address leads to another one', async () => {
    for (const path of ['/icons', '/icons/', '/assets', '/payer', '/console'])
      expect((await ask(path, { accept: '*/*' })).status).toBe(404);
  });

  test('asked for by a part is sent whole; by a condition that it does not meet, it is a problem that nobody keeps', async () => {
    const path = '/assets/app-1a2b3c.js';
    const part = await ask(path, { accept: '*/*', range: 'bytes=0-3' });
    expect([part.status, part.text]).toEqual([200, FILES[path.slice(1)]]);
    const other = await ask(path, { accept: '*/*', 'if-match': '"another"' });
    expect([other.status, other.headers['cache-control'], other.headers.etag]).toEqual([404, undefined, undefined]);
  });
});

test.each([
  ...['/assets/../../etc/passwd', '/assets/../../secret.txt', '/../secret.txt', '/%2e%2e/', '/%2e%2e/secret.txt'],
  ...['/assets/..%2f..%2fsecret.txt', '/%2e%2e%2fsecret.txt', '/..%5csecret.txt', '/x/..%2f..%2fsecret.txt'],
  ...['/.well-known/../../secret.txt', '/.well-known/%2e%2e/.env', '/assets/../.env', '//../secret.txt', '/x%00.js'],
])('%s leads nowhere', async (path) => {
  for (const headers of [BROWSER, { accept: '*/*' }]) {
    const { status, text } = await ask(path, headers);
    expect([status, JSON.parse(text).code]).toEqual([404, 'not-found']);
  }
});

test('where no folder is named there are no pages', async () => {
  const { status, headers, text } = await askWithout('/');
  expect([status, JSON.parse(text).code]).toEqual([404, 'not-found']);
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
});

test('without a console of its own its addresses are not found: they are no pages of payers', async () => {
  site.write('half', { 'payer/index.html': 'payer' });
  const askHalf = await site.askApi(join(site.folder, 'half'));
  expect((await askHalf('/console/deals')).status).toBe(404);
  expect((await askHalf('/deals')).text).toBe('payer');
});
