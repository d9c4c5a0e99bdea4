/** What a payer has in hand of a deal: its receipt, or a way to object when it was blocked. */
import { expect } from '@playwright/test';
import { accountEnding, cardEnding } from '../fixtures/payer';
import { expectAccessible, picture, test } from './fixtures';
import { pay } from './steps';

const PRINCIPAL = 100_000;

test('a paid deal has a receipt, and nothing else of the page is printed', async ({ page, payer }) => {
  await page.addInitScript(() => {
    window.print = () => document.body.setAttribute('data-printed', 'yes');
  });
  const recipientId = await payer.addRecipient();
  const cardId = await payer.registerCard();
  const { id, dealNo } = await payer.createDeal(recipientId, PRINCIPAL);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  await page.goto(`/deals/${id}`);
  await page.getByRole('link', { name: '영수증 보기' }).click();
  const lines = page.getByRole('main');
  await expect(lines).toContainText(dealNo);
  await expect(lines).toContainText('3,000원 (3%)');
  await expect(lines).toContainText('돌려드린 금액을 뺀 결제 금액103,000원');
  await expect(lines).toContainText('입금 완료');
  await expectAccessible(page);
  await picture(page, 'app-receipt');
  await page.getByRole('button', { name: '인쇄하거나 저장하기' }).click();
  await expect(page.locator('body')).toHaveAttribute('data-printed', 'yes');
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('button')).toHaveCount(0);
  await expect(lines).toContainText(dealNo);
  await page.emulateMedia({ media: null });
  await page.getByRole('button', { name: '뒤로' }).click();
  await expect(page).toHaveURL(new RegExp(`/deals/${id}$`));
});

test('the receipt of a refunded deal says what came back; a deal that was not charged has none', async ({
  page,
  payer,
}) => {
  const cardId = await payer.registerCard();
  const refunded = await payer.createDeal(await payer.addRecipient(accountEnding('0201')), PRINCIPAL);
  await payer.confirm(refunded.id, cardId);
  await payer.waitForStatus(refunded.id, 'REFUNDED');
  await page.goto(`/deals/${refunded.id}/receipt`);
  const lines = page.getByRole('main');
  await expect(lines).toContainText(/환불103,000원.*환불됨/);
  await expect(lines).toContainText('돌려드린 금액을 뺀 결제 금액0원');

  const waiting = await payer.createDeal(await payer.addRecipient(), PRINCIPAL);
  await page.goto(`/deals/${waiting.id}`);
  await expect(page.getByRole('button', { name: '결제하기' })).toBeVisible();
  await expect(page.getByRole('link', { name: '영수증 보기' })).toHaveCount(0);
  await page.goto(`/deals/${waiting.id}/receipt`);
  await expect(page.getByRole('alert')).toContainText('결제');
  await expect(page.getByRole('button', { name: '인쇄하거나 저장하기' })).toHaveCount(0);
  await expectAccessible(page);
});

test('whoever is blocked by a pattern can object, once, and reads that staff will look', async ({ page, payer }) => {
  const recipientId = await payer.addRecipient();
  const cards: string[] = [];
  for (const last4 of ['3111', '3222', '3333', '3444']) cards.push(await payer.registerCard(cardEnding(last4)));
  for (const cardId of cards.slice(0, 3)) {
    const { id } = await payer.createDeal(recipientId, PRINCIPAL);
    await payer.confirm(id, cardId);
    await payer.waitForStatus(id, 'COMPLETED');
  }
  const { id } = await payer.createDeal(recipientId, PRINCIPAL);
  await page.goto(`/deals/${id}/pay?card=${cards[3]}`);
  await pay(page);
  await expect(page.getByRole('alert')).toContainText('지금은 결제할 수 없어요');
  await expectAccessible(page);
  await page.getByRole('button', { name: '이의 제기' }).click();
  await expect(page.getByText('이의 제기를 받았어요')).toBeVisible();
  await expect(page.getByRole('button', { name: '이의 제기' })).toHaveCount(0);
});
