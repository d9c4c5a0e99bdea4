/** What can wait leaves by day, in Korea: nobody is woken by it. News of money and codes leave at any hour. */
import { kstDayOf, kstDayStart } from './bank-calendar';
import { mayWait, type NoticeTemplate } from './notices';

const HOUR_MS = 3_600_000;
/** KST hours, from inclusive, until exclusive. */
export const BY_DAY = { from: 9, until: 21 } as const;

/** When the notice leaves that is put in at the instant: then, or when the day begins for one that can wait. */
export function leavesAt(template: NoticeTemplate, at: Date): Date {
  if (!mayWait(template)) return at;
  const midnight = kstDayStart(kstDayOf(at));
  const hours = (at.getTime() - midnight.getTime()) / HOUR_MS;
  if (hours >= BY_DAY.from && hours < BY_DAY.until) return at;
  const day = hours < BY_DAY.from ? midnight : kstDayStart(kstDayOf(at), 1);
  return new Date(day.getTime() + BY_DAY.from * HOUR_MS);
}
