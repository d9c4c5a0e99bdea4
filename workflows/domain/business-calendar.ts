/**
 * Business days of Korea (영업일), for settlement and card statements; transfers run every day. Holidays are data: they
 * change by law within months (2026: 제헌절 and 노동절 became holidays), so a change is an edit of this table and nothing
 * else. Days are KST.
 */
import { DateTime } from 'luxon';
import { KST } from './bank-calendar';

/** Public holidays and their substitutes that fall on weekdays, by year (관공서의 공휴일에 관한 규정). */
const HOLIDAYS: Readonly<Record<number, readonly string[]>> = {
  2026: [
    ...['01-01', '02-16', '02-17', '02-18', '03-02', '05-01', '05-05', '05-25', '06-03', '07-17'],
    ...['08-17', '09-24', '09-25', '10-05', '10-09', '12-25'],
  ],
  2027: [
    ...['01-01', '02-08', '02-09', '03-01', '05-03', '05-05', '05-13', '07-19', '08-16'],
    ...['09-14', '09-15', '09-16', '10-04', '10-11', '12-27'],
  ],
};

const kstDay = (at: Date): DateTime => DateTime.fromJSDate(at, { zone: KST }).startOf('day');

function isBusiness(day: DateTime): boolean {
  if (day.weekday > 5) return false;
  return !HOLIDAYS[day.year]?.includes(day.toFormat('MM-dd'));
}

/** Whether banks and card companies work on the KST day of the instant. A year without data has weekends only. */
export function isBusinessDay(at: Date): boolean {
  return isBusiness(kstDay(at));
}

/**
 * The KST day, `YYYY-MM-DD`, that is `days` (≥ 1) business days after the day of the instant, which itself is not
 * counted.
 */
export function businessDayAfter(at: Date, days: number): string {
  let day = kstDay(at);
  for (let left = days; left > 0; ) {
    day = day.plus({ days: 1 });
    if (isBusiness(day)) left -= 1;
  }
  return day.toFormat('yyyy-MM-dd');
}
