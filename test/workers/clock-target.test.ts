/** What a request to put the clock forward means, and which are refused. */
import { targetOf } from '../../workers/clock/target';

const REAL = new Date('2026-12-01T09:00:00+09:00');
const HOUR = 3_600_000;
const AN_HOUR_AHEAD = { aheadMs: HOUR };
const asked = (body: unknown) => targetOf(body, AN_HOUR_AHEAD, REAL);

test.each([
  [{ advance: 'PT36H' }, 37 * HOUR],
  [{ advance: 'P1M' }, (31 * 24 + 1) * HOUR], // a month of Korea's calendar
  [{ advance: 'PT0S' }, HOUR],
  [{ now: '2026-12-02T10:00:00+09:00' }, 25 * HOUR],
  [{ now: '2026-12-02T01:00:00Z' }, 25 * HOUR],
])('%j is taken', (body, aheadMs) => {
  expect(asked(body)).toEqual({ kind: 'ahead', aheadMs });
});

test.each([
  [undefined, 'INVALID_TIME'],
  [null, 'INVALID_TIME'],
  ['PT1H', 'INVALID_TIME'],
  [{}, 'INVALID_TIME'],
  [{ now: '2026-12-02' }, 'INVALID_TIME'],
  [{ now: '2026-12-02T10:00:00' }, 'INVALID_TIME'], // of which place?
  [{ now: '2026-02-30T10:00:00+09:00' }, 'INVALID_TIME'],
  [{ now: '2026-12-02T10:00:00+09:00', advance: 'PT1H' }, 'INVALID_TIME'],
  [{ advance: 3_600_000 }, 'INVALID_TIME'],
  [{ advance: '36h' }, 'INVALID_TIME'],
  [{ advance: '-PT1H' }, 'INVALID_TIME'],
  [{ advance: 'P99999999999Y' }, 'INVALID_TIME'],
  [{ now: '2026-12-01T09:59:59+09:00' }, 'CLOCK_BACKWARDS'], // later than the machine's, earlier than what it shows
  [{ advance: 'P63D' }, 'TOO_FAR'],
  [{ now: '2030-01-01T00:00:00+09:00' }, 'TOO_FAR'],
])('%j is refused in words: %s', (body, code) => {
  expect(asked(body)).toMatchObject({ kind: 'refused', code, message: expect.stringMatching(/\w+ \w+/) });
});
