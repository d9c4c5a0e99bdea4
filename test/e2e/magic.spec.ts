/** Every magic value that a payer can meet (spec §13): the page tells the truth, and the providers agree with it. */
import { expect } from '@playwright/test';
import { accountEnding, cardEnding } from '../fixtures/payer';
import { moved, test } from './fixtures';
import { enterCard, pay } from './steps';

const PRINCIPAL = 100_000;
const TOTAL = 103_000;

for (const [last4, words] of [
  ['0101', '카드의 잔액 또는 한도가 부족합니다.'],
  ['0102', '도난 또는 분실 신고된 카드입니다.'],
] as const) {
  test(`card …${last4} is declined in words, and another card pays the same deal`, async ({ page, payer, places }) => {
    const recipientId = await payer.addRecipient();
    await payer.registerCard(cardEnding(last4));
    const { id, dealNo } = await payer.createDeal(recipientId, PRINCIPAL);
    await page.goto(`/deals/${id}/pay`);
    await pay(page);
    await expect(page.getByRole('alert')).toContainText('카드가 승인되지 않았어요');
    await expect(page.getByRole('alert')).toContainText(words);
    expect(await moved(places, dealNo)).toMatchObject({ charges: 0 });
    await page.goto(`/deals/${id}`);
    await page.getByRole('button', { name: '다른 카드로 결제하기' }).click();
    await page.getByRole('button', { name: /새 카드 등록/ }).click();
    await enterCard(page, '1234');
    await pay(page);
    await expect(page.getByText('송금 완료').first()).toBeVisible();
    expect(await moved(places, dealNo)).toEqual({ charges: 1, charged: TOTAL, paidOut: PRINCIPAL });
  });
}

for (const last4 of ['0103', '0104', '0105', '0106']) {
  test(`card …${last4} is charged once, and the money arrives`, async ({ page, payer, places }) => {
    const recipientId = await payer.addRecipient();
    await payer.registerCard(cardEnding(last4));
    const { id, dealNo } = await payer.createDeal(recipientId, PRINCIPAL);
    await page.goto(`/deals/${id}/pay`);
    await pay(page);
    await expect(page.getByText('송금 완료').first()).toBeVisible({ timeout: 90_000 });
    expect(await moved(places, dealNo)).toEqual({ charges: 1, charged: TOTAL, paidOut: PRINCIPAL });
  });
}

for (const last4 of ['0201', '0202', '0203', '0205', '0208']) {
  test(`account …${last4} cannot be paid: the payer has the money back, and reads by when`, async ({
    page,
    payer,
    places,
  }) => {
    const recipientId = await payer.addRecipient(accountEnding(last4));
    await payer.registerCard();
    const { id, dealNo } = await payer.createDeal(recipientId, PRINCIPAL);
    await page.goto(`/deals/${id}/pay`);
    await pay(page);
    await expect(page.getByText('환불 완료').first()).toBeVisible({ timeout: 90_000 });
    await expect(page.getByText(/카드사에는 .*까지 반영돼요/)).toBeVisible();
    await page.getByText('자세한 진행 내역').click();
    await expect(page.getByText('카드로 결제했습니다.')).toBeVisible();
    expect(await moved(places, dealNo)).toEqual({ charges: 1, charged: 0, paidOut: 0 });
  });
}

for (const last4 of ['0204', '0206', '0207']) {
  test(`account …${last4} takes a while: the payer reads why, and it arrives once`, async ({ page, payer, places }) => {
    const recipientId = await payer.addRecipient(accountEnding(last4));
    await payer.registerCard();
    const { id, dealNo } = await payer.createDeal(recipientId, PRINCIPAL);
    await page.goto(`/deals/${id}/pay`);
    await pay(page);
    if (last4 !== '0207') await expect(page.getByText('은행에 입금 결과를 확인하고 있습니다.')).toBeVisible();
    await expect(page.getByText('송금 완료').first()).toBeVisible({ timeout: 90_000 });
    expect(await moved(places, dealNo)).toEqual({ charges: 1, charged: TOTAL, paidOut: PRINCIPAL });
  });
}

test('account …0209 gives the money back after it arrived: the payer sees both, and is refunded', async ({
  page,
  payer,
  places,
}) => {
  const recipientId = await payer.addRecipient(accountEnding('0209'));
  await payer.registerCard();
  const { id, dealNo } = await payer.createDeal(recipientId, PRINCIPAL);
  await page.goto(`/deals/${id}/pay`);
  await pay(page);
  await expect(page.getByText('송금 완료').first()).toBeVisible();
  await page.goto(`/deals/${id}`);
  await payer.waitForStatus(id, 'REFUNDED');
  await expect(page.getByText('환불 완료').first()).toBeVisible();
  await page.getByText('자세한 진행 내역').click();
  await expect(page.getByText('은행에서 돈을 반환했습니다.')).toBeVisible();
  expect(await moved(places, dealNo)).toEqual({ charges: 1, charged: 0, paidOut: 0 });
});
