/** A clock that a test sets by KST time of day; it goes on from there as the real one does. */
export interface KstClock {
  readonly now: () => Date;
  /** From now on it is this time (`HH:MM:SS`), `daysLater` KST days after the day the clock was made. */
  set(kst: string, daysLater?: number): void;
}

const DAY_MS = 86_400_000;

export function kstClockAt(kst: string): KstClock {
  const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
  const aheadMs = (time: string) => new Date(`${today}T${time}+09:00`).getTime() - Date.now();
  let ahead = aheadMs(kst);
  return {
    now: () => new Date(Date.now() + ahead),
    set(time, daysLater = 0) {
      ahead = aheadMs(time) + daysLater * DAY_MS;
    },
  };
}
