/** The language of a member: theirs to choose, and that of every notice that is put in for them afterwards. */
import { type SignedUp, signUpWith } from '../fixtures/account';
import { phoneOfNobody } from '../fixtures/payer';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
let member: SignedUp;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  member = await signUpWith(api, phoneOfNobody());
  await api.deps.db('notices').del();
});

const choose = (language: unknown) => member.call('PATCH', '/v1/users/me', { language });
const languageOf = async () => (await member.call('GET', '/v1/users/me')).body.language;
const put = () => api.deps.db('notices').orderBy('created_at').select('template', 'language');

test('a member reads Korean until they choose English, and can choose no other', async () => {
  expect(await languageOf()).toBe('ko');
  const { status, body } = await choose('en');
  expect([status, body.language]).toEqual([200, 'en']);
  for (const wrong of ['fr', 'EN', '', null]) expect((await choose(wrong)).status).toBe(422);
  expect(await languageOf()).toBe('en');
  expect((await choose('ko')).body.language).toBe('ko');
});

test('every notice to a member is in their language, to whichever address it goes; a code for nobody yet is Korean', async () => {
  await choose('en');
  const { password, phone } = member;
  await member.call('POST', '/v1/users/me/phone', { phone: phoneOfNobody(), password });
  await member.call('POST', '/v1/users/me/email', { email: 'another@example.com', password });
  await api.call('POST', '/v1/auth/password-resets', { phone });
  await member.call('POST', '/v1/users/me/password', {
    ...{ currentPassword: password, newPassword: 'battery staple horse' },
  });
  await api.call('POST', '/v1/auth/codes', { phone: phoneOfNobody() });
  const english = ['old-phone-code', 'new-phone-code', 'email-code', 'password-reset-code', 'password-changed'];
  expect(await put()).toEqual([
    ...english.map((template) => ({ template, language: 'en' })),
    { template: 'auth-code', language: 'ko' },
  ]);
});
