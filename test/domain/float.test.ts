import fc from 'fast-check';
import { judgeFloat } from '../../workflows/domain/float';
import { won } from '../../workflows/domain/money';

const HEADROOM = won(20_000_000);
const judge = (balance: number, inFlight: number, headroom: number = HEADROOM) =>
  judgeFloat({ balance: won(balance), inFlight: won(inFlight), headroom: won(headroom) });

test.each([
  [20_000_000, 0, 'between'],
  [19_999_999, 0, 'low'],
  [29_999_999, 0, 'between'],
  [30_000_000, 0, 'ample'],
  [35_000_000, 5_000_000, 'ample'],
  [25_000_000, 5_000_001, 'low'],
  [0, 5_000_000, 'low'],
])('a float of %i won with %i won in flight is %s at a headroom of 20,000,000', (balance, inFlight, standing) => {
  expect(judge(balance, inFlight)).toBe(standing);
});

test('an odd headroom has its half won too', () => {
  expect(judge(4, 0, 3)).toBe('between');
  expect(judge(5, 0, 3)).toBe('ample');
});

test('more money never makes a float worse, and more in flight never better', () => {
  const rank = { low: 0, between: 1, ample: 2 };
  const amount = fc.integer({ min: 0, max: 2 ** 40 });
  fc.assert(
    fc.property(amount, amount, amount, amount, (balance, inFlight, headroom, more) => {
      const now = rank[judge(balance, inFlight, headroom)];
      expect(rank[judge(balance + more, inFlight, headroom)]).toBeGreaterThanOrEqual(now);
      expect(rank[judge(balance, inFlight + more, headroom)]).toBeLessThanOrEqual(now);
    }),
  );
});
