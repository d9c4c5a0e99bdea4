/** What a payer keeps for the next deal: cards and recipients. */
import { expect, type Page } from '@playwright/test';
import { accountEnding, cardEnding } from '../fixtures/payer';
import { expectAccessible, picture, test } from './fixtures';
import { enterCard, enterRecipient } from './steps';

const row = (page: Page, text: string) => page.getByRole('main').getByRole('listitem').filter({ hasText: text });

test('a card is added, named, made the default and removed', async ({ page, payer }) => {
  await page.goto('/cards');
  await expect(page.getByText('등록한 카드가 없어요', { exact: false })).toBeVisible();
  await page.getByRole('button', { name: '새 카드 등록' }).click();
  await enterCard(page, '4321');
  await expect(row(page, '··4321').getByText('기본', { exact: true })).toBeVisible();
  await expect(row(page, '··4321')).toContainText('유효기간 12/30');

  await payer.registerCard(cardEnding('5678'));
  await page.reload();
  const rename = row(page, '··5678').getByRole('button', { name: /별명 바꾸기/ });
  await rename.click();
  await page.getByLabel('별명', { exact: true }).fill('01012345678');
  await page.getByRole('button', { name: '저장하기' }).click();
  await expect(page.getByRole('alert')).toContainText('전화번호');
  await expectAccessible(page);
  await page.getByLabel('별명', { exact: true }).fill('월급 카드');
  await page.getByRole('button', { name: '저장하기' }).click();
  await expect(row(page, '··5678')).toContainText('월급 카드');
  await expect(rename).toBeFocused();
  await page.getByRole('button', { name: '기본으로 쓰기: 월급 카드 ··5678' }).click();
  await expect(row(page, '··5678').getByText('기본', { exact: true })).toBeVisible();
  await expect(row(page, '··4321').getByText('기본', { exact: true })).toHaveCount(0);
  await expectAccessible(page);
  await picture(page, 'app-cards');

  await row(page, '··4321').getByRole('button', { name: /^삭제/ }).click();
  await page.getByRole('button', { name: '그대로 두기' }).click();
  await expect(row(page, '··4321')).toBeVisible();
  await row(page, '··4321').getByRole('button', { name: /^삭제/ }).click();
  await page.getByRole('button', { name: '삭제하기' }).click();
  await expect(row(page, '··4321')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused(); // what had the focus is gone
  const { body } = await payer.call<{ items: { nickname: string }[] }>('GET', '/v1/cards');
  expect(body.items.map(({ nickname }) => nickname)).toEqual(['월급 카드']);
});

test('a recipient is added, named, made a favourite and removed', async ({ page, payer }) => {
  await page.goto('/recipients');
  await expect(page.getByText('저장한 계좌가 없어요', { exact: false })).toBeVisible();
  await page.getByRole('button', { name: '새 계좌 추가' }).click();
  await enterRecipient(page, accountEnding('4321'));
  await expect(row(page, '··4321')).toBeVisible();
  await payer.addRecipient(accountEnding('5678'));
  await page.reload();
  await expect(row(page, '김수취').first()).toContainText('··5678'); // the newest one
  await row(page, '··4321')
    .getByRole('button', { name: /별명 바꾸기/ })
    .click();
  await page.getByLabel('별명', { exact: true }).fill('집주인');
  await page.getByRole('button', { name: '저장하기' }).click();
  await expect(row(page, '··4321')).toContainText('집주인');
  const favorite = page.getByRole('button', { name: '즐겨찾기: 집주인 ··4321' });
  await expect(favorite).toHaveAttribute('aria-pressed', 'false');
  await favorite.click();
  await expect(favorite).toHaveAttribute('aria-pressed', 'true');
  await expect(row(page, '김수취').first()).toContainText('··4321');
  await expectAccessible(page);
  await picture(page, 'app-recipients');
  await favorite.click();
  await expect(row(page, '김수취').first()).toContainText('··5678');

  await row(page, '··5678').getByRole('button', { name: /^삭제/ }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: '삭제하기' }).click();
  await expect(row(page, '··5678')).toHaveCount(0);
  const { body } = await payer.call<{ items: { nickname: string }[] }>('GET', '/v1/recipients');
  expect(body.items.map(({ nickname }) => nickname)).toEqual(['집주인']);
});

test('what is kept and what was keeps WCAG 2.2 AA in either language and light @everywhere', async ({
  page,
  payer,
}) => {
  const recipientId = await payer.addRecipient();
  const cardId = await payer.registerCard();
  const { id } = await payer.createDeal(recipientId);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  for (const path of ['/', '/history', '/history?q=nothing', '/cards', '/recipients', `/deals/${id}/receipt`]) {
    await page.goto(path);
    await expect(
      page
        .getByRole('main')
        .getByText(/김수취|1234|조건|filters/)
        .first(),
    ).toBeVisible();
    await expectAccessible(page);
  }
});
