/** The judge of a run finds what a payer was told twice, or never. */
import { wronglyTold } from './notices';

const row = (
  channel: 'sms' | 'email',
  ended: 'sent' | 'unknown' | 'given-up' | 'superseded',
  event = 'deal-completed:D1:4',
) => ({
  ...{ deal_no: 'D1', event, channel, sent: ended === 'sent' },
  ended_reason: ended === 'sent' ? null : ended,
});
const message = (channel: 'sms' | 'email') => ({ channel, text: 'D1: 받는 분 계좌로 10,000원을 보냈습니다.' });

test.each([
  ['each channel of the choice', [row('sms', 'sent'), row('email', 'sent')], [message('sms'), message('email')]],
  [
    'an unknown mail that arrived, and its stand-in',
    [row('email', 'unknown'), row('sms', 'sent')],
    [message('sms'), message('email')],
  ],
  [
    'an unknown mail that never arrived, and its stand-in',
    [row('email', 'unknown'), row('sms', 'sent')],
    [message('sms')],
  ],
  [
    'a delay that is over when it could be told',
    [row('sms', 'superseded', 'deal-failed:D1:3'), row('sms', 'sent')],
    [message('sms')],
  ],
  ['two events', [row('sms', 'sent'), row('sms', 'sent', 'deal-refunded:D1:9')], [message('sms'), message('sms')]],
])('%s: all is well', (_, rows, messages) => {
  expect(wronglyTold(rows, messages)).toEqual([]);
});

test.each([
  [
    'an SMS that arrived twice',
    [row('sms', 'sent')],
    [message('sms'), message('sms')],
    /2 messages arrived, of 1 that left/,
  ],
  ['an SMS that never arrived', [row('sms', 'sent')], [], /0 messages arrived, of 1 that left/],
  [
    'a mail that was given up, and arrived',
    [row('email', 'given-up'), row('sms', 'sent')],
    [message('sms'), message('email')],
    /1 messages arrived, of 0 that left/,
  ],
  [
    'an unknown mail that arrived twice',
    [row('email', 'unknown'), row('sms', 'sent')],
    [message('sms'), message('email'), message('email')],
    /2 messages arrived, of 0 that left and 1 unknown/,
  ],
  [
    'a delay that was not told, and no end either',
    [row('sms', 'superseded', 'deal-failed:D1:3'), row('sms', 'sent', 'fee-refunded:D1:5')],
    [message('sms')],
    /nobody was told of deal-failed:D1:3 \(superseded\)/,
  ],
  [
    'an unknown mail without a stand-in',
    [row('email', 'unknown')],
    [],
    /nobody was told of deal-completed:D1:4 \(unknown\)/,
  ],
])('%s is a break', (_, rows, messages, words) => {
  expect(wronglyTold(rows, messages)).toEqual([expect.stringMatching(words)]);
});
