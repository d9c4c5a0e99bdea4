import fc from 'fast-check';
import { mayWait } from '../../workflows/domain/notices';
import { leavesAt } from '../../workflows/domain/quiet-hours';
import { NOTICE_TEMPLATES } from '../../workflows/domain/words/notice-previews';

const kst = (time: string): Date => new Date(`${time}+09:00`);

test.each([
  ['2026-12-01T08:59:59.999', '2026-12-01T09:00:00.000', 'a moment before the day'],
  ['2026-12-01T09:00:00.000', '2026-12-01T09:00:00.000', 'as the day begins'],
  ['2026-12-01T20:59:59.999', '2026-12-01T20:59:59.999', 'the last moment of the day'],
  ['2026-12-01T21:00:00.000', '2026-12-02T09:00:00.000', 'as the night begins'],
  ['2026-12-31T23:59:59.999', '2027-01-01T09:00:00.000', 'the last moment of a year'],
  ['2027-01-01T00:00:00.000', '2027-01-01T09:00:00.000', 'at midnight'],
  ['2028-02-28T22:00:00.000', '2028-02-29T09:00:00.000', 'the evening before a leap day'],
])('what can wait and is put in at %s leaves at %s: %s', (at, leaves) => {
  for (const template of NOTICE_TEMPLATES.filter(mayWait)) expect(leavesAt(template, kst(at))).toEqual(kst(leaves));
});

test('news of money, of the account and codes leave at any hour; grades and cards can wait', () => {
  const night = kst('2026-12-01T03:00:00');
  const waiting = NOTICE_TEMPLATES.filter((template) => leavesAt(template, night) > night);
  expect(waiting).toEqual(['grade-changed', 'card-expiring', 'card-declining']);
});

test('whenever it is put in, it leaves by day, not before, and within twelve hours', () => {
  const instants = fc.date({ min: new Date('2026-01-01'), max: new Date('2036-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(instants, (at) => {
      const leaves = leavesAt('grade-changed', at);
      const hour = (leaves.getUTCHours() + 9) % 24;
      expect(hour >= 9 && hour < 21).toBe(true);
      expect(leaves.getTime()).toBeGreaterThanOrEqual(at.getTime());
      expect(leaves.getTime() - at.getTime()).toBeLessThanOrEqual(12 * 3_600_000);
    }),
  );
});
