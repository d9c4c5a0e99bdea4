/** The app on the home screen: it can be installed, opens without a network, and hears pushes. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, type Page } from '@playwright/test';
import { findChromium } from '../servers/chromium';
import { expectAccessible, picture, test } from './fixtures';
import { startProxy } from './proxy';

test.use({ serviceWorkers: 'allow' });

/** What Chromium says when the network is gone: that it is is what these tests are about. */
const CUT = [/net::ERR_/];

/** The worker has what the app is made of, and this page is its own. */
const workerIsReady = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');

test('Chromium finds nothing that keeps the app from being installed', async ({ places, request }) => {
  const manifest = await (await request.get('/manifest.webmanifest')).json();
  expect(manifest).toMatchObject({ name: expect.any(String), start_url: '/', display: 'standalone' });
  const icons = await Promise.all(manifest.icons.map(({ src }: { src: string }) => request.get(src)));
  expect(icons.map((icon) => icon.headers()['content-type'])).toEqual(['image/png', 'image/png', 'image/png']);
  const folder = mkdtempSync(join(tmpdir(), 'plic-profile-')); // an incognito window installs nothing
  const context = await chromium.launchPersistentContext(folder, findChromium());
  try {
    const page = await context.newPage();
    await page.goto(places.apiUrl);
    await workerIsReady(page);
    const devtools = await context.newCDPSession(page);
    expect((await devtools.send('Page.getInstallabilityErrors')).installabilityErrors).toEqual([]);
    const { errors } = await devtools.send('Page.getAppManifest');
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('without a network the deals seen last are shown as that, and nothing can be paid', async ({
  page,
  payer,
  context,
  expected,
}) => {
  expected.push(...CUT);
  const { id } = await payer.createDeal(await payer.addRecipient());
  await page.goto('/');
  await workerIsReady(page);
  await expect(page.getByRole('link', { name: /김수취/ })).toBeVisible();
  await page.waitForFunction((dealId) => localStorage.getItem('plic-last-seen')?.includes(dealId), id);
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText(/에 본 내용을 보여 드려요/)).toBeVisible();
  await expect(page.getByRole('button', { name: '카드로 보내기' })).toHaveCount(0);
  await expectAccessible(page);
  await picture(page, 'app-offline');
  await page.getByRole('link', { name: /김수취/ }).click();
  await expect(page.getByText(/에 본 내용을 보여 드려요/)).toBeVisible();
  await expect(page.getByText('결제 대기').first()).toBeVisible();
  await expect(page.getByRole('button', { name: '결제하기' })).toHaveCount(0);
  await page.goto(`/deals/${id}/pay`);
  await expect(page.getByRole('heading', { name: '인터넷에 연결되면 볼 수 있어요' })).toBeVisible();
  await page.getByRole('link', { name: '홈으로' }).click();
  await context.setOffline(false);
  await expect(page.getByRole('button', { name: '카드로 보내기' })).toBeVisible();
  await expect(page.getByText(/에 본 내용을 보여 드려요/)).toHaveCount(0);
  await page.goto('/me');
  await page.getByRole('button', { name: '로그아웃' }).click();
  await expect(page.getByRole('button', { name: '시작하기' })).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem('plic-last-seen'))).toBeNull();
});

test('the worker keeps the files of the app, and no answer of the API', async ({ page, payer }) => {
  await payer.createDeal(await payer.addRecipient());
  await page.goto('/');
  await workerIsReady(page);
  await page.reload();
  await expect(page.getByRole('link', { name: /김수취/ })).toBeVisible();
  const kept = await page.evaluate(async () => {
    const caches = await Promise.all((await window.caches.keys()).map((name) => window.caches.open(name)));
    const requests = (await Promise.all(caches.map((cache) => cache.keys()))).flat();
    return requests.map(({ url }) => new URL(url).pathname);
  });
  expect(kept).toContain('/payer/index.html');
  expect(kept.filter((path) => !/^\/(assets\/|icons\/|payer\/index\.html|manifest\.webmanifest)/.test(path))).toEqual(
    [],
  );
});

test('a newer build waits until the person loads it, and then takes the place of the old one', async ({
  page,
  places,
}) => {
  let isNewer = false;
  const renamed = (body: string) => body.replace(/"name":"plic-\w+"/, '"name":"plic-newer"');
  const proxy = await startProxy(places.apiUrl, (path, body) => (isNewer && path === '/sw.js' ? renamed(body) : body));
  const caches = () => page.evaluate(() => window.caches.keys());
  try {
    await page.goto(proxy.url);
    await workerIsReady(page);
    const [old] = await caches();
    isNewer = true;
    await page.reload();
    await expect(page.getByText('새 버전이 있어요')).toBeVisible();
    await expectAccessible(page);
    expect(await caches()).toEqual([old, 'plic-newer']);
    await page.getByRole('button', { name: '새로고침' }).click();
    // The page may be on its way to being loaded anew while it is asked.
    await expect(async () => expect(await caches()).toEqual(['plic-newer'])).toPass();
    await expect(page.getByText('새 버전이 있어요')).toHaveCount(0);
    await expect(page.getByRole('button', { name: '시작하기' })).toBeVisible();
  } finally {
    await proxy.stop();
  }
});

test('the address that a push leads to shows its deal', async ({ page, payer }) => {
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await page.goto(`/deal-numbers/${dealNo}`);
  await expect(page).toHaveURL(new RegExp(`/deals/${id}$`));
  await expect(page.getByText(dealNo)).toBeVisible();
});

test('a push is shown by its title and words', async ({ page, context, payer, places }) => {
  expect(payer.userId).toBeTruthy();
  await context.grantPermissions(['notifications']);
  await workerIsReady(page);
  const devtools = await context.newCDPSession(page);
  const registrationId = new Promise<string>((resolve) =>
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) resolve(first.registrationId);
    }),
  );
  await devtools.send('ServiceWorker.enable');
  const data = JSON.stringify({ title: '송금을 마쳤습니다', text: '받는 분 계좌로 보냈습니다.', tag: randomUUID() });
  await devtools.send('ServiceWorker.deliverPushMessage', {
    ...{ origin: places.apiUrl, registrationId: await registrationId, data },
  });
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }));
    });
  await expect.poll(shown).toEqual([{ title: '송금을 마쳤습니다', body: '받는 분 계좌로 보냈습니다.' }]);
});

test('this device is subscribed to pushes, and no longer once that is switched off, or at log-out', async ({
  page,
  context,
  payer,
  places,
}) => {
  const subscription = randomUUID();
  await context.grantPermissions(['notifications']);
  // Chromium's own push service is on the internet; this one is the sandbox's.
  await page.addInitScript((endpoint) => {
    const subscription = {
      toJSON: () => ({ endpoint, keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) } }),
      unsubscribe: async () => true,
    } as never;
    PushManager.prototype.subscribe = async () => subscription;
    PushManager.prototype.getSubscription = async () => subscription;
  }, `${places.noticesUrl}/web-push/${subscription}`);
  await workerIsReady(page);
  await page.goto('/me/notices');
  await page.getByRole('button', { name: '이 기기에서 받기' }).click();
  await expect(page.getByText('이 기기에서 푸시 알림을 받고 있어요.')).toBeVisible();
  const subscribed = async () =>
    (await payer.call<{ items: unknown[] }>('GET', '/v1/users/me/push-subscriptions')).body.items.length;
  expect(await subscribed()).toBe(1);
  await expectAccessible(page);
  await page.getByRole('button', { name: '이 기기에서 받지 않기' }).click();
  await expect(page.getByText('이 기기에서 푸시 알림을 받지 않고 있어요.')).toBeVisible();
  expect(await subscribed()).toBe(0);
  await page.getByRole('button', { name: '이 기기에서 받기' }).click();
  await expect(page.getByText('이 기기에서 푸시 알림을 받고 있어요.')).toBeVisible();
  await page.goto('/me');
  await page.getByRole('button', { name: '로그아웃' }).click();
  await expect(page.getByRole('button', { name: '시작하기' })).toBeVisible();
  expect(await subscribed()).toBe(0);
});
