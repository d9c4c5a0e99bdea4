/** The clock that a run of the tests is given (PLIC_TEST_CLOCK). */
import { execFileSync } from 'node:child_process';
import { aheadMsOf, CLOCK_VARIABLE, withClock } from './clock';

const MINUTE_MS = 60_000;
/** 23:59 of the 27th in Korea. */
const NOW = new Date('2026-11-27T14:59:00Z');

test.each([
  ['23:59', 0],
  ['00:10', -(23 * 60 + 49) * MINUTE_MS],
  ['2026-11-28T00:01', 2 * MINUTE_MS],
])('%s is a time of today in Korea, or of the day that it names', (wanted, aheadMs) => {
  expect(aheadMsOf(wanted, NOW)).toBe(aheadMs);
});

test.each(['', '9:00', '25:00', '2026-13-01T00:00', 'noon'])('"%s" is no time, and says so', (wanted) => {
  expect(() => aheadMsOf(wanted, NOW)).toThrow(/PLIC_TEST_CLOCK is no time of day/);
});

/** What a process of a run with this clock sees: the time in Korea, how far its clocks are apart, and that a date is a Date. */
function seenWith(clock: string | undefined): { kst: string; apartMs: number; isDate: boolean } {
  const script = `const date = new Date();
    process.stdout.write(JSON.stringify({ kst: new Date(date.getTime() + 9 * 3600000).toISOString().slice(0, 16),
      apartMs: Math.abs(Date.now() - date.getTime()),
      isDate: date instanceof Date && date.constructor === Date && new Date(0).getTime() === 0 }))`;
  const env = withClock({ PATH: process.env.PATH, [CLOCK_VARIABLE]: clock });
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env }));
}

test('a process of the run has the clock that is asked for, in every way of reading it', () => {
  const { kst, apartMs, isDate } = seenWith('2031-01-31T23:45');
  expect(kst).toMatch(/^2031-01-31T23:4[56]$/);
  expect(apartMs).toBeLessThan(MINUTE_MS);
  expect(isDate).toBe(true);
});

test('without one it has the clock of the machine', () => {
  expect(withClock({ PATH: '/bin' })).toEqual({ PATH: '/bin' });
});

test('the clock of a test is the clock of the processes that it starts', () => {
  const seen = Number(
    execFileSync(process.execPath, ['-e', 'process.stdout.write(String(Date.now()))'], { encoding: 'utf8' }),
  );
  expect(Math.abs(Date.now() - seen)).toBeLessThan(MINUTE_MS);
});
