/**
 * Why something was refused, in words: codes of the PG, the bank
 * and the risk rules. An unlisted code gets the general words.
 */
import type { RiskRule } from '../../workflows/domain/screening';
import type { Words } from '../http/problem';

/** Softpayment's decline codes that a payer can act upon, as infra/providers/softpayment/client.ts writes them. */
export const DECLINES: Readonly<Record<string, Words>> = {
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
};

/** The bank's terminal codes (workflows/domain/bank-codes.ts), as real-name checks give them. */
export const BANK_REFUSALS: Readonly<Record<string, Words>> = {
  412: { ko: '존재하지 않는 계좌입니다.', en: 'There is no such account.' },
  415: { ko: '해지된 계좌입니다.', en: 'The account is closed.' },
  416: { ko: '입금할 수 없는 종류의 계좌입니다.', en: 'The account is of a kind that cannot be paid.' },
  419: { ko: '사고 신고된 계좌입니다.', en: 'The account is reported and cannot be paid.' },
  420: { ko: '거래 정지된 계좌입니다.', en: 'The account is suspended.' },
  815: { ko: '예금주명이 일치하지 않습니다.', en: 'The holder has another name.' },
};

/** Why an identity check came to nothing at the provider (workflows/domain/identity-failures.ts). */
export const IDENTITY_FAILURES: Readonly<Record<string, Words>> = {
  cancelled: { ko: '본인확인을 취소했습니다. 다시 시도해 주세요.', en: 'You cancelled the check. Begin again.' },
  mismatch: {
    ko: '입력한 정보가 통신사에 등록된 정보와 다릅니다. 확인 후 다시 시도해 주세요.',
    en: 'What you gave differs from what your carrier knows. Check it and begin again.',
  },
  expired: { ko: '본인확인 시간이 지났습니다. 다시 시도해 주세요.', en: 'The check has expired. Begin again.' },
};

export const RISK_RULES: Partial<Record<RiskRule, Words>> = {
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
};
