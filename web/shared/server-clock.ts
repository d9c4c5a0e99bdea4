/** The server's time: a device's clock may be an hour wrong, and what expires does so by the server's. */

/** How far the server's clock is ahead of this one, ms. */
let aheadMs = 0;

/** Learns the time from an answer's `Date` (whole seconds; the middle of the second is taken). */
export function learnTime(answer: Response): void {
  const date = Date.parse(answer.headers.get('date') ?? '');
  if (!Number.isNaN(date)) aheadMs = date + 500 - Date.now();
}

/** Now, by the server: ms since 1970 (UTC). */
export const serverNow = (): number => Date.now() + aheadMs;
