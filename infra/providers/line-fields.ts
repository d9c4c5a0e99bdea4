/**
 * What a field of a provider's list may be. Guards by hand: a schema for each of a million lines costs more than
 * everything else of the reading.
 */
import { numberOf } from './wire';

/** A text of 1 to 200 characters. */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 200;
/** Whole won, also told as a text of its digits; null: neither. */
export function wholeOf(value: unknown): number | null {
  const told = numberOf(value);
  return Number.isSafeInteger(told) ? (told as number) : null;
}
const DAY = /^\d{4}-\d\d-\d\d$/;
/** A day of the calendar, `YYYY-MM-DD`. */
export const isDay = (value: unknown): value is string =>
  typeof value === 'string' && DAY.test(value) && isCalendarDay(value, Date.parse(value));
/** `Date.parse` takes the 30th of February for the 2nd of March; PostgreSQL does not. */
const isCalendarDay = (text: string, at: number): boolean =>
  !Number.isNaN(at) && Number(text.slice(8)) === new Date(at).getUTCDate();
const TIME = /^T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** ISO 8601 with its offset. */
export const isTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  isDay(value.slice(0, 10)) &&
  TIME.test(value.slice(10)) &&
  !Number.isNaN(Date.parse(value));
