/** Amounts and times as people read them. Times are KST, whatever the device thinks. */
import type { Language } from '../../workflows/domain/words/words';

const LOCALE = { ko: 'ko-KR', en: 'en-GB' } as const;
const SEOUL = 'Asia/Seoul';

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
  const dayOf = (time: Date) => time.toLocaleDateString('en-CA', { timeZone: SEOUL });
  const day = dayOf(at) === dayOf(new Date(now)) ? {} : ({ month: 'short', day: 'numeric' } as const);
  return at.toLocaleString(LOCALE[language], { ...day, hour: 'numeric', minute: '2-digit', timeZone: SEOUL });
}

/** A day of Korea (`YYYY-MM-DD`): `12월 8일`, `8 Dec`. */
export function dayText(date: string, language: Language): string {
  const at = new Date(`${date}T00:00:00+09:00`);
  return at.toLocaleDateString(LOCALE[language], { month: 'short', day: 'numeric', timeZone: SEOUL });
}
