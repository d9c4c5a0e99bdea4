/**
 * When banks can be paid, and the days and hours of Korea (spec §6, §8). Transfers run every day; each bank closes for
 * its maintenance. All instants are `Date`; days and hours of the clock are KST.
 */
import { DateTime, FixedOffsetZone } from 'luxon';

/**
 * A daily closing, KST `HH:mm`, from inclusive, until exclusive; it crosses midnight when `until` is not after `from`.
 */
export interface MaintenanceWindow {
  readonly from: string;
  readonly until: string;
  /** First and last KST day (`YYYY-MM-DD`) on which it begins; null: no last day. */
  readonly firstDay: string;
  readonly lastDay: string | null;
}

/** When a bank is closed: from inclusive, until exclusive. */
interface Closing {
  readonly from: Date;
  readonly until: Date;
}

/** Banks announce their own spans within this one and change them without notice: all of it is kept clear. */
const COMMON: readonly MaintenanceWindow[] = [{ from: '23:30', until: '00:30', firstDay: '2020-01-01', lastDay: null }];

/**
 * Banks whose windows differ from the common span. A change is a new entry with its first day; the old one gets its
 * last.
 */
const BY_BANK: Readonly<Record<string, readonly MaintenanceWindow[]>> = { '092': [] };

/** PLIC's own sending bank has no window. A transfer needs both sides open. */
const SENDING_BANK: readonly MaintenanceWindow[] = [];

const RETRY_BATCH_HOURS = [9, 14];

/** Korea has had no other offset since 1988; by name a zone's offset is looked up at every step, fifty times slower. */
export const KST = FixedOffsetZone.instance(9 * 60);

const kst = (at: Date): DateTime => DateTime.fromJSDate(at, { zone: KST });

/** The KST calendar day, `YYYY-MM-DD`. */
export function kstDayOf(at: Date): string {
  return kst(at).toFormat('yyyy-MM-dd');
}

/** The first instant of the KST calendar day `YYYY-MM-DD`, or of the day that is `after` days later. */
export function kstDayStart(day: string, after = 0): Date {
  return DateTime.fromISO(day, { zone: KST }).plus({ days: after }).toJSDate();
}

/** The instant by the clock of Korea, to the second: `2026-03-02T14:05:00+09:00`. */
export function kstTimeOf(at: Date): string {
  return kst(at).toFormat("yyyy-MM-dd'T'HH:mm:ssZZ");
}

/** The first instant of the KST month that is `back` months before that of the instant; negative: after it. */
export function kstMonthStart(at: Date, back = 0): Date {
  return kst(at).startOf('month').minus({ months: back }).toJSDate();
}

/** The next KST midnight after the instant. */
export function nextKstMidnight(at: Date): Date {
  return kst(at).startOf('day').plus({ days: 1 }).toJSDate();
}

/** The next run of the transfer-retry batch (09:00 or 14:00 KST) after the instant. */
export function nextRetryBatchAt(at: Date): Date {
  const today = kst(at).startOf('day');
  const runs = [today, today.plus({ days: 1 })].flatMap((day) => RETRY_BATCH_HOURS.map((hour) => day.set({ hour })));
  return (runs.find((run) => run.toMillis() > at.getTime()) as DateTime).toJSDate();
}

/** The windows a transfer to this bank must avoid; a bank that has no entry closes for the common span. */
function windowsOf(bankCode: string): readonly MaintenanceWindow[] {
  return [...SENDING_BANK, ...(BY_BANK[bankCode] ?? COMMON)];
}

/** When a transfer to the bank becomes possible; null when it is possible now. */
export function opensAt(
  bankCode: string,
  at: Date,
  windows: readonly MaintenanceWindow[] = windowsOf(bankCode),
): Date | null {
  const ends = windows.map((window) => endOfClosing(window, at)).filter((end) => end !== null);
  if (ends.length === 0) return null;
  const latest = new Date(Math.max(...ends.map((end) => end.getTime())));
  return opensAt(bankCode, latest, windows) ?? latest; // another window may begin before this one ends
}

/** The closing that covers the instant, or else the next one; null when the bank never closes again. */
export function nextClosing(
  bankCode: string,
  at: Date,
  windows: readonly MaintenanceWindow[] = windowsOf(bankCode),
): Closing | null {
  const all = windows.flatMap((window) => closingsFrom(window, at));
  const [first] = all.sort((a, b) => a.from.getTime() - b.from.getTime());
  return first ? { from: first.from, until: opensAt(bankCode, first.from, windows) ?? first.until } : null;
}

/** The end of the window's occurrence that covers the instant; null when none does. */
function endOfClosing(window: MaintenanceWindow, at: Date): Date | null {
  return closingsFrom(window, at).find(({ from }) => from <= at)?.until ?? null;
}

/** The window's occurrences that are not over at the instant, those that begin by the next day, or the first ever. */
function closingsFrom(window: MaintenanceWindow, at: Date): Closing[] {
  const today = kst(at).startOf('day');
  const first = DateTime.fromISO(window.firstDay, { zone: KST });
  const days = [-1, 0, 1].map((days) => today.plus({ days }));
  return [...days, ...(first > today.plus({ days: 1 }) ? [first] : [])]
    .filter((day) => day >= first && (window.lastDay === null || day.toFormat('yyyy-MM-dd') <= window.lastDay))
    .map((day) => ({
      from: atClock(day, window.from).toJSDate(),
      until: atClock(window.until > window.from ? day : day.plus({ days: 1 }), window.until).toJSDate(),
    }))
    .filter(({ until }) => at < until);
}

function atClock(day: DateTime, clock: string): DateTime {
  const [hour, minute] = clock.split(':').map(Number);
  return day.set({ hour: hour as number, minute: minute as number });
}
