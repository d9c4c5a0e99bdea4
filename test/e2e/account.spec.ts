/** What members do with their account: each page keeps WCAG 2.2 AA, and the API agrees with what the page says. */
import { type Browser, expect, type Page } from '@playwright/test';
import { callApi, type Payer, type Places, phoneOfNobody, signUp } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { expectAccessible, logIn, picture, test } from './fixtures';
import { pay } from './steps';

interface MeBody {
  readonly nextGrade: { readonly missing: number };
  readonly limits: { readonly amountLeft: number; readonly dealsLeft: number };
}

const NEW_PASSWORD = 'a longer battery of horses';

/** The code of the newest message to this phone or e-mail that is not one of those seen before. */
async function codeTo({ noticesUrl }: Places, to: string, seen: readonly string[] = []): Promise<string> {
  const read = async () => {
    const path = `/_sandbox/messages?to=${encodeURIComponent(to)}`;
    const { body } = await callApi<{ text: string }[]>(noticesUrl, 'GET', path);
    const codes = body.map(({ text }) => text.match(/(?<!\d)\d{6}(?!\d)/)?.[0] ?? '');
    return codes.findLast((code) => code !== '' && !seen.includes(code)) ?? '';
  };
  return poll(read, (code) => code !== '', { what: `a code to ${to}` });
}

/** In the light and in the dark. */
async function expectAccessibleInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
}

async function logInElsewhere(browser: Browser, page: Page, payer: Payer): Promise<Page> {
  const other = await (await browser.newContext({ locale: 'ko-KR', baseURL: new URL(page.url()).origin })).newPage();
  await logIn(other, payer);
  return other;
}

test('the member’s own page tells the grade, the way to the next one and what is left; the name can be changed', async ({
  page,
  payer,
}) => {
  await page.getByRole('link', { name: '내 정보' }).click();
  await expect(page.getByText(`010-****-${payer.person.phone.slice(-4)}`)).toBeVisible();
  await expect(page.getByText(payer.person.phone)).toHaveCount(0);
  const { body } = await payer.call<MeBody>('GET', '/v1/users/me');
  const [missing, left] = [body.nextGrade.missing, body.limits.amountLeft].map((won) => won.toLocaleString('ko-KR'));
  await expect(page.getByText(`이번 달에 ${missing}원 더 보내면 다음 달 1일에 올라가요.`)).toBeVisible();
  await expect(page.getByText(`${left}원, ${body.limits.dealsLeft}건`)).toBeVisible();
  await expectAccessibleInBoth(page);
  await picture(page, 'app-me');
  await page.getByRole('button', { name: '이름과 알림 언어' }).click();
  await expectAccessibleInBoth(page);
  await page.getByLabel('이름', { exact: true }).fill('박새이름');
  await page.getByText('English', { exact: true }).last().click();
  await page.getByRole('button', { name: '저장하기' }).click();
  await expect(page.getByText('박새이름')).toBeVisible();
  expect((await payer.call('GET', '/v1/users/me')).body).toMatchObject({ name: '박새이름', language: 'en' });
});

test('whoever logs out is gone from this browser, and another page asks for the log-in', async ({ page, payer }) => {
  const { name } = payer.person;
  await page.waitForFunction((kept) => localStorage.getItem('plic-last-seen')?.includes(kept), name);
  const { me } = await page.evaluate(() => JSON.parse(localStorage.getItem('plic-last-seen') ?? '{}'));
  expect(Object.keys(me)).not.toEqual(expect.arrayContaining([expect.stringMatching(/phone|email/)]));
  await page.goto('/me');
  await page.getByRole('button', { name: '로그아웃' }).click();
  await expect(page.getByRole('button', { name: '시작하기' })).toBeVisible();
  await page.goto('/me/security');
  await expect(page.getByRole('button', { name: '로그인' })).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(name);
});

test('a wrong password is said in its field; the right one changes it, and the new one logs in', async ({
  page,
  payer,
  browser,
}) => {
  await page.goto('/me/security');
  await expect(page.getByText('지금 쓰는 기기').first()).toBeVisible();
  await expectAccessibleInBoth(page);
  await picture(page, 'app-security');
  await page.getByLabel('지금 비밀번호').fill('not my password at all');
  await page.getByLabel('새 비밀번호').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: '비밀번호 바꾸기' }).click();
  await expect(page.getByLabel('지금 비밀번호')).toHaveAccessibleDescription(/비밀번호/);
  await expectAccessibleInBoth(page);
  await page.getByLabel('지금 비밀번호').fill(payer.person.password);
  await page.getByRole('button', { name: '비밀번호 바꾸기' }).click();
  await expect(page.getByText('비밀번호를 바꿨어요.', { exact: false })).toBeVisible();
  const person = { ...payer.person, password: NEW_PASSWORD };
  await logInElsewhere(browser, page, { person } as Payer);
});

test('a forgotten password is set anew by the phone, and whoever did it is logged in', async ({ page, places }) => {
  const { person } = await signUp(places);
  await page.goto('/log-in');
  await page.getByRole('link', { name: '비밀번호를 잊으셨나요?' }).click();
  const seen = [await codeTo(places, person.phone)]; // that of the sign-up
  await page.getByLabel('휴대폰 번호').fill(person.phone);
  await expectAccessibleInBoth(page);
  await page.getByRole('button', { name: '인증번호 받기' }).click();
  await page.getByLabel('인증번호').fill(await codeTo(places, person.phone, seen));
  const field = page.getByLabel('새 비밀번호');
  await field.pressSequentially('short');
  expect(await field.evaluate((input: HTMLInputElement) => input.validity.tooShort)).toBe(true);
  await page.getByLabel('새 비밀번호').fill(NEW_PASSWORD);
  await expectAccessibleInBoth(page);
  await page.getByRole('button', { name: '비밀번호 바꾸고 로그인하기' }).click();
  await expect(page.getByRole('button', { name: '카드로 보내기' })).toBeVisible();
  const logIns = await Promise.all(
    [NEW_PASSWORD, person.password].map((password) =>
      callApi(places.apiUrl, 'POST', '/v1/auth/login', { email: person.email, password }),
    ),
  );
  expect(logIns.map(({ status }) => status)).toEqual([200, 401]);
});

test('a session elsewhere is seen and ended: that browser has to log in again', async ({ page, payer, browser }) => {
  const other = await logInElsewhere(browser, page, payer);
  await page.goto('/me/security');
  const sessions = page.locator('section', { hasText: '로그인한 곳' });
  await expect(sessions.getByRole('listitem')).toHaveCount(3); // the sign-up by the API is one
  await sessions.getByRole('button', { name: '다른 곳에서 모두 로그아웃하기' }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await other.reload();
  await expect(other.getByRole('button', { name: '시작하기' })).toBeVisible();
  const devices = page.locator('section', { hasText: '등록된 기기' });
  const before = await devices.getByRole('listitem').count();
  await devices
    .getByRole('button', { name: /등록 해제$/ })
    .first()
    .click();
  await expect(devices.getByRole('listitem')).toHaveCount(before - 1);
  await expect(page.getByText('지금 쓰는 기기').first()).toBeVisible();
});

test('news comes by the channels that were chosen; none at all cannot be, and an unverified e-mail is said', async ({
  page,
  payer,
}) => {
  await page.goto('/me/notices');
  await expect(page.getByRole('group', { name: /거래 소식/ })).toBeVisible();
  await expectAccessibleInBoth(page);
  for (const name of ['앱 푸시', '카카오 알림톡', '이메일', '문자']) await page.getByLabel(name).uncheck();
  await page.getByRole('button', { name: '저장하기' }).click();
  await expect(page.getByText('거래 소식은 끌 수 없습니다.', { exact: false })).toBeVisible();
  await page.getByLabel('이메일').check();
  await page.getByRole('button', { name: '저장하기' }).click();
  await expect(page.getByText('저장했어요.')).toBeVisible();
  await expect(page.getByText('이메일로 받으려면', { exact: false })).toBeVisible();
  await expect(page.getByText('지금 받는 방법: 문자')).toBeVisible();
  await expectAccessibleInBoth(page);
  expect((await payer.call('GET', '/v1/users/me/notifications')).body).toMatchObject({
    dealNews: { channels: ['email'], inUse: ['sms'] },
  });
});

test('marketing is given and withdrawn; what was agreed to is told with its version', async ({ page, payer }) => {
  const marketing = async () => {
    const { body } = await payer.call<{ items: { kind: string; given: boolean }[] }>('GET', '/v1/users/me/consents');
    return body.items.find(({ kind }) => kind === 'marketing')?.given;
  };
  await page.goto('/me/consents');
  await expect(page.getByText(/에 동의 \(.* 버전\)/).first()).toBeVisible();
  await expectAccessibleInBoth(page);
  const box = page.getByLabel('이벤트와 혜택 소식 받기', { exact: false });
  await expect(box).not.toBeChecked();
  await box.click();
  await expect(box).toBeChecked();
  await expect.poll(marketing).toBe(true);
  await box.click();
  await expect(box).not.toBeChecked();
  await expect.poll(marketing).toBe(false);
});

test('the e-mail is verified, and the phone changed by two codes', async ({ page, payer, places }) => {
  const { phone, email, password } = payer.person;
  const newPhone = phoneOfNobody();
  await page.goto('/me/contact');
  const mail = page.locator('section', { hasText: '이메일 인증하거나 바꾸기' });
  await mail.getByLabel('비밀번호').fill(password);
  await expectAccessibleInBoth(page);
  await mail.getByRole('button', { name: '인증번호 받기' }).click();
  await expect(mail.getByLabel('인증번호')).toBeFocused();
  const mails = [await codeTo(places, email)];
  await mail.getByRole('button', { name: '바꾸기', exact: true }).click();
  await mail.getByRole('button', { name: '인증번호 받기', exact: true }).click();
  mails.push(await codeTo(places, email, mails));
  await mail.getByRole('button', { name: '인증번호 다시 받기' }).click();
  await mail.getByLabel('인증번호').fill(await codeTo(places, email, mails));
  await mail.getByRole('button', { name: '확인' }).click();
  await expect(page.getByText('이메일을 인증했어요.')).toBeVisible();

  const seen = [await codeTo(places, phone)];
  const change = page.locator('section', { hasText: '휴대폰 번호 바꾸기' });
  await change.getByLabel('새 휴대폰 번호').fill(newPhone);
  await change.getByLabel('비밀번호').fill(password);
  await change.getByRole('button', { name: '두 번호로 인증번호 받기' }).click();
  await change.getByLabel('지금 번호로 받은 인증번호').fill(await codeTo(places, phone, seen));
  await change.getByLabel('새 번호로 받은 인증번호').fill(await codeTo(places, newPhone));
  await expectAccessibleInBoth(page);
  await change.getByRole('button', { name: '확인' }).click();
  await expect(page.getByText('휴대폰 번호를 바꿨어요.')).toBeVisible();
  expect((await payer.call('GET', '/v1/users/me')).body).toMatchObject({ phone: newPhone, email });
});

test('whoever has an open deal cannot leave yet and is shown it; once it has ended they can, and are gone', async ({
  page,
  payer,
  places,
}) => {
  const recipientId = await payer.addRecipient();
  const { id } = await payer.createDeal(recipientId, 1_030_000); // held, since they are new
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForStatus(id, 'PAID');
  await page.goto('/me/leave');
  await expect(page.getByLabel('위 내용을 확인했어요')).toBeVisible();
  await expectAccessibleInBoth(page);
  await page.getByLabel('위 내용을 확인했어요').check();
  await page.getByLabel('비밀번호').fill(payer.person.password);
  await page.getByRole('button', { name: '탈퇴하기' }).click();
  await page.getByRole('link', { name: '진행 중인 거래 1 보기' }).click();
  await expect(page).toHaveURL(new RegExp(id));
  await payer.cancel(id);
  await payer.waitForStatus(id, 'REFUNDED');
  await page.goto('/me/leave');
  await page.getByLabel('위 내용을 확인했어요').check();
  await page.getByLabel('비밀번호').fill(payer.person.password);
  await page.getByRole('button', { name: '탈퇴하기' }).click();
  await expect(page.getByRole('button', { name: '시작하기' })).toBeVisible();
  const { email, password } = payer.person;
  expect((await callApi(places.apiUrl, 'POST', '/v1/auth/login', { email, password })).status).toBe(401);
});

test('where it is asked for, a member proves who they are, and comes back to the page that tells so', async ({
  page,
  payer,
}) => {
  // This system asks nobody: its answers are made to, as the API describes them.
  let verifiedAt: string | null = null;
  await page.route('**/v1/users/me', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), identity: { required: true, verifiedAt } } });
  });
  const verificationId = '01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84';
  await page.route('**/v1/users/me/identity', (route) =>
    route.fulfill({ status: 201, json: { verificationId, url: 'https://identity.example/check' } }),
  );
  await page.route('**/v1/users/me/identity/confirm', (route) => {
    verifiedAt = '2026-03-02T05:05:00.000Z';
    return route.fulfill({ json: { verified: true, name: payer.person.name, verifiedAt } });
  });
  const refusal = { type: '/problems/identity-required', title: '', status: 403, code: 'identity-required' };
  await page.route('**/v1/deals/*/confirm', (route) =>
    route.fulfill({
      status: 403,
      json: { ...refusal, detail: '본인확인을 해 주세요.', retryable: false, requestId: '' },
    }),
  );
  const recipientId = await payer.addRecipient();
  await payer.registerCard();
  const { id } = await payer.createDeal(recipientId);
  await page.goto(`/deals/${id}/pay`);
  await pay(page);
  await page.getByRole('link', { name: '본인확인하러 가기' }).click();
  await page.getByLabel('비밀번호').fill(payer.person.password);
  await expectAccessibleInBoth(page);
  await page.getByRole('button', { name: '본인확인 시작하기' }).click();
  await expect(page.getByRole('link', { name: '본인확인 창 열기' })).toHaveAttribute('href', /identity\.example/);
  await page.reload(); // the phone threw the page away meanwhile
  await page.getByRole('button', { name: '확인을 마쳤어요' }).click();
  await expect(page.getByText(/에 본인확인을 마쳤어요/)).toBeVisible();
});
