import fc from 'fast-check';
import { holdsCardData, holdsCardNumber } from '../../api/http/middleware/card-guard';

const PAN = '4111111111111111';

test.each([
  PAN,
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
  '3782 822463 10005', // American Express, 15 digits
  '4222222222222', // 13 digits
  '6304000000000000000', // 19 digits
  '카드는4111111111111111입니다',
  `pay with ${PAN}, please`,
  '４１１１１１１１１１１１１１１１', // full-width
  '4111 1111 1111 1111 12/30',
  '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
  '4111.1111.1111.1111',
  '4111_1111_1111_1111',
  '4111/1111/1111/1111',
  '4111    1111    1111    1111',
  '4111\u200b1111\u200b1111\u200b1111',
  '4111\u00ad1111\u00ad1111\u00ad1111',
  'card4111111111111111',
  '4111111111111111a',
  '٤١١١١١١١١١١١١١١١', // Arabic-Indic
])('a card number is seen in "%s"', (text) => {
  expect(holdsCardNumber(text)).toBe(true);
});

test.each([
  '4111111111111112', // fails Luhn's check
  '01012345678',
  '1732345678903', // epoch milliseconds that pass Luhn's check
  'device-1732345678903-7',
  '0190e5d2-1234-4567-8901-234567890123',
  'bill_12345678-1234-4567-a901-234567890123',
  '월세 2026-11 500000원',
  '2026-11-23 2026-12-23 1,500,000원',
])('no card number is seen in "%s"', (text) => {
  expect(holdsCardNumber(text)).toBe(false);
});

test('a token may hold digits by chance, but not a card number that stands apart', () => {
  expect(holdsCardData({ billingKey: 'bill_a4111111111111111b' })).toBe(false);
  expect(holdsCardData({ billingKey: PAN })).toBe(true);
  expect(holdsCardData({ purpose: 'bill_a4111111111111111b' })).toBe(true);
});

const luhnDigit = (digits: string): number => {
  const sum = [...digits].reverse().reduce((total, char, i) => {
    const doubled = Number(char) * (i % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return (10 - (sum % 10)) % 10;
};
const card = fc
  .stringMatching(/^[2-69]\d{11,17}$/)
  .map((digits) => digits.slice(0, 18))
  .map((digits) => `${digits}${luhnDigit(digits)}`);

test('a card number is found anywhere in a body, at any depth, as text or as a number', () => {
  fc.assert(
    fc.property(card, fc.constantFrom('purpose', 'issuer', 'x'), (number, field) => {
      expect(holdsCardData({ a: [{ [field]: `no. ${number}` }] })).toBe(true);
      expect(holdsCardData({ [number]: 1 })).toBe(true);
      expect(holdsCardData(Number(number.slice(0, 15)) === 0 ? number : { [field]: [number] })).toBe(true);
    }),
  );
  expect(holdsCardData({ principal: Number(PAN) })).toBe(true);
});

test.each(['cardNumber', 'card_number', 'CVC', 'cvv2', 'security-code', 'pan'])(
  'a field named %s is refused whatever it holds',
  (field) => {
    expect(holdsCardData({ card: { [field]: 'x' } })).toBe(true);
  },
);

test('an account number may pass the check of card numbers by chance', () => {
  expect(holdsCardData({ accountNumber: '42222222222222' })).toBe(false);
  expect(holdsCardData({ accountNumber: { note: PAN } })).toBe(true);
});

test('a deeply nested body is searched without overflowing the stack', () => {
  let json: unknown = PAN;
  for (let depth = 0; depth < 100_000; depth++) json = [json];
  expect(holdsCardData(json)).toBe(true);
});
