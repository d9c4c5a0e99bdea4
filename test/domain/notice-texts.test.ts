import { decode, encode } from 'iconv-lite';
import { CHANNELS, isCodeNotice, NOTICES, type NoticeTemplate } from '../../workflows/domain/notices';
import { holdsPersonalData } from '../../workflows/domain/personal-data';
import { NOTICE_TEMPLATES, previewsOf, sampleParams } from '../../workflows/domain/words/notice-previews';
import { noticeMessage, variablesOf } from '../../workflows/domain/words/notice-texts';
import { LANGUAGES } from '../../workflows/domain/words/words';

const ALL = NOTICE_TEMPLATES.flatMap(previewsOf);
const isDealNews = (template: string) => template.startsWith('deal-') || template.startsWith('fee-');
const words = ({ title, text }: { title: string; text: string }) => `${title}\n${text}`;
/** The notice with its sample variables, but for those that are given. */
const said = (template: NoticeTemplate, params: object, more: object = {}) =>
  noticeMessage(template, NOTICES[template][0], {
    ...{ language: 'ko', params: { ...sampleParams(template), ...params }, secret: '042137', host: 'plic.kr' },
    ...more,
  });

test.each(NOTICE_TEMPLATES)('%s has a text in both languages for every channel that may bring it', (template) => {
  const spoken = previewsOf(template).map(({ channel, language }) => `${channel} ${language}`);
  for (const channel of NOTICES[template].filter((one) => one !== 'alimtalk')) // which has the words of SMS
    for (const language of LANGUAGES) expect(spoken).toContain(`${channel} ${language}`);
});

test.each(ALL)('$template by $channel in $language names nobody, and has no word that is none', (message) => {
  expect(words(message)).not.toMatch(/undefined|null|NaN|[{}]/);
  const withoutHost = words(message).replace(/^@\S+ #\d{6}$/m, '');
  expect(holdsPersonalData(withoutHost)).toBe(false);
  expect(message.title).toMatch(message.channel === 'push' ? /^[^[\s]/ : /^\[PLIC\] \S/);
});

test.each(ALL.filter(({ template }) => !isDealNews(template)))(
  '$template by $channel in $language has six digits in a row only if it brings a code, and has that once',
  (message) => {
    expect(words(message).match(/\d{6,}/g)).toEqual(isCodeNotice(message.template) ? ['042137'] : null);
  },
);

test.each(ALL.filter(({ template, channel }) => isCodeNotice(template) && channel === 'sms'))(
  '$template by SMS in $language ends with the line by which a phone fills the code in, and tells people where it is',
  ({ text }) => {
    expect(text.split('\n').at(-1)).toBe('@app.plic.co.kr #042137');
    expect(text).toMatch(/# 뒤 6자리|6 digits after #/);
  },
);

test.each(ALL.filter(({ channel }) => channel === 'sms'))(
  '$template in $language is one SMS of 90 bytes, also with the widest variables, and holds what EUC-KR has alone',
  ({ text }) => {
    const bytes = encode(text, 'cp949');
    expect(decode(bytes, 'cp949')).toBe(text);
    expect(bytes.length).toBeLessThanOrEqual(90);
  },
);

test.each(ALL.filter(({ template }) => isDealNews(template)))(
  '$template by $channel in $language tells the deal and the amount, and when the statement shows it',
  ({ template, text, language }) => {
    expect(text).toContain('PL261130K7Q2WMW4MQ');
    expect(text).toContain(language === 'ko' ? '5,150,000원' : 'KRW 5,150,000');
    expect(/12월 31일까지|by Dec 31/.test(text)).toBe(template.endsWith('refunded'));
  },
);

test('news of money, grades and cards has a text by push too', () => {
  const silent = NOTICE_TEMPLATES.filter((one) => (NOTICES[one] as readonly string[]).length > 1).filter(
    (one) => !previewsOf(one).some(({ channel }) => channel === 'push'),
  );
  expect(silent).toEqual([]);
});

test.each(NOTICE_TEMPLATES.filter(isCodeNotice))('%s is not written without its code', (template) => {
  expect(() => said(template, {}, { secret: null })).toThrow('the code of this notice is gone');
});

test.each(NOTICE_TEMPLATES.flatMap((template) => variablesOf(template).map((name) => ({ template, name }))))(
  '$template is refused in words without its variable $name, and with a wrong one',
  ({ template, name }) => {
    expect(() => said(template, { [name]: undefined })).toThrow(
      `notice ${template}: its variable "${name}" is missing`,
    );
    expect(() => said(template, { [name]: { secret: 1 } })).toThrow(
      `notice ${template}: its variable "${name}" is not `,
    );
  },
);

test('a notice is refused in words with a variable that it does not have', () => {
  expect(() => said('deal-completed', { amuont: 1 })).toThrow('notice deal-completed: it has no variable "amuont"');
  expect(() => said('auth-code', { phone: '1' })).toThrow('notice auth-code: it has no variable "phone"');
});

test.each([
  ['amount', [-1, 1.5, '5000', Number.MAX_VALUE, null]],
  ['statementBy', ['2026-13-01', '12월 2일', 20261202, '']],
  ['dealNo', ['', 'P 1', '010-1234-5678', null]],
])('no %s is taken that is none', (name, wrong) => {
  for (const value of wrong) expect(() => said('deal-refunded', { [name]: value })).toThrow(`"${name}" is not`);
});

test('a day that is not known yet is said to be one', () => {
  expect(said('deal-refunded', { statementBy: null }, {}).text).toContain('M월 D일까지');
});

test('a channel that a notice does not go by has no text for it', () => {
  const told = { language: 'ko', params: {}, secret: '042137', host: 'plic.kr' } as const;
  for (const channel of CHANNELS.filter((one) => one !== 'sms'))
    expect(() => noticeMessage('auth-code', channel, told)).toThrow('no text');
  expect(() => noticeMessage('no-such-template' as NoticeTemplate, 'sms', told)).toThrow('no text');
});

test('a grade tells its name, its fee and its first day; a notice of before had one name for both languages', () => {
  const told = { firstDay: '2026-12-01', grade: { ko: '실버', en: 'Silver' }, feeBps: 290 };
  expect(said('grade-changed', told).text).toContain('12월 1일부터 회원님의 등급은 실버, 수수료는 2.9%입니다.');
  expect(said('grade-changed', told, { language: 'en' }).text).toContain('From Dec 1 your grade is Silver');
  expect(said('grade-changed', { ...told, grade: '실버' }).text).toContain('등급은 실버');
});
