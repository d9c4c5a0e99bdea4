/** Amounts and times as people read them. Times are KST, whatever the device thinks. */
import type { Language } from '../../workflows/domain/words/words';

const LOCALE = { ko: 'ko-KR', en: 'en-GB' } as const;
const SEOUL = 'Asia/Seoul';
/** Korea has no summer time. */
const KST_AHEAD_MS = 9 * 3_600_000;

/** The day of Korea, `YYYY-MM-DD`. */
export const kstDay = (at: Date): string => new Date(at.getTime() + KST_AHEAD_MS).toISOString().slice(0, 10);

/** `1,030,000원`, `₩1,030,000`. */
export function wonText(amount: number, language: Language): string {
  const digits = new Intl.NumberFormat('ko-KR').format(amount);
  return language === 'ko' ? `${digits}원` : `₩${digits}`;
}

/** A rate of basis points: `3%`, `2.9%`. */
export const rateText = (bps: number): string => `${bps / 100}%`;

/** `오후 3:05`, with the day when it is not today's. `now`: ms (UTC). */
export function timeText(iso: string, language: Language, now: number): string {
  const at = new Date(iso);
  const day = kstDay(at) === kstDay(new Date(now)) ? {} : ({ month: 'short', day: 'numeric' } as const);
  return at.toLocaleString(LOCALE[language], { ...day, hour: 'numeric', minute: '2-digit', timeZone: SEOUL });
}

/** The day of an instant, long ago or not: `2026년 3월 2일`, `2 Mar 2026`. */
export function dateText(iso: string, language: Language): string {
  const long = { year: 'numeric', month: language === 'ko' ? 'long' : 'short', day: 'numeric' } as const;
  return new Date(iso).toLocaleDateString(LOCALE[language], { ...long, timeZone: SEOUL });
}

/** A day of Korea (`YYYY-MM-DD`): `12월 8일`, `8 Dec`. */
export function dayText(date: string, language: Language): string {
  const at = new Date(`${date}T00:00:00+09:00`);
  return at.toLocaleDateString(LOCALE[language], { month: 'short', day: 'numeric', timeZone: SEOUL });
}

/** A day of Korea with its year and weekday: `2026년 12월 8일 (화)`, `Tue 8 December 2026`. */
export function fullDayText(date: string, language: Language): string {
  const at = new Date(`${date}T00:00:00+09:00`);
  const parts = { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' } as const;
  return at.toLocaleDateString(LOCALE[language], { ...parts, timeZone: SEOUL });
}

/** A month of Korea (`YYYY-MM`): `2026년 12월`, `December 2026`. */
export function monthText(month: string, language: Language): string {
  const at = new Date(`${month}-01T00:00:00+09:00`);
  return at.toLocaleDateString(LOCALE[language], { year: 'numeric', month: 'long', timeZone: SEOUL });
}

/** A time that the API tells by Korea's clock, whole, as papers have it: `2026-03-02 14:05`. */
export const paperTimeText = (kstIso: string): string => kstIso.slice(0, 16).replace('T', ' ');
