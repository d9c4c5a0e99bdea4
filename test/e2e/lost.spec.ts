/** Whatever happens between the press of the button and its answer: one charge, and the payer sees the truth. */
import { expect, type Page, type Route } from '@playwright/test';
import type { DealView, Payer } from '../fixtures/payer';
import { type E2ePlaces, moved, test } from './fixtures';
import { enterAmount, next, pay, payButton } from './steps';

const PRINCIPAL = 100_000;
const PAID = { charges: 1, charged: 103_000, paidOut: PRINCIPAL };
const CONFIRM = '**/v1/deals/*/confirm';
/** What Chromium says when the line is cut: that it was is what these tests are about. */
const CUT = [/net::ERR_/];

/** A deal that waits for its payer on its page of payment. */
async function readyToPay(page: Page, payer: Payer): Promise<DealView> {
  const recipientId = await payer.addRecipient();
  await payer.registerCard();
  const deal = await payer.createDeal(recipientId, PRINCIPAL);
  await page.goto(`/deals/${deal.id}/pay`);
  await expect(payButton(page)).toBeEnabled();
  return deal;
}

async function arrivedOnce(page: Page, places: E2ePlaces, { dealNo }: DealView): Promise<void> {
  await expect(page.getByText('송금 완료').first()).toBeVisible();
  expect(await moved(places, dealNo)).toEqual(PAID);
}

/** Carried out by the server, and its answer lost on the way back. */
async function loseAnswer(route: Route): Promise<void> {
  await route.fetch();
  await route.abort('connectionreset');
}

test('a tab that is closed between pay and its answer: another one shows that it was paid', async ({
  page,
  payer,
  places,
  context,
  expected,
}) => {
  expected.push(...CUT);
  const deal = await readyToPay(page, payer);
  const sent = page.waitForRequest(CONFIRM);
  await pay(page);
  await sent;
  await page.close();
  const other = await context.newPage();
  await other.goto('/');
  await other.getByRole('link', { name: /김수취/ }).click();
  await payer.waitForStatus(deal.id, 'COMPLETED');
  await arrivedOnce(other, places, deal);
});

test('a double tap pays once', async ({ page, payer, places }) => {
  const deal = await readyToPay(page, payer);
  await payButton(page).dblclick();
  await arrivedOnce(page, places, deal);
});

test('the back button while it is being paid, and forward again: paid once', async ({
  page,
  payer,
  places,
  expected,
}) => {
  expected.push(...CUT);
  await page.goto('/');
  const deal = await readyToPay(page, payer);
  await page.route(CONFIRM, async (route) => {
    const answer = await route.fetch();
    await page.goBack();
    await route.fulfill({ response: answer });
  });
  await pay(page);
  await expect(page.getByRole('button', { name: '카드로 보내기' })).toBeVisible();
  await page.goForward();
  await arrivedOnce(page, places, deal);
});

test('two tabs pay the same deal at once: one charge, and both say so', async ({ page, payer, places, context }) => {
  const deal = await readyToPay(page, payer);
  const other = await context.newPage();
  await other.goto(`/deals/${deal.id}/pay`);
  await expect(payButton(other)).toBeEnabled();
  await Promise.all([pay(page), pay(other)]);
  await arrivedOnce(page, places, deal);
  await arrivedOnce(other, places, deal);
});

test('two tabs go on with the same draft: it becomes one deal', async ({ page, payer, context }) => {
  await payer.addRecipient();
  await payer.registerCard();
  await page.goto('/');
  await page.getByRole('button', { name: '카드로 보내기' }).click();
  await page.getByRole('button', { name: /김수취/ }).click();
  await enterAmount(page, PRINCIPAL);
  await expect(page).toHaveURL(/\/new\/card/);
  const other = await context.newPage();
  await other.goto('/new/card');
  for (const tab of [page, other]) {
    await expect(tab.getByRole('radio', { checked: true })).toBeAttached();
    await next(tab);
    await expect(payButton(tab)).toBeVisible();
  }
  expect(new URL(page.url()).pathname).toBe(new URL(other.url()).pathname);
  expect((await payer.call<{ items: unknown[] }>('GET', '/v1/deals')).body.items).toHaveLength(1);
});

for (const hours of [-1, 1]) {
  test(`a clock that is wrong by ${hours} h: the time to pay is the server’s, and it is paid`, async ({
    page,
    payer,
    places,
  }) => {
    await page.clock.install({ time: Date.now() + hours * 3_600_000 });
    const deal = await readyToPay(page, payer);
    const korean = new Date(Date.parse(deal.expiresAt) + 9 * 3_600_000);
    const until = `${korean.getUTCHours() % 12 || 12}:${`${korean.getUTCMinutes()}`.padStart(2, '0')}`;
    await expect(page.getByText(new RegExp(`오[전후] ${until}까지 결제해 주세요.`))).toBeVisible();
    await pay(page);
    await arrivedOnce(page, places, deal);
  });
}

test('the network is gone before the deal is made: it is made once it is back', async ({
  page,
  payer,
  context,
  expected,
}) => {
  expected.push(...CUT);
  await payer.addRecipient();
  await payer.registerCard();
  await page.goto('/new/recipient');
  await page.getByRole('button', { name: /김수취/ }).click();
  await enterAmount(page, PRINCIPAL);
  await expect(page.getByRole('radio', { checked: true })).toBeAttached();
  await context.setOffline(true);
  await next(page);
  await expect(page.getByText('인터넷에 연결되어 있지 않아요', { exact: false })).toBeVisible();
  await context.setOffline(false);
  await expect(payButton(page)).toBeVisible();
  expect((await payer.call<{ items: unknown[] }>('GET', '/v1/deals')).body.items).toHaveLength(1);
});

test('the network is gone when it is paid: it is paid once it is back', async ({
  page,
  payer,
  places,
  context,
  expected,
}) => {
  expected.push(...CUT);
  const deal = await readyToPay(page, payer);
  await context.setOffline(true);
  await pay(page);
  await expect(page.getByText('인터넷에 연결되어 있지 않아요', { exact: false })).toBeVisible();
  expect(await moved(places, deal.dealNo)).toMatchObject({ charges: 0 });
  await context.setOffline(false);
  await arrivedOnce(page, places, deal);
});

test('the answer to the payment is lost, three times: it is found again by its key', async ({
  page,
  payer,
  places,
  expected,
}) => {
  expected.push(...CUT);
  const deal = await readyToPay(page, payer);
  await page.route(CONFIRM, loseAnswer, { times: 3 });
  await pay(page);
  await expect(page.getByText('두 번 결제되지 않아요', { exact: false })).toBeVisible();
  await arrivedOnce(page, places, deal);
});

test('the network is gone while the money is on its way: the page tells how it ended once it is back', async ({
  page,
  payer,
  places,
  context,
  expected,
}) => {
  expected.push(...CUT);
  const deal = await readyToPay(page, payer);
  await pay(page);
  await expect(page).toHaveURL(/\/deals\/[\w-]+$/);
  await context.setOffline(true);
  await payer.waitForStatus(deal.id, 'COMPLETED');
  await context.setOffline(false);
  await arrivedOnce(page, places, deal);
});

test('a page that is loaded anew after it was paid does not offer to pay', async ({ page, payer, places }) => {
  const deal = await readyToPay(page, payer);
  await pay(page);
  await arrivedOnce(page, places, deal);
  await page.goto(`/deals/${deal.id}/pay`);
  await arrivedOnce(page, places, deal);
  await expect(payButton(page)).toHaveCount(0);
});
