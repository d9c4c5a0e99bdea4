/**
 * When banks can be paid, and the days and hours of Korea (spec §6, §8). Transfers run every day; each bank closes for
 * its maintenance. All instants are `Date`; days and hours of the clock are KST.
 */
import { DateTime } from 'luxon';

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

const kst = (at: Date): DateTime => DateTime.fromJSDate(at, { zone: 'Asia/Seoul' });

/** The KST calendar day, `YYYY-MM-DD`. */
export function kstDayOf(at: Date): string {
  return kst(at).toFormat('yyyy-MM-dd');
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

/** The end of the window's occurrence that covers the instant; null when none does. */
function endOfClosing(window: MaintenanceWindow, at: Date): Date | null {
  const today = kst(at).startOf('day');
  for (const day of [today.minus({ days: 1 }), today]) {
    const date = day.toFormat('yyyy-MM-dd');
    if (date < window.firstDay || (window.lastDay !== null && date > window.lastDay)) continue;
    const begin = atClock(day, window.from);
    const end = atClock(window.until > window.from ? day : day.plus({ days: 1 }), window.until);
    if (begin.toMillis() <= at.getTime() && at.getTime() < end.toMillis()) return end.toJSDate();
  }
  return null;
}

function atClock(day: DateTime, clock: string): DateTime {
  const [hour, minute] = clock.split(':').map(Number);
  return day.set({ hour: hour as number, minute: minute as number });
}
