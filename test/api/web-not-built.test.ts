/** What a browser is shown until the pages of web/ are built. */
import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ask, BROWSER, FILES, openSite, type Shown, type Site, told } from './web-site';

let site: Site;
let askWithout: Ask;
beforeAll(async () => {
  site = await openSite();
  askWithout = await site.askApi(null);
});
afterAll(() => site.close());

/** Neither page runs a script or loads anything, and its style is the one that its policy knows. */
function expectBare({ headers, text }: Shown): void {
  const style = text.match(/<style>(.*)<\/style>/s)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers['content-security-policy']?.split('; ')).toEqual([
    ...["default-src 'none'", `style-src 'sha256-${hash}'`],
    ...["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"],
  ]);
  expect(text).not.toMatch(/<script|src=|href=/);
  expect([headers['cache-control'], headers['content-type']]).toEqual(['no-store', 'text/html; charset=utf-8']);
}

describe('while the pages are not built', () => {
  test('a browser waits for them, and has them as soon as they are there', async () => {
    const askEarly = await site.askApi(join(site.folder, 'early'));
    const early = await askEarly('/deals');
    expect([early.status, early.headers['retry-after']]).toEqual([503, '3']);
    expect(early.text).toContain('<meta http-equiv="refresh" content="3">');
    expect(early.text).toContain('앱을 준비하고 있어요');
    expect(early.text).toContain('The app is being built');
    expectBare(early);
    expect((await askEarly('/deals', BROWSER, 'HEAD')).status).toBe(503);
    site.write('draft', FILES);
    renameSync(join(site.folder, 'draft'), join(site.folder, 'early'));
    expect(await askEarly('/deals')).toMatchObject({ status: 200, text: FILES['payer/index.html'] });
  });

  test('everything else goes on as without them', async () => {
    const askEarly = await site.askApi(join(site.folder, 'never'));
    for (const path of ['/v1/nothing', '/v1/banks', '/health/live', '/assets/app-1a2b3c.js', '/.env'])
      expect(told(await askEarly(path))).toEqual(told(await askWithout(path)));
    expect((await askEarly('/sw.js', { accept: '*/*' })).status).toBe(404);
    expect((await askEarly('/', { accept: 'application/json' })).status).toBe(404);
  });

  test('since their build failed, a browser is told where to look and what to do, and does not ask again', async () => {
    const askFailed = await site.askApi(`${join(site.folder, 'failed')}/`); // a slash at the end changes nothing
    writeFileSync(join(site.folder, 'failed.failed'), 'Error: in /home/somebody/main.ts');
    const failed = await askFailed('/');
    expect([failed.status, failed.headers['retry-after']]).toEqual([503, undefined]);
    for (const word of ['web-build.log', 'npm run build:web', 'could not be built'])
      expect(failed.text).toContain(word);
    expect(failed.text).not.toMatch(/refresh|somebody/);
    expectBare(failed);
  });
});
