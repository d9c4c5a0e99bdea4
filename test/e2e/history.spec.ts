/** The history of a payer: all of it, by pages; what is looked for, and what it comes to. */
import { expect, type Page } from '@playwright/test';
import type { DealView, Payer } from '../fixtures/payer';
import { expectAccessible, picture, test } from './fixtures';

const rows = (page: Page) => page.getByRole('main').getByRole('link', { name: /김수취/ });

async function makeDeals(payer: Payer, purpose: string, count: number): Promise<DealView[]> {
  const recipientId = await payer.addRecipient();
  const made: DealView[] = [];
  for (let n = 0; n < count; n++) {
    const { body } = await payer.post('/v1/deals', { recipientId, principal: 10_000, purpose });
    made.push(body);
  }
  return made;
}

test('the history has every deal, a page at a time, with the sums of all that is looked for', async ({
  page,
  payer,
}) => {
  const rents = await makeDeals(payer, '12월 월세', 21);
  await makeDeals(payer, '봄 학기 등록금', 2);
  for (const { id } of rents.slice(0, 2)) await payer.cancel(id);
  await page.goto('/');
  await page.getByRole('navigation').getByRole('link', { name: '내역' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '거래 내역' })).toBeVisible();
  await expect(page.getByRole('navigation').getByRole('link', { name: '내역' })).toHaveAttribute(
    'aria-current',
    'page',
  );
  await expect(rows(page)).toHaveCount(20);
  await expect(page.getByRole('status')).toContainText('23건 중 20건');
  await expect(page.getByText('236,900원')).toBeVisible(); // 23 of 10,000 won, each with 3 %
  await expectAccessible(page);
  await picture(page, 'app-history');
  await page.getByRole('button', { name: '더 보기' }).click();
  await expect(rows(page)).toHaveCount(23);
  await expect(page.getByRole('button', { name: '더 보기' })).toHaveCount(0);

  await page.getByText('환불·취소').click();
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByText('20,600원')).toBeVisible();
  await expect(page).toHaveURL(/\?status=returned$/);
  await page.getByText('전체', { exact: true }).click();
  await page.getByRole('searchbox').fill('등록금');
  await page.getByRole('button', { name: '찾기' }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.reload();
  await expect(page.getByRole('searchbox')).toHaveValue('등록금');
  await rows(page).first().click();
  await page.getByRole('button', { name: '뒤로' }).click();
  await expect(page.getByRole('searchbox')).toHaveValue('등록금');
  await expect(rows(page)).toHaveCount(2);
});

test('a month can be chosen, and a history that is empty says whether the filters are the reason', async ({
  page,
  payer,
}) => {
  await page.goto('/history');
  await expect(page.getByText(/아직 거래가 없어요/)).toBeVisible();
  await expectAccessible(page);
  const [deal] = await makeDeals(payer, '12월 월세', 1);
  await page.goto('/history');
  await page.getByLabel('기간').selectOption({ index: 1 });
  await expect(page).toHaveURL(/\?month=\d{4}-\d{2}$/);
  await expect(rows(page)).toHaveCount(1);
  await page.goto('/history?month=2025-02&status=done');
  await expect(page.getByLabel('기간')).toHaveValue('2025-02');
  await expect(page.getByText('조건에 맞는 거래가 없어요')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: '조건 지우기' }).click();
  await expect(page).toHaveURL(/\/history$/);
  await rows(page).click();
  await expect(page).toHaveURL(new RegExp(`/deals/${deal?.id}$`));
});
