/** What payers do, step by step, in either language. */
import { randomInt } from 'node:crypto';
import { expect, type Page } from '@playwright/test';

export const CARD = { expiry: '12/30', cvc: '123', birth: '900101' };

/** Fills Softpayment's form in its frame, and sends it. */
export async function enterCard(page: Page, last4: string): Promise<void> {
  const form = page.frameLocator('iframe');
  await form.getByLabel(/카드 ?번호|Card number/).fill(`433012${randomInt(100_000, 1_000_000)}${last4}`);
  await form.getByLabel(/유효기간|Expiry/).fill(CARD.expiry);
  await form.getByLabel(/CVC/).fill(CARD.cvc);
  await form.getByLabel(/생년월일|birth/).fill(CARD.birth);
  await form.getByRole('button').click();
  await expect(page.locator('iframe')).toHaveCount(0);
}

/** A new recipient at a bank that never closes. */
export async function enterRecipient(page: Page, accountNumber: string): Promise<void> {
  await page.getByRole('button', { name: /은행을 골라|Choose a bank/ }).click();
  await page.getByRole('button', { name: /토스뱅크|Toss Bank/ }).click();
  await page.getByLabel(/계좌번호|Account number/).fill(accountNumber);
  await page.getByLabel(/예금주 이름|holder's name/).fill('김수취');
  await page.getByRole('button', { name: /예금주 확인|Check the name/ }).click();
}

export async function enterAmount(page: Page, amount: number, purpose = '12월 월세'): Promise<void> {
  await page.getByLabel(/보낼 금액|Amount/).fill(`${amount}`);
  await page.getByLabel(/^(내용|Description)/).fill(purpose);
  await next(page);
}

export const next = (page: Page): Promise<void> => page.getByRole('button', { name: /^(다음|Next)$/ }).click();

export const pay = (page: Page): Promise<void> => payButton(page).click();
export const payButton = (page: Page) => page.getByRole('button', { name: /결제하기$|^Pay ₩/ });

/** How the deal stands, as its page says. */
export const status = (page: Page) => page.getByRole('status').first();
