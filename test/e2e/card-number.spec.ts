/** The number of a card meets Softpayment and nobody else (PCI DSS SAQ A). */
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test } from './fixtures';
import { CARD } from './steps';

test('the number is in no request to our origin, no storage, no page of ours and no log', async ({
  page,
  payer,
  places,
  context,
}) => {
  await payer.addRecipient();
  const number = `433012${randomInt(1_000_000_000, 10_000_000_000)}`;
  const forms = [number, number.replace(/(.{4})(?=.)/g, '$1 '), number.replace(/(.{4})(?=.)/g, '$1-')];
  const holdsIt = (text: string) => forms.some((form) => text.includes(form));
  const ours: string[] = [];
  const theirs: string[] = [];
  context.on('request', (request) => {
    const sent = [request.url(), request.postData() ?? '', JSON.stringify(request.headers())].join('\n');
    (request.url().startsWith(places.apiUrl) ? ours : theirs).push(sent);
  });
  await page.goto('/new/recipient');
  await page.getByRole('button', { name: /김수취/ }).click();
  await page.getByLabel('보낼 금액').fill('100000');
  await page.getByLabel('내용').fill('월세');
  await page.getByRole('button', { name: '다음' }).click();
  await page.getByRole('button', { name: /새 카드 등록/ }).click();
  const form = page.frameLocator('iframe');
  await form.getByLabel('카드번호').pressSequentially(number);
  await form.getByLabel('유효기간').fill(CARD.expiry);
  await form.getByLabel('CVC').fill(CARD.cvc);
  await form.getByLabel(/생년월일/).fill(CARD.birth);
  const ourPage = await page.evaluate(() => document.documentElement.outerHTML);
  await form.getByRole('button').click();
  await expect(page.locator('iframe')).toHaveCount(0);
  await expect(page.getByRole('radio', { checked: true })).toBeAttached();

  expect(theirs.some(holdsIt)).toBe(true); // it was really sent, to whom it is for
  expect(ours.filter(holdsIt)).toEqual([]);
  expect(holdsIt(ourPage)).toBe(false);
  const kept = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, databases]);
  });
  expect(holdsIt(kept)).toBe(false);
  const logs = join(process.env.E2E_DATA ?? '', 'logs');
  expect(readdirSync(logs).filter((name) => holdsIt(readFileSync(join(logs, name), 'utf8')))).toEqual([]);
});

test('the page lets nothing but its own files run, and frames Softpayment alone', async ({ page, places }) => {
  const answer = await page.goto('/');
  const policy = (await answer?.headerValue('content-security-policy')) ?? '';
  const directives = Object.fromEntries(policy.split(';').map((part) => [part.trim().split(' ')[0], part.trim()]));
  expect(directives['default-src']).toBe("default-src 'none'");
  expect(directives['script-src']).toBe("script-src 'self'");
  expect(directives['style-src']).toBe("style-src 'self'");
  expect(directives['connect-src']).toBe("connect-src 'self'");
  expect(directives['frame-src']).toBe(`frame-src ${places.softpaymentUrl}`);
  expect(directives['frame-ancestors']).toBe("frame-ancestors 'none'");
});
