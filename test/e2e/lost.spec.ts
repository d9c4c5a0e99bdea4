/** Whatever happens between the press of the button and its answer: one charge, and the payer sees the truth. */
import { type BrowserContext, expect, type Page, type Route } from '@playwright/test';
import { type DealView, type Payer, signUp } from '../fixtures/payer';
import { type E2ePlaces, logIn, moved, test } from './fixtures';
import { enterAmount, next, pay, payButton } from './steps';

const PRINCIPAL = 100_000;
const PAID = { charges: 1, charged: 103_000, paidOut: PRINCIPAL };
const CONFIRM = '**/v1/deals/*/confirm';
const PROBLEM_401 = {
  ...{ type: '/problems/unauthenticated', title: 'unauthenticated', status: 401, code: 'unauthenticated' },
  ...{ detail: '다시 로그인해 주세요.', requestId: 'none', retryable: false },
};
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

/** The idempotency keys of all payments that pages of this browser send, as they are sent. */
function keysOfConfirms(context: BrowserContext): string[] {
  const keys: string[] = [];
  context.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/confirm'))
      keys.push(request.headers()['idempotency-key'] ?? '');
  });
  return keys;
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
  const keys = keysOfConfirms(context);
  const heard = new Promise<void>((resolve) => {
    void page.route(CONFIRM, (route) => route.fetch().then(() => resolve())); // carried out, and never answered
  });
  await pay(page);
  await heard;
  await page.close();
  const other = await context.newPage();
  await other.goto('/');
  await other.getByRole('link', { name: /김수취/ }).click();
  await payer.waitForStatus(deal.id, 'COMPLETED');
  await arrivedOnce(other, places, deal);
  expect(keys).toHaveLength(1);
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

test('without a network nothing can be paid, and that is said; once it is back it can', async ({
  page,
  payer,
  places,
  context,
  expected,
}) => {
  expected.push(...CUT);
  const deal = await readyToPay(page, payer);
  await context.setOffline(true);
  await expect(page.getByText('인터넷에 연결되어 있지 않아 결제할 수 없어요.')).toBeVisible();
  await expect(payButton(page)).toBeDisabled();
  await context.setOffline(false);
  await pay(page);
  await arrivedOnce(page, places, deal);
});

for (const [what, lose] of [
  ['the request', (route: Route) => route.abort('internetdisconnected')],
  ['the answer', loseAnswer],
] as const) {
  test(`${what} of the payment is lost, three times: it is sent again under its key, and paid once`, async ({
    page,
    payer,
    places,
    context,
    expected,
  }) => {
    expected.push(...CUT);
    const deal = await readyToPay(page, payer);
    const keys = keysOfConfirms(context);
    await page.route(CONFIRM, lose, { times: 3 });
    await pay(page);
    await expect(page.getByText('두 번 결제되지 않아요', { exact: false })).toBeVisible();
    await arrivedOnce(page, places, deal);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
  });
}

test('left while it is being paid, and come back to: it is still being paid, with the card that was chosen', async ({
  page,
  payer,
  places,
  context,
  expected,
}) => {
  expected.push(...CUT);
  const deal = await readyToPay(page, payer);
  await page.goto(`/deals/${deal.id}`);
  await page.getByRole('button', { name: '결제하기' }).click();
  const keys = keysOfConfirms(context);
  await page.route(CONFIRM, (route) => route.abort('internetdisconnected'), { times: 2 });
  await pay(page);
  await expect(page.getByText('두 번 결제되지 않아요', { exact: false })).toBeVisible();
  await page.evaluate(() => history.back());
  await expect(page.getByRole('heading', { name: /김수취/ })).toBeVisible();
  await expect(page.getByRole('button', { name: '결제하기' })).toHaveCount(0);
  await page.evaluate(() => history.forward());
  await arrivedOnce(page, places, deal);
  expect(new Set(keys).size).toBe(1);
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

test('a session that has run out between the press and its answer: after the log-in the same payment is found', async ({
  page,
  payer,
  places,
  context,
}) => {
  const deal = await readyToPay(page, payer);
  await page.route(
    CONFIRM,
    async (route) => {
      await context.clearCookies(); // nothing renews it
      await route.fulfill({ status: 401, contentType: 'application/problem+json', json: PROBLEM_401 });
    },
    { times: 1 },
  );
  await pay(page);
  await page.getByLabel('이메일').fill(payer.person.email);
  await page.getByLabel('비밀번호').fill(payer.person.password);
  await page.getByRole('button', { name: '로그인' }).click();
  await pay(page);
  await arrivedOnce(page, places, deal);
});

test('another member who logs in on the same device finds nothing of the one before', async ({
  page,
  payer,
  places,
  context,
}) => {
  await payer.addRecipient();
  await page.goto('/new/recipient');
  await page.getByRole('button', { name: /김수취/ }).click();
  await page.getByLabel('보낼 금액').fill('123000');
  await page.getByLabel('내용').fill('남의 월세');
  await page.getByRole('button', { name: '다음' }).click();
  await expect(page).toHaveURL(/\/new\/card/);
  await context.clearCookies();
  await page.reload();
  const other = await signUp(places);
  await logIn(page, other);
  await page.goto('/new/amount');
  await expect(page).toHaveURL(/\/new\/recipient/);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  expect(kept).not.toContain('남의 월세');
  expect(kept).not.toContain('123000');
});
