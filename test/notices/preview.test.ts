/** `npm run notices`: what notices say, without any server. */
import { operatorCommand } from '../fixtures/commands';

const notices = (...args: string[]) => operatorCommand('notices', { env: {} }, ...args);

test('every text is printed with sample variables, and of an SMS how long it is', async () => {
  const { code, text } = await notices('preview');
  expect(code).toBe(0);
  expect(text).toContain('auth-code by sms in ko, 72 bytes: SMS\n    [PLIC] 인증번호(');
  expect(text).toContain('deal-completed by push in en\n    Your transfer is done\n');
  expect(text).not.toContain('LMS');
});

test('one notice in one language is printed alone', async () => {
  const { code, text } = await notices('preview', '--template', 'grade-changed', '--language', 'en');
  expect(code).toBe(0);
  const heads = text.split('\n').filter((line) => / by /.test(line) && !line.startsWith(' '));
  expect(heads).toEqual([
    'grade-changed by push in en',
    'grade-changed by email in en',
    expect.stringMatching(/^grade-changed by sms in en, \d+ bytes: SMS$/),
  ]);
});

test.each([
  [['preview', '--template', 'no-such'], 'there is no notice "no-such": it is one of auth-code, '],
  [['preview', '--language', 'fr'], 'there is no language "fr": it is one of ko, en'],
  [['send'], 'unknown: "send"'],
  [['preview', '--everything'], "Unknown option '--everything'"],
])('%j is refused in words', async (args, words) => {
  const { code, text } = await notices(...args);
  expect([code, text]).toEqual([1, expect.stringContaining(words)]);
  expect(text).toContain('See: npm run notices -- --help');
});
