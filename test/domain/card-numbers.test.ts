/** Which texts hold a card number: every real number in any disguise, and none of what people write about rent. */
import fc from 'fast-check';
import { holdsCardNumber } from '../../workflows/domain/card-numbers';

const PAN = '4111111111111111';

test.each([
  PAN,
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
  '3782 822463 10005', // American Express, 15 digits
  '3056 930902 5904', // Diners, 14 digits
  '6304000000000000000', // 19 digits
  '카드는4111111111111111입니다',
  `pay with ${PAN}, please`,
  '４１１１１１１１１１１１１１１１', // full width
  '4111 1111 1111 1111 12/30',
  '2026-11-30 4111 1111 1111 1111 123',
  '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
  '4111.1111.1111.1111',
  '4111_1111_1111_1111',
  '4111/1111/1111/1111',
  '4111    1111    1111    1111',
  '4000-2012-10-11-1114', // what looks like a date is a part of it
  '4111 11111111 1111',
  '411-1111111-111111', // grouped as nobody prints it, by one sign
  '4111\u200b1111\u200b1111\u200b1111',
  '4111\u00ad1111\u00ad1111\u00ad1111',
  '4111\u3164111111111111',
  '4\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e3 1111 1111 1111', // keycaps
  '④①①① ①①①① ①①①① ①①①①',
  'card4111111111111111',
  '4111111111111111a',
  '٤١١١١١١١١١١١١١١١', // Arabic-Indic
])('a card number is seen in "%s"', (text) => {
  expect(holdsCardNumber(text)).toBe(true);
});

test.each([
  '4111111111111112', // fails Luhn's check
  '1111111111111117', // passes it, and no brand begins so
  '411111111111116', // a Visa has 16 digits
  '01012345678',
  '1732345678903', // milliseconds since 1970 that pass Luhn's check
  'device-1732345678903-7',
  '356938035643809', // an IMEI, whose last digit is Luhn's
  '0190e5d2-1234-4567-8901-234567890123',
  'bill_12345678-1234-4567-a901-234567890123',
  '4b4f4111111111111111ab12', // an object id
  '월세 2026-11 500000원',
  '2026-11-23 2026-12-23 1,500,000원',
  '2026-01-5~2026-12-31',
  '4,500,000 550,000 1,200,000',
  '20261130-4111111',
  'PL261130CJE795DHT1-1',
])('no card number is seen in "%s"', (text) => {
  expect(holdsCardNumber(text)).toBe(false);
});

const luhnDigit = (digits: string): number => {
  const sum = [...digits].reverse().reduce((total, char, i) => {
    const doubled = Number(char) * (i % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return (10 - (sum % 10)) % 10;
};
/** So many random digits. */
const digitsOf = (length: number) =>
  fc.bigInt({ min: 0n, max: 10n ** BigInt(length) - 1n }).map((n) => `${n}`.padStart(length, '0'));
/** First digits and length of what networks issue. */
const ISSUED: readonly (readonly [prefix: string, length: number])[] = [
  ...([
    ['4', 16],
    ['4', 19],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['2720', 16],
    ['34', 15],
    ['37', 15],
  ] as const),
  ...([
    ['3528', 16],
    ['3589', 16],
    ['36', 16],
    ['6011', 16],
    ['65', 16],
    ['62', 16],
    ['62', 19],
    ['9410', 16],
  ] as const),
];
const CARD = fc.constantFrom(...ISSUED).chain(([prefix, length]) =>
  digitsOf(length - prefix.length - 1)
    .map((rest) => prefix + rest)
    .map((digits) => `${digits}${luhnDigit(digits)}`),
);

const inGroups = (size: number, separator: string) => (digits: string) =>
  (digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(separator);
const inDigits = (zero: number) => (digits: string) =>
  [...digits].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
const DISGUISES: Readonly<Record<string, (digits: string) => string>> = {
  bare: (digits) => digits,
  'in words': (digits) => `제 카드 ${digits} 로 결제`,
  glued: (digits) => `카드${digits}번a`,
  spaces: inGroups(4, ' '),
  dashes: inGroups(4, '-'),
  dots: inGroups(4, '.'),
  slashes: inGroups(4, ' / '),
  underscores: inGroups(4, '_'),
  'long dashes': inGroups(4, '—'),
  'a space after each digit': inGroups(1, ' '),
  pairs: inGroups(2, '·'),
  threes: inGroups(3, ','),
  halves: inGroups(8, ' '),
  'full width': inDigits(0xff10),
  Arabic: inDigits(0x0660),
  Devanagari: inDigits(0x0966),
  mathematical: inDigits(0x1d7ce),
  'zero-width spaces': inGroups(4, '\u200b'),
  'Hangul fillers': inGroups(1, '\u3164'),
  'unprinted marks': inGroups(4, '\u034f\u2060'),
  'a space forgotten': (digits) => `${digits.slice(0, 4)} ${digits.slice(4, 12)} ${digits.slice(12)}`,
  'the last space alone': (digits) => `${digits.slice(0, 8)} ${digits.slice(8, 12)} ${digits.slice(12)}`,
  'odd groups': (digits) => `${digits.slice(0, 3)}-${digits.slice(3, 10)}-${digits.slice(10)}`,
};

test('ten thousand numbers are seen in every disguise', () => {
  const unseen = (digits: string) =>
    Object.keys(DISGUISES).filter((name) => !holdsCardNumber(DISGUISES[name]?.(digits) ?? ''));
  fc.assert(
    fc.property(CARD, (digits) => expect(unseen(digits)).toEqual([])),
    { numRuns: 10_000 },
  );
});

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const two = (from: number, to: number) => fc.integer({ min: from, max: to }).map((n) => `${n}`.padStart(2, '0'));
const year = fc.integer({ min: 2019, max: 2035 }).map(String);
const day = (separator: string) => fc.tuple(year, two(1, 12), two(1, 28)).map(([y, m, d]) => [y, m, d].join(separator));
const DATES = fc
  .tuple(pick('-', '.', '/'), pick('~', ' ~ ', '-', ' - ', ' '))
  .chain(([inside, between]) => fc.tuple(day(inside), day(inside)).map((days) => days.join(between)));
const COMPACT_DATES = fc.tuple(day(''), day(''), pick('~', '-', ' ', '')).map(([a, b, between]) => a + between + b);
const WON = fc.integer({ min: 1, max: 5_000 }).map((n) => `${(n * 1_000).toLocaleString('en-US')}원`);
const RENT = fc
  .tuple(
    ...[pick('월세', '관리비', '보증금', '등록금', '중고차 계약금', '학원비'), fc.integer({ min: 1, max: 12 })],
    ...[fc.integer({ min: 101, max: 130 }), fc.integer({ min: 101, max: 2_504 }), WON, pick(' ', ', ', ' / ', '')],
  )
  .map(([what, month, block, flat, won, gap]) => `${month}월 ${what}${gap}${block}동 ${flat}호${gap}${won}`);
const ACCOUNT_GROUPS = [
  [12],
  [13],
  [14],
  [3, 3, 6],
  [3, 6, 2, 3],
  [3, 4, 4, 2],
  [4, 2, 7],
  [6, 2, 6],
  [4, 3, 6],
  [3, 2, 6, 3],
];
const ACCOUNTS = fc
  .constantFrom(...ACCOUNT_GROUPS)
  .chain((groups) =>
    fc
      .tuple(
        pick('', '국민 ', '계좌 ', '신한은행'),
        fc.tuple(...groups.map(digitsOf)),
        pick('', ' 김철수', ' 12월', ' 2026'),
      )
      .map(([bank, parts, after]) => `${bank}${parts.join('-')}${after}`),
  );
const ORDERS = fc.oneof(
  fc.tuple(day(''), digitsOf(8)).map((parts) => parts.join('')),
  fc.tuple(day(''), digitsOf(6)).map((parts) => parts.join('-')),
  fc.tuple(pick('PL', 'ORD-', 'no.'), day(''), digitsOf(4)).map((parts) => parts.join('')),
);

test('of a hundred thousand texts about rent, dates, accounts and orders none is taken for a card number', () => {
  const text = fc.oneof(
    RENT,
    DATES,
    COMPACT_DATES,
    ACCOUNTS,
    ORDERS,
    fc.tuple(RENT, DATES).map((both) => both.join(' ')),
  );
  fc.assert(
    fc.property(text, (given) => !holdsCardNumber(given)),
    { numRuns: 100_000 },
  );
});

test('identifiers pass: hashes, object ids, UUIDs', () => {
  const hexadecimal = pick(24, 32, 40, 64).chain((length) =>
    fc.array(pick(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((all) => all.join('')),
  );
  const withLetters = hexadecimal.filter((text) => /[a-f]/.test(text));
  fc.assert(
    fc.property(fc.oneof(withLetters, fc.uuid()), (id) => !holdsCardNumber(id)),
    { numRuns: 20_000 },
  );
});
