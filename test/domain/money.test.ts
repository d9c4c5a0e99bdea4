import fc from 'fast-check';
import { addWon, bpsFloor, parseWon, subtractWon, type Won, won } from '../../workflows/domain/money';

const MAX = Number.MAX_SAFE_INTEGER;
/** Amounts of every size, with those around the limits of int4 and of exact doubles more often than chance would have it. */
const amount = fc
  .oneof(
    fc.integer({ min: 0, max: 20_000 }),
    fc.integer({ min: 2 ** 31 - 1_000, max: 2 ** 31 + 1_000 }),
    fc.integer({ min: MAX - 1_000, max: MAX }),
    fc.integer({ min: 0, max: MAX }),
  )
  .map((n) => won(n));
const rate = fc.integer({ min: 0, max: 10_000 });

test('an amount of won is a whole number from 0 to the largest exact integer', () => {
  for (const good of [0, 1, 2 ** 31, 2 ** 53 - 1]) expect(won(good)).toBe(good);
  for (const bad of [-1, 0.5, 2 ** 53, 1e21, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(() => won(bad)).toThrow(RangeError);
});

test('a text, a bigint or nothing at all never becomes an amount', () => {
  for (const bad of ['1', '1000', '', null, undefined, 10n, true, [], {}])
    expect(() => won(bad as unknown as number)).toThrow(RangeError);
});

test('a column of money is read exactly or not at all', () => {
  fc.assert(fc.property(amount, (n) => parseWon(String(n)) === n));
  for (const bad of ['', ' ', '-1', '1.5', '1e3', '0x10', '９', '1,000', '9007199254740992', '9223372036854775807'])
    expect(() => parseWon(bad)).toThrow(RangeError);
});

test('a share in basis points is the exact product with the fraction of a won dropped', () => {
  fc.assert(
    fc.property(amount, rate, (n, bps) => BigInt(bpsFloor(n, bps)) === (BigInt(n) * BigInt(bps)) / 10_000n),
    { numRuns: 2_000 },
  );
});

test('a rate outside 0 to 10,000 basis points, or a broken one, is refused', () => {
  for (const bad of [-1, 10_001, 2.9, Number.NaN]) expect(() => bpsFloor(won(1_000), bad)).toThrow(RangeError);
});

test('sums beyond the exact integers and debts below zero are refused, never rounded', () => {
  fc.assert(
    fc.property(amount, amount, (a, b) => {
      const exact = BigInt(a) + BigInt(b);
      if (exact <= BigInt(MAX)) expect(BigInt(addWon(a, b))).toBe(exact);
      else expect(() => addWon(a, b)).toThrow(RangeError);
      if (a >= b) expect(addWon(subtractWon(a, b), b)).toBe(a);
      else expect(() => subtractWon(a, b)).toThrow(RangeError);
    }),
  );
  expect(() => addWon(won(MAX), 1 as Won)).toThrow(RangeError);
});
