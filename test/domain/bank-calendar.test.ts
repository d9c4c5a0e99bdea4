import fc from 'fast-check';
import {
  kstDayOf,
  type MaintenanceWindow,
  nextClosing,
  nextKstMidnight,
  nextRetryBatchAt,
  opensAt,
} from '../../workflows/domain/bank-calendar';
import { BANKS, isBankCode } from '../../workflows/domain/banks';
import { amountBandOf } from '../../workflows/domain/deal-header';
import { won } from '../../workflows/domain/money';

const kst = (text: string): Date => new Date(`${text}+09:00`);
const instant = fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

test('a day is the Korean calendar day', () => {
  expect(kstDayOf(new Date('2026-03-01T14:59:59.999Z'))).toBe('2026-03-01');
  expect(kstDayOf(new Date('2026-03-01T15:00:00.000Z'))).toBe('2026-03-02');
});

test('a bank is closed from 23:30 to 00:30, across midnight', () => {
  const cases: [at: string, opens: string | null][] = [
    ['2026-03-02T23:29:59.999', null],
    ['2026-03-02T23:30:00', '2026-03-03T00:30:00'],
    ['2026-03-02T23:59:59.999', '2026-03-03T00:30:00'],
    ['2026-03-03T00:00:00', '2026-03-03T00:30:00'],
    ['2026-03-03T00:29:59.999', '2026-03-03T00:30:00'],
    ['2026-03-03T00:30:00', null],
    ['2026-12-31T23:45:00', '2027-01-01T00:30:00'],
    ['2026-03-02T12:00:00', null],
  ];
  for (const [at, opens] of cases) expect([at, opensAt('004', kst(at))]).toEqual([at, opens && kst(opens)]);
});

test('Toss Bank never closes; a bank without an entry closes like the others', () => {
  fc.assert(fc.property(instant, (at) => opensAt('092', at) === null));
  expect(opensAt('999', kst('2026-03-02T23:40:00'))).toEqual(kst('2026-03-03T00:30:00'));
});

test('when a bank opens it is open, and that is never more than an hour away', () => {
  fc.assert(
    fc.property(instant, fc.constantFrom(...Object.keys(BANKS)), (at, bank) => {
      const opens = opensAt(bank, at);
      if (opens === null) return true;
      const waitMs = opens.getTime() - at.getTime();
      return waitMs > 0 && waitMs <= 3_600_000 && opensAt(bank, opens) === null;
    }),
  );
});

test('windows are dated: each holds only between its first and last day', () => {
  const window: MaintenanceWindow = { from: '23:00', until: '01:00', firstDay: '2026-03-02', lastDay: '2026-03-03' };
  const opens = (at: string) => opensAt('004', kst(at), [window]);
  expect(opens('2026-03-01T23:30:00')).toBeNull();
  expect(opens('2026-03-02T00:30:00')).toBeNull();
  expect(opens('2026-03-02T23:30:00')).toEqual(kst('2026-03-03T01:00:00'));
  expect(opens('2026-03-04T00:30:00')).toEqual(kst('2026-03-04T01:00:00'));
  expect(opens('2026-03-04T23:30:00')).toBeNull();
});

test('windows that touch or overlap are one closing', () => {
  const days = { firstDay: '2026-01-01', lastDay: null };
  const windows = [
    { ...days, from: '23:30', until: '00:30' },
    { ...days, from: '00:20', until: '02:00' },
    { ...days, from: '02:00', until: '06:00' },
  ];
  expect(opensAt('004', kst('2026-03-02T23:40:00'), windows)).toEqual(kst('2026-03-03T06:00:00'));
});

test('the next closing is the one that goes on, or the first to come', () => {
  const closing = (at: string, bank = '004') => nextClosing(bank, kst(at));
  const night = { from: kst('2026-03-02T23:30:00'), until: kst('2026-03-03T00:30:00') };
  for (const at of ['2026-03-02T12:00:00', '2026-03-02T23:30:00', '2026-03-03T00:29:59.999'])
    expect([at, closing(at)]).toEqual([at, night]);
  expect(closing('2026-03-03T00:30:00')?.from).toEqual(kst('2026-03-03T23:30:00'));
  expect(closing('2026-03-02T12:00:00', '092')).toBeNull();
});

test('a closing that is announced for a later day is the next one, and one whose last day is over is none', () => {
  const window = { from: '02:00', until: '04:00', firstDay: '2026-03-10', lastDay: '2026-03-10' };
  const on = (at: string) => nextClosing('092', kst(at), [window]);
  const announced = { from: kst('2026-03-10T02:00:00'), until: kst('2026-03-10T04:00:00') };
  for (const at of ['2026-03-02T12:00:00', '2026-03-09T23:00:00', '2026-03-10T03:59:59'])
    expect([at, on(at)]).toEqual([at, announced]);
  expect(on('2026-03-10T04:00:00')).toBeNull();
});

test('a bank is open exactly outside of its next closing', () => {
  fc.assert(
    fc.property(instant, fc.constantFrom(...Object.keys(BANKS)), (at, bank) => {
      const closing = nextClosing(bank, at);
      const closed = closing !== null && closing.from <= at && at < closing.until;
      return closed === (opensAt(bank, at) !== null);
    }),
  );
});

test('the retry batch runs at 09:00 and 14:00, and the next one is always later', () => {
  const cases: [at: string, next: string][] = [
    ['2026-03-02T08:59:59.999', '2026-03-02T09:00:00'],
    ['2026-03-02T09:00:00', '2026-03-02T14:00:00'],
    ['2026-03-02T14:00:00', '2026-03-03T09:00:00'],
    ['2026-12-31T23:59:59', '2027-01-01T09:00:00'],
  ];
  for (const [at, next] of cases) expect([at, nextRetryBatchAt(kst(at))]).toEqual([at, kst(next)]);
  fc.assert(
    fc.property(instant, (at) => {
      const waitMs = nextRetryBatchAt(at).getTime() - at.getTime();
      return waitMs > 0 && waitMs <= 19 * 3_600_000;
    }),
  );
});

test('the next midnight begins the next Korean day', () => {
  expect(nextKstMidnight(kst('2026-03-02T00:00:00'))).toEqual(kst('2026-03-03T00:00:00'));
  fc.assert(
    fc.property(instant, (at) => {
      const midnight = nextKstMidnight(at);
      const waitMs = midnight.getTime() - at.getTime();
      return waitMs > 0 && waitMs <= 24 * 3_600_000 && kstDayOf(midnight) !== kstDayOf(at);
    }),
  );
});

test('banks have three-digit codes', () => {
  expect(Object.keys(BANKS).every((code) => /^\d{3}$/.test(code))).toBe(true);
  expect([isBankCode('092'), isBankCode('92'), isBankCode('toString')]).toEqual([true, false, false]);
});

test('a band tells an amount only roughly', () => {
  const bands = [1_000, 99_999, 100_000, 499_999, 500_000, 999_999, 1_000_000, 2_999_999, 3_000_000, 5_000_000];
  expect(bands.map((amount) => amountBandOf(won(amount)))).toEqual([
    '<100K',
    '<100K',
    '<500K',
    '<500K',
    '<1M',
    '<1M',
    '<3M',
    '<3M',
    '>=3M',
    '>=3M',
  ]);
});
