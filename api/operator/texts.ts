/** What operators write is kept in the stories of deals, for ever: nobody's phone number or address belongs there. */
import { processClock } from '../../infra/fast-clock';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { holdsCardNumber } from '../../workflows/domain/card-numbers';
import { isYetToCome } from '../../workflows/domain/deal-actions';
import { holdsPersonalData } from '../../workflows/domain/personal-data';
import type { Words } from '../http/problem';
import { id, text, z } from '../http/zod';

const LENGTH_MAX = 2_000;
const NAME_MAX = 100;

const IMPERSONAL: Words = {
  ko: '전화번호, 이메일 주소, 인증 정보가 들어 있습니다. 영구히 보관되므로 접수 번호나 문서 이름을 대신 적어 주세요.',
  en: 'It holds a phone number, an e-mail address or a token, and is kept for ever: name the ticket instead.',
};

const NO_CARD: Words = {
  ko: '카드 번호가 들어 있습니다. 어떤 글에도 적을 수 없습니다.',
  en: 'It holds a card number: leave it out.',
};

const OVER: Words = { ko: '이미 지난 날입니다.', en: 'It is over already.' };
export const FUTURE: Words = { ko: '아직 오지 않은 시각입니다.', en: 'It is of a time that has not come yet.' };
const NOT_A_TIME: Words = {
  ko: '시간대가 붙은 시각이어야 합니다.',
  en: 'It must be a time with its zone, such as 2026-03-02T14:05:00+09:00.',
};

/**
 * A number that a bank or PG gave, as one line of at most so many characters: no phone, address or token. It may pass
 * the check of card numbers by chance.
 */
export const numberOf = (max: number) =>
  z
    .string()
    .transform((given) => given.replace(/\s+/g, ' ')) // a pasted text has line ends
    .pipe(text(max).refine((given) => !holdsPersonalData(given), { params: { words: IMPERSONAL } }));

/** One line of at most so many characters, without personal data, and no card number. */
export const kept = (max: number) =>
  numberOf(max).refine((given) => !holdsCardNumber(given), { params: { words: NO_CARD } });

/** A reason, evidence, the number of a case: one line of at most 2,000 characters, without personal data. */
export const operatorText = kept(LENGTH_MAX);

/** The name under which an operator's orders are kept. */
export const operatorName = kept(NAME_MAX);

/** No bank statement, and no file of the PG, is older. */
const FIRST_DAY = '2020-01-01';
const TOO_OLD: Words = { ko: '너무 오래된 날입니다.', en: 'It is before 2020.' };

/** A KST day of which a provider can have a list. */
export const listedDay = z.iso.date().refine((day) => day >= FIRST_DAY, { params: { words: TOO_OLD } });

/** What names something in an address: printable ASCII, without spaces. */
export const nameInPath = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[!-~]+$/);

/** The last KST day of something that begins now. */
export const lastDay = z.iso.date().refine((day) => day >= kstDayOf(processClock()), { params: { words: OVER } });

/** A time with its zone. */
export const time = z
  .string()
  .refine((text) => z.iso.datetime({ offset: true }).safeParse(text).success, { params: { words: NOT_A_TIME } })
  .openapi({ format: 'date-time' });

/** When something happened, by who tells of it. */
export const pastTime = time
  .refine((text) => !isYetToCome(text, processClock()), { params: { words: FUTURE } })
  .openapi({ format: 'date-time' });

/** What every order takes: why it is given. */
export const why = { reason: operatorText } as const;

/** What an order that rests on evidence takes too: a file of the same deal. */
export const onFile = { evidenceId: id.optional() } as const;
