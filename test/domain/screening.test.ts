import fc from 'fast-check';
import { won } from '../../workflows/domain/money';
import { judge, RISK_LIMITS, type RiskFacts } from '../../workflows/domain/screening';

const HOUR = 3_600_000;
const calm: RiskFacts = {
  principal: won(10_000),
  memberForMs: 48 * HOUR,
  counters: { userDailyCount: 1, userDailyAmount: 10_000, cardHourlyCount: 1 },
};
const withCounters = (counters: Partial<RiskFacts['counters']>): RiskFacts => ({
  ...calm,
  counters: { ...calm.counters, ...counters },
});

test('an ordinary deal of an old member passes without a rule', () => {
  expect(judge(calm)).toEqual({ verdict: 'PASS', rules: [] });
});

test('the fifth deal of a day passes and the sixth is blocked', () => {
  expect(judge(withCounters({ userDailyCount: 5 })).verdict).toBe('PASS');
  expect(judge(withCounters({ userDailyCount: 6 }))).toEqual({ verdict: 'BLOCK', rules: ['user-daily-count'] });
});

test('5,000,000 won a day pass and one won more is blocked', () => {
  expect(judge(withCounters({ userDailyAmount: 5_000_000 })).verdict).toBe('PASS');
  expect(judge(withCounters({ userDailyAmount: 5_000_001 }))).toEqual({
    verdict: 'BLOCK',
    rules: ['user-daily-amount'],
  });
});

test('the third charge of a card in an hour passes and the fourth is blocked', () => {
  expect(judge(withCounters({ cardHourlyCount: 3 })).verdict).toBe('PASS');
  expect(judge(withCounters({ cardHourlyCount: 4 }))).toEqual({ verdict: 'BLOCK', rules: ['card-hourly-count'] });
});

test('a member younger than 24 hours with 1,000,000 won or more is held for review', () => {
  const young = { ...calm, memberForMs: 24 * HOUR - 1 };
  expect(judge({ ...young, principal: won(1_000_000) })).toEqual({
    verdict: 'ALERT',
    rules: ['new-member-high-amount'],
  });
  expect(judge({ ...young, principal: won(999_999) }).verdict).toBe('PASS');
  expect(judge({ ...calm, memberForMs: 24 * HOUR, principal: won(1_000_000) }).verdict).toBe('PASS');
});

const facts: fc.Arbitrary<RiskFacts> = fc.record({
  principal: fc.integer({ min: 1_000, max: 5_000_000 }).map(won),
  memberForMs: fc.integer({ min: 0, max: 72 * HOUR }),
  counters: fc.record({
    userDailyCount: fc.integer({ min: 1, max: 8 }),
    userDailyAmount: fc.integer({ min: 1_000, max: 8_000_000 }),
    cardHourlyCount: fc.integer({ min: 1, max: 5 }),
  }),
});

test('a block always wins over a review, and names every limit that is exceeded', () => {
  fc.assert(
    fc.property(facts, (f) => {
      const { userDailyCount, userDailyAmount, cardHourlyCount } = f.counters;
      const exceeded = [
        ...(userDailyCount > 5 ? ['user-daily-count'] : []),
        ...(userDailyAmount > 5_000_000 ? ['user-daily-amount'] : []),
        ...(cardHourlyCount > 3 ? ['card-hourly-count'] : []),
      ];
      const { verdict, rules } = judge(f);
      expect(verdict === 'BLOCK').toBe(exceeded.length > 0);
      if (exceeded.length > 0) expect([...rules].sort()).toEqual(exceeded.sort());
    }),
  );
});

test('the limits are data: another set of limits gives another verdict', () => {
  expect(judge(withCounters({ userDailyCount: 6 }), { ...RISK_LIMITS, dealsPerDay: 6 }).verdict).toBe('PASS');
});
