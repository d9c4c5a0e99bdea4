import fc from 'fast-check';
import { businessDayAfter, isBusinessDay } from '../../workflows/domain/business-calendar';

const kst = (text: string): Date => new Date(`${text}+09:00`);
const instant = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-01'), noInvalidDate: true });

test('no one works on a weekend or a holiday, whatever hour it is in London', () => {
  expect(isBusinessDay(kst('2026-11-23T00:00:00'))).toBe(true); // Monday, still Sunday in UTC
  expect(isBusinessDay(kst('2026-11-22T23:59:59'))).toBe(false);
  expect(isBusinessDay(kst('2026-10-09T12:00:00'))).toBe(false); // 한글날
  expect(isBusinessDay(kst('2026-08-17T12:00:00'))).toBe(false); // substitute for 광복절
});

test('business days are counted over weekends and 추석', () => {
  expect(businessDayAfter(kst('2026-11-20T15:00:00'), 1)).toBe('2026-11-23');
  expect(businessDayAfter(kst('2026-09-23T15:00:00'), 1)).toBe('2026-09-28');
  expect(businessDayAfter(kst('2026-12-31T23:59:59'), 1)).toBe('2027-01-04');
});

test('the day found is a business day, later the more days are counted', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: 1, max: 10 }), (at, days) => {
      const found = businessDayAfter(at, days);
      expect(isBusinessDay(kst(`${found}T12:00:00`))).toBe(true);
      expect(businessDayAfter(at, days + 1) > found).toBe(true);
    }),
  );
});
