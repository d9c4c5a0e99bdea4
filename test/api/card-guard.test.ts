import fc from 'fast-check';
import { holdsCardData } from '../../api/http/middleware/card-guard';

const PAN = '4111111111111111';

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
const card = fc.stringMatching(/^4\d{14}$/).map((digits) => `${digits}${luhnDigit(digits)}`);

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

test('an account number, and the number of a slip, may pass the check of card numbers by chance', () => {
  expect(holdsCardData({ accountNumber: '42222222222222' })).toBe(false);
  expect(holdsCardData({ bankReference: PAN })).toBe(false);
  expect(holdsCardData({ accountNumber: { note: PAN } })).toBe(true);
});

test('a deeply nested body is searched without overflowing the stack', () => {
  let json: unknown = PAN;
  for (let depth = 0; depth < 100_000; depth++) json = [json];
  expect(holdsCardData(json)).toBe(true);
});
