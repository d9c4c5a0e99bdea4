import fc from 'fast-check';
import { PG_COST_BPS, PRINCIPAL_LIMITS, pgCost, quote } from '../../workflows/domain/fees';
import { won } from '../../workflows/domain/money';

/** Every principal a configuration could allow, far beyond today's limit. */
const principal = fc.oneof(fc.integer({ min: 1, max: 5_000_000 }), fc.integer({ min: 1, max: 2 ** 51 })).map(won);
const rate = fc.integer({ min: 0, max: 10_000 });

test('the payer is charged the principal and the fee, and nothing else', () => {
  fc.assert(
    fc.property(principal, rate, (p, bps) => {
      const { principal: same, fee, total } = quote(p, bps);
      expect(same).toBe(p);
      expect(BigInt(total)).toBe(BigInt(p) + BigInt(fee));
    }),
  );
});

test('a fee is never negative and never more than its rate of the principal', () => {
  fc.assert(
    fc.property(principal, rate, (p, bps) => {
      const { fee } = quote(p, bps);
      const exact = BigInt(p) * BigInt(bps);
      return fee >= 0 && BigInt(fee) * 10_000n <= exact && exact < (BigInt(fee) + 1n) * 10_000n;
    }),
  );
});

test('a larger principal or a higher rate never costs less', () => {
  fc.assert(
    fc.property(principal, principal, rate, rate, (p, q, a, b) => {
      const fee = quote(won(Math.min(p, q)), Math.min(a, b)).fee;
      return (
        fee <= quote(won(Math.max(p, q)), Math.min(a, b)).fee && fee <= quote(won(Math.min(p, q)), Math.max(a, b)).fee
      );
    }),
  );
});

test.each([
  [1_000, 300, 30],
  [1_033, 300, 30], // 30.99
  [1_034, 300, 31], // 31.02
  [33, 300, 0], // 0.99
  [777_777, 290, 22_555], // 22,555.533
  [5_000_000, 280, 140_000],
  [123_457, 270, 3_333], // 3,333.339
])('the fraction of a won is dropped: %d won at %d bps cost %d', (amount, bps, fee) => {
  expect(quote(won(amount), bps).fee).toBe(fee);
});

test('the PG keeps 2.5 % of the total, its fraction of a won dropped', () => {
  expect(PG_COST_BPS).toBe(250);
  expect(pgCost(won(1_030))).toBe(25); // 25.75
  fc.assert(fc.property(principal, (t) => BigInt(pgCost(t)) === (BigInt(t) * 250n) / 10_000n));
});

test('a deal carries from 1,000 to 5,000,000 won', () => {
  expect(PRINCIPAL_LIMITS).toEqual({ min: 1_000, max: 5_000_000 });
});

test('within the limits the default fee always covers what the PG keeps', () => {
  const allowed = fc.integer({ min: PRINCIPAL_LIMITS.min, max: PRINCIPAL_LIMITS.max }).map(won);
  fc.assert(
    fc.property(allowed, (p) => {
      const { fee, total } = quote(p, 300);
      return fee >= pgCost(total);
    }),
  );
});
