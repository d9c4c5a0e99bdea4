/** What operators write is kept in the stories of deals, for ever: nobody's phone number or address belongs there. */
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { isYetToCome } from '../../workflows/domain/deal-actions';
import { holdsPersonalData } from '../../workflows/domain/personal-data';
import type { Words } from '../http/problem';
import { text, z } from '../http/zod';

const LENGTH_MAX = 2_000;
const NAME_MAX = 100;

const IMPERSONAL: Words = {
  ko: '전화번호, 이메일 주소, 인증 정보가 들어 있습니다. 영구히 보관되므로 접수 번호나 문서 이름을 대신 적어 주세요.',
  en: 'holds a phone number, an e-mail address or a token, and is kept for ever: name the ticket or document instead',
};

const OVER: Words = { ko: '이미 지난 날입니다.', en: 'is over already' };
const FUTURE: Words = { ko: '아직 오지 않은 시각입니다.', en: 'is of a time that has not come yet' };
const NOT_A_TIME: Words = {
  ko: '시간대가 붙은 시각이어야 합니다.',
  en: 'must be a time with its zone, such as 2026-03-02T14:05:00+09:00',
};

const kept = (max: number) =>
  z
    .string()
    .transform((given) => given.replace(/\s+/g, ' ')) // a pasted text has line ends
    .pipe(text(max).refine((given) => !holdsPersonalData(given), { params: { words: IMPERSONAL } }));

/** A reason, evidence, the number of a case: one line of at most 2,000 characters, without personal data. */
export const operatorText = kept(LENGTH_MAX);

/** The name under which an operator's orders are kept. */
export const operatorName = kept(NAME_MAX);

/** The last KST day of something that begins now. */
export const lastDay = z.iso.date().refine((day) => day >= kstDayOf(new Date()), { params: { words: OVER } });

/** When something happened, by who tells of it. */
export const pastTime = z
  .string()
  .refine((text) => z.iso.datetime({ offset: true }).safeParse(text).success, { params: { words: NOT_A_TIME } })
  .refine((text) => !isYetToCome(text, new Date()), { params: { words: FUTURE } });

/** What every order takes: why it is given. */
export const why = { reason: operatorText } as const;
