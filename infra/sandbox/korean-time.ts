const KST_OFFSET_MS = 9 * 3_600_000; // no daylight saving in Korea since 1988
const DAY_MS = 86_400_000;

/** @returns `2026-03-02T09:00:00.000+09:00` for a time in ms since the epoch */
export const kstTime = (ms: number): string => new Date(ms + KST_OFFSET_MS).toISOString().replace('Z', '+09:00');

/** @returns the KST day `days` weekdays later; public holidays are not known here */
export function weekdaysLater(ms: number, days: number): string {
  let at = ms + KST_OFFSET_MS;
  for (let left = days; left > 0; ) {
    at += DAY_MS;
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return new Date(at).toISOString().slice(0, 10);
}
