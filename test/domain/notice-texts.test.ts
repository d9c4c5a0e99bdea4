import { NOTICES, type NoticeTemplate } from '../../workflows/domain/notices';
import { holdsPersonalData } from '../../workflows/domain/personal-data';
import { noticeMessage } from '../../workflows/domain/words/notice-texts';

const params = {
  ...{ dealNo: 'PABC', amount: 5_150_000, statementBy: '2026-12-02' },
  ...{ grade: '실버', feeBps: 290, firstDay: '2026-12-01' },
};
const ALL = (Object.keys(NOTICES) as NoticeTemplate[]).flatMap((template) =>
  NOTICES[template].map((channel) => ({ template, channel })),
);
const isCode = (template: string) => template.endsWith('-code');
const isNews = (template: string) => template.startsWith('deal-') || template.startsWith('fee-');
const words = ({ title, text }: { title: string; text: string }) => `${title}\n${text}`;

test.each(ALL)('$template by $channel has a title and a text, and names nobody', ({ template, channel }) => {
  const message = noticeMessage(template, channel, { params, secret: '042137' });
  expect(message.title).toMatch(/^\[PLIC\] \S/);
  expect(message.text).not.toMatch(/undefined|null|NaN/);
  expect(holdsPersonalData(words(message))).toBe(false);
});

test.each(ALL)('$template by $channel has six digits in a row only if it brings a code', ({ template, channel }) => {
  const message = noticeMessage(template, channel, { params, secret: '042137' });
  expect(words(message).match(/\d{6,}/g)).toEqual(isCode(template) ? ['042137'] : null);
});

test.each(ALL.filter(({ template }) => isNews(template)))(
  '$template by $channel tells the deal and the amount, and when the statement shows it',
  ({ template, channel }) => {
    const { text } = noticeMessage(template, channel, { params, secret: null });
    expect(text).toContain('PABC');
    expect(text).toContain('5,150,000원');
    expect(text.includes('12월 2일까지')).toBe(template.endsWith('refunded'));
  },
);

test.each(ALL.filter(({ template }) => isCode(template)))(
  '$template by $channel is not written without its code',
  ({ template, channel }) => {
    expect(() => noticeMessage(template, channel, { params, secret: null })).toThrow('gone');
  },
);

test('a channel that a notice does not go by has no text for it', () => {
  expect(() => noticeMessage('auth-code', 'email', { params, secret: '042137' })).toThrow('no text');
  expect(() => noticeMessage('no-such-template' as NoticeTemplate, 'sms', { params, secret: null })).toThrow('no text');
});

test.each(NOTICES['grade-changed'])('grade-changed by %s tells the grade, its fee and its first day', (channel) => {
  const { text } = noticeMessage('grade-changed', channel, { params, secret: null });
  expect(text).toContain('12월 1일부터 회원님의 등급은 실버, 수수료는 2.9%입니다.');
});
