/**
 * Why something was refused, in words: codes of the PG, the bank, the identity provider and the risk rules. Providers'
 * codes are open lists: one that is not here gets the general words, and is never shown alone.
 */
import type { CHARGE_REFUSALS } from '../charge-refusals';
import type { OwnFailure, ProviderFailure } from '../identity-failures';
import type { ToldRule } from '../risk-told';
import type { Words, WordTable } from './words';

type ChargeRefusal = (typeof CHARGE_REFUSALS)[keyof typeof CHARGE_REFUSALS];

/** A decline that nobody explained. */
const DECLINED: Words = {
  ko: '카드가 승인되지 않았습니다. 다른 카드로 다시 시도해 주세요.',
  en: 'The card was declined and nothing was charged. Try another card.',
};

/** Of attempts that were refused before the PG was asked (workflows/domain/charge-refusals.ts). */
const OWN_REFUSALS = {
  'risk-blocked': {
    ko: '이용 한도 또는 안전 정책에 따라 결제하지 않았습니다.',
    en: 'A limit or safety rule forbade this charge; nothing was charged.',
  },
  'risk-unavailable': {
    ko: '일시적인 장애로 결제하지 않았습니다. 다시 시도해 주세요.',
    en: 'It was not possible for the moment, and nothing was charged. Try again.',
  },
  'charges-stopped': {
    ko: '결제를 잠시 받지 않는 동안 요청되어 결제하지 않았습니다. 다시 시도해 주세요.',
    en: 'Charges were stopped for a while, and nothing was charged. Try again.',
  },
  'charge-in-doubt': {
    ko: '앞선 결제의 결과를 확인하는 동안 요청되어 결제하지 않았습니다.',
    en: 'An earlier charge was not decided yet, so nothing was charged this time.',
  },
} as const satisfies WordTable<ChargeRefusal>;

/** Decline codes of Softpayment as its client writes them (`declined`: one that it cannot read), and our own. */
export const DECLINES: Readonly<Record<string, Words>> = {
  declined: DECLINED,
  'insufficient-funds': {
    ko: '카드의 잔액 또는 한도가 부족합니다. 다른 카드로 다시 시도해 주세요.',
    en: 'The card has too little credit. Try another card.',
  },
  'invalid-billing-key': {
    ko: '등록 정보가 유효하지 않은 카드입니다. 카드를 다시 등록해 주세요.',
    en: 'The registration of the card is no longer valid. Register it again.',
  },
  'stolen-card': {
    ko: '도난 또는 분실 신고된 카드입니다. 다른 카드로 다시 시도해 주세요.',
    en: 'The card is reported lost or stolen. Try another card.',
  },
  ...OWN_REFUSALS,
};

/** The bank's terminal codes (workflows/domain/bank-codes.ts), of real-name checks and of transfers. */
export const BANK_REFUSALS: Readonly<Record<string, Words>> = {
  412: { ko: '존재하지 않는 계좌입니다.', en: 'There is no such account.' },
  415: { ko: '해지된 계좌입니다.', en: 'The account is closed.' },
  416: { ko: '입금할 수 없는 종류의 계좌입니다.', en: 'The account is of a kind that cannot be paid.' },
  419: { ko: '사고 신고된 계좌입니다.', en: 'The account is reported and cannot be paid.' },
  420: { ko: '거래 정지된 계좌입니다.', en: 'The account is suspended.' },
  815: { ko: '예금주명이 일치하지 않습니다.', en: 'The holder has another name.' },
};

const BANK_BUSY: Words = {
  ko: '은행 사정으로 처리되지 않았습니다. 다시 송금합니다.',
  en: 'The bank could not do it this time. It is tried again.',
};
const BANK_WORKS: Words = { ko: '은행에서 처리하고 있습니다.', en: 'The bank is working on it.' };

/** What the bank said of a transfer. */
export const TRANSFER_CODES: Readonly<Record<string, Words>> = {
  '0000': { ko: '입금되었습니다.', en: 'The money has arrived.' },
  '0011': BANK_WORKS,
  VTIM: BANK_WORKS,
  901: BANK_BUSY,
  902: {
    ko: '은행 점검 시간이어서 처리되지 않았습니다. 다시 송금합니다.',
    en: 'The bank was closed. It is tried again.',
  },
  903: BANK_BUSY,
  ...BANK_REFUSALS,
};
const BANK_SAID_ELSE: Words = {
  ko: '은행에서 처리되지 않았습니다. 저희가 확인하고 있습니다.',
  en: 'The bank did not do it. We are looking into it.',
};

/** `constructor` is no code, whoever sends it. */
const wordsOf = (table: Readonly<Record<string, Words>>, code: string): Words | undefined =>
  Object.hasOwn(table, code) ? table[code] : undefined;

/** What a payer reads of a charge that was declined, whatever its code. */
export const declineWords = (code: string): Words => wordsOf(DECLINES, code) ?? DECLINED;

/** What a payer reads of what the bank said of a transfer, whatever its code. */
export const transferCodeWords = (code: string): Words => wordsOf(TRANSFER_CODES, code) ?? BANK_SAID_ELSE;

/** Why an identity check came to nothing. */
export const IDENTITY_FAILURES: Readonly<Record<string, Words>> = {
  cancelled: { ko: '본인확인을 취소했습니다. 다시 시도해 주세요.', en: 'You cancelled the check. Begin again.' },
  mismatch: {
    ko: '입력한 정보가 통신사에 등록된 정보와 다릅니다. 확인 후 다시 시도해 주세요.',
    en: 'What you gave differs from what your carrier knows. Check it and begin again.',
  },
  expired: { ko: '본인확인 시간이 지났습니다. 다시 시도해 주세요.', en: 'The check has expired. Begin again.' },
  refused: { ko: '본인확인에 실패했습니다. 다시 시도해 주세요.', en: 'The check came to nothing. Begin again.' },
  'person-known': {
    ko: '본인확인된 다른 계정이 있습니다. 그 계정을 이용해 주세요.',
    en: 'You have proven who you are with another account: use that one.',
  },
  'person-differs': {
    ko: '이 계정에서 이미 본인확인한 사람과 다른 사람입니다.',
    en: 'This account belongs to another person than the one who was verified now.',
  },
  'phone-differs': {
    ko: '계정의 휴대폰 번호와 다른 번호로 본인확인했습니다. 같은 번호로 다시 하거나 계정의 번호를 먼저 바꿔 주세요.',
    en: 'You were verified by another phone than that of your account. Use that one, or change the account first.',
  },
} satisfies WordTable<ProviderFailure | OwnFailure>;

/** Limits are told, patterns are not: whoever knows the pattern knows how to get past it. */
export const RISK_RULES = {
  'member-withdrawn': { ko: '탈퇴한 회원입니다.', en: 'The membership has ended.' },
  'user-daily-count': {
    ko: '하루에 이용할 수 있는 거래 횟수를 넘었습니다.',
    en: 'Your number of deals a day is used up.',
  },
  'user-daily-amount': { ko: '하루에 이용할 수 있는 금액을 넘었습니다.', en: 'Your amount a day would be exceeded.' },
  'card-hourly-count': {
    ko: '이 카드로 한 시간에 결제할 수 있는 횟수를 넘었습니다.',
    en: 'This card was charged too often within an hour.',
  },
  'not-possible': {
    ko: '이 거래는 지금 진행할 수 없습니다. 이의가 있으면 거래 화면에서 확인을 요청해 주세요.',
    en: 'This deal cannot go on. If you think that this is wrong, ask for it to be looked at.',
  },
} as const satisfies WordTable<ToldRule>;
