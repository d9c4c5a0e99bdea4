import type { Leg } from '../../workflows/domain/provider-news';
import { dependsOnEarlier, type Earlier, judge, type Told, unsettledMs } from '../../workflows/domain/verdicts';

/** The decision table of spec/verdicts.md, cell by cell; `some`: whether the unknown send is older than it may take or not. */
const FAILED = { verdict: 'failed' };
const WATCHED = { verdict: 'failed', watched: true };
const DONE = { verdict: 'done' };
const UNKNOWN = { verdict: 'unknown' };
const ONCE_SETTLED = { verdict: 'unknown', again: 'once-settled' };
const NEVER = { verdict: 'unknown', again: 'never' };

type Cells = Partial<Record<Told, Readonly<Record<Earlier, object>>>>;
const any = (cell: object) => ({ none: cell, settled: cell, young: cell });

const CHARGE: Cells = {
  'sent-failed': { none: FAILED, settled: WATCHED, young: ONCE_SETTLED },
  'sent-key-refused': { none: FAILED, settled: NEVER, young: NEVER },
  'sent-refused': any(UNKNOWN),
  'sent-done': any(DONE),
  'ruled-done': any(DONE),
  listed: any(DONE),
  unlisted: any(FAILED),
  nothing: any(UNKNOWN),
};
const TRANSFER: Cells = {
  'sent-done': any(DONE),
  'sent-failed': { none: FAILED, settled: UNKNOWN, young: UNKNOWN },
  'sent-processing': any(UNKNOWN),
  'sent-refused': any(UNKNOWN),
  'found-done': any(DONE),
  'found-returned': any(DONE),
  'found-failed': any(FAILED),
  'found-processing': any(UNKNOWN),
  'found-nothing': any(UNKNOWN),
  unlisted: any(FAILED),
  'ruled-done': any(DONE),
  'ruled-failed': any(FAILED),
};
const REFUND: Cells = {
  'sent-done': any(DONE),
  'sent-failed': any(UNKNOWN),
  'sent-refused': any(UNKNOWN),
  'ruled-done': any(DONE),
  listed: any(DONE),
  unlisted: any(FAILED),
  nothing: any(UNKNOWN),
};

const CELLS = Object.entries({ charge: CHARGE, transfer: TRANSFER, refund: REFUND } as Record<Leg, Cells>).flatMap(
  ([leg, told]) =>
    Object.entries(told).flatMap(([answer, cells]) =>
      Object.entries(cells).map(
        ([earlier, verdict]) => [leg, answer, earlier, verdict] as [Leg, Told, Earlier, object],
      ),
    ),
);

test.each(CELLS)('%s: %s, other sends unknown: %s, is %j', (leg, told, earlier, verdict) => {
  expect(judge(leg, earlier, told)).toEqual(verdict);
});

test('the other sends are looked at wherever they matter, and only there', () => {
  for (const [leg, told] of CELLS) {
    const meanings = (['none', 'settled', 'young'] as const).map((earlier) =>
      JSON.stringify(judge(leg, earlier, told)),
    );
    expect(dependsOnEarlier(leg, told)).toBe(new Set(meanings).size > 1);
  }
});

test('a send has ended once it is as old as a call may be, to the millisecond', () => {
  const sentAt = new Date('2026-03-02T10:00:00Z');
  const left = (ms: number) => unsettledMs(sentAt, 60_000, new Date(sentAt.getTime() + ms));
  expect([left(0), left(59_999), left(60_000), left(90_000)]).toEqual([60_000, 1, 0, 0]);
});
