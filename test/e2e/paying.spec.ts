/** The whole way of a payer: from a stranger to money that has arrived. */
import { expect } from '@playwright/test';
import { accountEnding, callApi, phoneOfNobody } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { expectAccessible, fail, moved, picture, test } from './fixtures';
import { enterAmount, enterCard, enterRecipient, next, pay, status } from './steps';

test('a stranger signs up, pays by card, and sees the money arrive @everywhere', async ({ page, places }, {
  project,
}) => {
  const shown = async (name: string) => {
    await expectAccessible(page);
    if (project.name === 'phone') await picture(page, `app-${name}`);
  };
  const phone = phoneOfNobody();
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await shown('welcome');
  await page.getByRole('button', { name: /시작하기|Get started/ }).click();
  await page.getByLabel(/^(이름|Name)/).fill('박결제');
  await page.getByLabel(/이메일|E-mail/).fill(`${phone}@example.com`);
  await page.getByLabel(/비밀번호|Password/).fill('correct horse battery');
  await shown('sign-up');
  await next(page);
  await page.getByLabel(/휴대폰 번호|Phone number/).fill(phone);
  await page.getByLabel(/모두 동의|agree to all/).check();
  await shown('consents');
  await page.getByRole('button', { name: /인증번호 받기|Send the code/ }).click();
  const code = await poll(
    async () => {
      const { body } = await callApi<{ text: string }[]>(places.noticesUrl, 'GET', `/_sandbox/messages?to=${phone}`);
      return body.at(-1)?.text.match(/(?<!\d)\d{6}(?!\d)/)?.[0] ?? '';
    },
    (found) => found !== '',
    { what: 'the SMS with the code' },
  );
  await page.getByLabel(/^(인증번호|Code)/).fill(code);
  await shown('code');
  await page.getByRole('button', { name: /가입하기|Sign up/ }).click();

  await expect(page.getByText(/아직 거래가 없어요|No deals yet/)).toBeVisible();
  await shown('home-empty');
  await page.getByRole('button', { name: /카드로 보내기|Send by card/ }).click();
  await expect(page.getByLabel(/계좌번호|Account number/)).toBeVisible();
  await shown('recipient');
  await enterRecipient(page, accountEnding('1234'));
  await expect(page.getByLabel(/보낼 금액|Amount/)).toBeVisible();
  await page.getByLabel(/보낼 금액|Amount/).fill('430000');
  await expect(page.getByText(/몇 분 안에|within minutes/)).toBeVisible();
  await shown('amount');
  await enterAmount(page, 430_000);
  await page.getByRole('button', { name: /새 카드 등록|Add a card/ }).click();
  await expect(page.frameLocator('iframe').getByLabel(/카드 ?번호|Card number/)).toBeVisible();
  await shown('card-form');
  await enterCard(page, '1234');
  await expect(page.getByRole('radio', { checked: true })).toBeAttached();
  await shown('card');
  await next(page);
  await expect(page.getByText(/442,900/).first()).toBeVisible(); // 3 % of 430,000 is 12,900
  await shown('review');
  await pay(page);
  await expect(status(page)).toHaveText(/송금 완료|^Sent$/);
  await shown('arrived');

  const dealNo = (await page.getByText(/거래 번호|^Deal /).innerText()).split(' ').at(-1) ?? '';
  expect(await moved(places, dealNo)).toEqual({ charges: 1, charged: 442_900, paidOut: 430_000 });
});

test('a payer who was here before chooses who and with which card, and pays over months', async ({
  page,
  payer,
  places,
}) => {
  await payer.addRecipient();
  await payer.registerCard();
  await page.goto('/');
  await page.getByRole('button', { name: '카드로 보내기' }).click();
  await page.getByRole('button', { name: /김수취/ }).click();
  await enterAmount(page, 200_000);
  await page.getByLabel('할부').selectOption('3');
  await next(page);
  await pay(page);
  await expect(page.getByText('송금 완료').first()).toBeVisible();
  const { body } = await payer.call<{ items: { dealNo: string; payments: { installmentMonths: number }[] }[] }>(
    'GET',
    '/v1/deals',
  );
  expect(body.items.map(({ payments }) => payments.map(({ installmentMonths }) => installmentMonths))).toEqual([[3]]);
  expect(await moved(places, body.items[0]?.dealNo ?? '')).toMatchObject({ charges: 1, paidOut: 200_000 });
});

test('a recipient of another name is shown the name that the bank tells, and is saved under it', async ({
  page,
  payer,
  places,
}) => {
  await fail(places.bankUrl, [{ fault: 'other-name', match: { last4: '7778' } }]);
  await page.getByRole('button', { name: '카드로 보내기' }).click();
  await enterRecipient(page, accountEnding('7778'));
  await expect(page.getByText(/은행에 등록된 예금주는 .+님이에요/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: '네, 맞아요' }).click();
  await expect(page.getByLabel('보낼 금액')).toBeVisible();
  const { body } = await payer.call<{ items: { holderName: string }[] }>('GET', '/v1/recipients');
  expect(body.items.map(({ holderName }) => holderName)).not.toEqual(['김수취']);
});

test('the bank knows the account under another name and tells none: refused in words', async ({ page, payer }) => {
  await page.getByRole('button', { name: '카드로 보내기' }).click();
  await enterRecipient(page, accountEnding('0299'));
  await expect(page.getByRole('alert')).toContainText('예금주명이 일치하지 않습니다');
  expect((await payer.call<{ items: unknown[] }>('GET', '/v1/recipients')).body.items).toEqual([]);
});

test('an account that the bank does not know is refused in words, and can be corrected', async ({ page, payer }) => {
  await page.getByRole('button', { name: '카드로 보내기' }).click();
  await enterRecipient(page, accountEnding('0298'));
  await expect(page.getByRole('alert')).toContainText(/계좌/);
  await page.getByLabel('계좌번호').fill(accountEnding('1111'));
  await page.getByRole('button', { name: '예금주 확인' }).click();
  await expect(page.getByLabel('보낼 금액')).toBeVisible();
  expect((await payer.call<{ items: unknown[] }>('GET', '/v1/recipients')).body.items).toHaveLength(1);
});

test('an amount that no deal may have cannot be gone on with, and today’s limits are said before they are met', async ({
  page,
  payer,
}) => {
  await payer.addRecipient();
  await page.goto('/new/recipient');
  await page.getByRole('button', { name: /김수취/ }).click();
  await page.getByLabel('보낼 금액').fill('999');
  await page.getByLabel('내용').fill('월세');
  await expect(page.getByRole('button', { name: '다음' })).toBeDisabled();
  await expect(page.getByText('1,000원부터 5,000,000원까지 보낼 수 있어요.')).toBeVisible();
  await page.getByLabel('보낼 금액').fill('5000001');
  await expect(page.getByRole('button', { name: '다음' })).toBeDisabled();
  await page.getByRole('button', { name: '지우기' }).click();
  await page.getByRole('button', { name: '+100만' }).click();
  await page.getByRole('button', { name: '+5만' }).click();
  await expect(page.getByLabel('보낼 금액')).toHaveValue('1,050,000');
  await expect(page.getByText('105만 원')).toBeVisible();
  await expect(page.getByText('1,081,500원')).toBeVisible();
});

test('a high amount from a new member is held: the payer reads why and until when, and may still have it back', async ({
  page,
  payer,
  places,
}) => {
  const recipientId = await payer.addRecipient();
  await payer.registerCard();
  const { id, dealNo } = await payer.createDeal(recipientId, 1_030_000);
  await page.goto(`/deals/${id}/pay`);
  await pay(page);
  await expect(page.getByText('안전한 거래인지 확인하고 있습니다.', { exact: false })).toBeVisible();
  await expect(page.getByText(/다음 진행: .*오[전후] \d/)).toBeVisible();
  await expectAccessible(page);
  await picture(page, 'app-held');
  await page.getByRole('button', { name: '거래 취소' }).click();
  await page.getByRole('button', { name: '취소하기' }).click();
  await expect(page.getByText('환불 완료').first()).toBeVisible();
  expect(await moved(places, dealNo)).toEqual({ charges: 1, charged: 0, paidOut: 0 });
});

test('a deal that is not paid yet can be cancelled, after one question', async ({ page, payer }) => {
  const recipientId = await payer.addRecipient();
  const { id } = await payer.createDeal(recipientId);
  await page.goto(`/deals/${id}`);
  await page.getByRole('button', { name: '거래 취소' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: '취소하기' }).click();
  await expect(page.getByText('취소됨').first()).toBeVisible();
  await expect(page.getByRole('button', { name: '결제하기' })).toHaveCount(0);
});
