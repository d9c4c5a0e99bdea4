/** What a caller is told who asks too often: what was limited, and when to come again. */
import type { RateLimits } from '../deps';
import { type Language, Problem } from './problem';

/** A limit by its name on the wire, and what it counts. */
export interface LimitWords {
  readonly name: string;
  readonly ko: string;
  readonly en: string;
}

export const RATE_LIMIT_WORDS: Readonly<Record<keyof RateLimits, LimitWords>> = {
  codesPerPhone: { name: 'codes-per-phone', ko: '이 번호의 인증번호 발송', en: 'codes for this phone' },
  codesPerPhoneAndDay: {
    name: 'codes-per-day',
    ko: '이 번호의 하루 인증번호 발송',
    en: 'codes for this phone in a day',
  },
  codesPerIp: { name: 'codes', ko: '인증번호 발송', en: 'codes from this address' },
  codesPerIpAndHour: { name: 'codes-per-hour', ko: '한 시간 인증번호 발송', en: 'codes from this address in an hour' },
  codesPerPhoneHere: {
    name: 'codes-per-phone-here',
    ko: '이 번호의 인증번호 발송',
    en: 'codes for this phone from here',
  },
  codeTriesHere: { name: 'code-tries', ko: '이 번호의 인증번호 입력', en: 'codes entered for this phone' },
  provesPerIp: { name: 'proofs', ko: '인증번호 입력', en: 'codes entered from this address' },
  codesInAll: { name: 'codes-in-all', ko: '인증번호 발송', en: 'codes for everybody together' },
  codesPerEmail: { name: 'codes-per-email', ko: '이 이메일의 인증번호 발송', en: 'codes for this e-mail' },
  codesPerEmailAndDay: {
    name: 'codes-per-email-and-day',
    ko: '이 이메일의 하루 인증번호 발송',
    en: 'codes for this e-mail in a day',
  },
  emailCodesPerPayer: { name: 'email-codes', ko: '이메일 인증번호 요청', en: 'e-mail codes' },
  emailCodesPerPayerAndDay: {
    name: 'email-codes-per-day',
    ko: '하루 이메일 인증번호 요청',
    en: 'e-mail codes in a day',
  },
  loginsPerDevice: { name: 'logins-per-device', ko: '이 기기의 로그인 시도', en: 'log-ins on this device' },
  loginsPerDeviceAndDay: {
    name: 'logins-per-day-on-device',
    ko: '이 기기의 하루 로그인 시도',
    en: 'log-ins on this device in a day',
  },
  loginsPerEmail: { name: 'logins-per-email', ko: '이 이메일의 로그인 시도', en: 'log-ins to this e-mail' },
  loginsPerEmailAndIp: {
    name: 'logins-per-email-here',
    ko: '이 이메일의 로그인 시도',
    en: 'log-ins to this e-mail from here',
  },
  loginsPerIp: { name: 'logins', ko: '로그인 시도', en: 'log-ins from this address' },
  verificationsPerPayer: { name: 'verifications', ko: '수취인 실명 확인', en: 'real-name checks' },
  identityChecksPerPayer: { name: 'identity-checks', ko: '본인확인 시작', en: 'identity checks' },
  identityReadsPerPayer: { name: 'identity-reads', ko: '본인확인 결과 조회', en: 'questions about identity checks' },
  passwordsPerPayer: { name: 'passwords', ko: '비밀번호 확인', en: 'tries of the password' },
  passwordsPerPayerAndDay: {
    name: 'passwords-per-day',
    ko: '하루 비밀번호 확인',
    en: 'tries of the password in a day',
  },
  takenEmailsPerPhone: { name: 'taken-emails', ko: '이미 가입된 이메일 확인', en: 'e-mails that are taken' },
  dealsPerPayer: { name: 'deals', ko: '거래 생성', en: 'new deals' },
  confirmsPerPayer: { name: 'confirms', ko: '결제 요청', en: 'confirms' },
  cancelsPerPayer: { name: 'cancels', ko: '취소 요청', en: 'cancels' },
  pushSubscriptionsPerPayer: { name: 'push-subscriptions', ko: '푸시 알림 등록', en: 'registrations for pushes' },
  cardsPerPayer: { name: 'cards', ko: '카드 등록', en: 'card registrations' },
  writesPerPayer: { name: 'writes', ko: '변경 요청', en: 'requests that change something' },
  operatorLoginsPerIp: {
    name: 'operator-logins',
    ko: '관리자 로그인 시도',
    en: 'log-ins of operators from this address',
  },
  writesPerOperator: {
    name: 'operator-writes',
    ko: '관리자 변경 요청',
    en: 'requests of an operator that change something',
  },
  personalSearchesPerOperator: {
    name: 'personal-searches',
    ko: '개인정보로 하는 검색',
    en: 'searches by a phone, an e-mail or an account',
  },
  evidencePerOperator: { name: 'evidence', ko: '증빙 파일 등록', en: 'files of evidence' },
  revealsPerOperator: { name: 'reveals', ko: '개인정보 열람', en: 'personal fields of people that were shown' },
};

const detailIn: Readonly<Record<Language, (words: LimitWords, seconds: number) => string>> = {
  ko: ({ ko }, seconds) => `${ko} 횟수가 한도를 넘었습니다. ${timeAhead('ko', seconds)}에 다시 시도해 주세요.`,
  en: ({ en }, seconds) => `Too many ${en}: try again ${timeAhead('en', seconds)}.`,
};

/** `too-many-requests` with `limit`, the words, and Retry-After; other fields are added to it. */
export function tooManyRequests(words: LimitWords, retryAfterS: number, headers: Record<string, string> = {}): Problem {
  return new Problem('too-many-requests', {
    detail: { ko: detailIn.ko(words, retryAfterS), en: detailIn.en(words, retryAfterS) },
    extra: { limit: words.name },
    headers: { ...headers, 'Retry-After': `${retryAfterS}` },
  });
}

/** `unavailable` with `limit` and the words: what cannot be counted is not answered. */
export function uncounted({ name, ko, en }: LimitWords): Problem {
  return new Problem('unavailable', {
    detail: {
      ko: `지금은 ${ko} 횟수를 셀 수 없어 처리하지 않습니다. 다시 시도해도 안전합니다.`,
      en: `This is not answered while ${en} cannot be counted. Repeating is safe.`,
    },
    extra: { limit: name },
  });
}

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** "in 42 seconds", in whole units that are surely over then. */
function timeAhead(language: Language, seconds: number): string {
  const words = new Intl.RelativeTimeFormat(language);
  if (seconds <= 2 * MINUTE_S) return words.format(seconds, 'second');
  if (seconds <= 2 * HOUR_S) return words.format(Math.floor((seconds + MINUTE_S - 1) / MINUTE_S), 'minute');
  return words.format(Math.floor((seconds + HOUR_S - 1) / HOUR_S), 'hour');
}
