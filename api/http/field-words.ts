/** What the fields of requests are called, and how each is written: for people who are told what is wrong. */
import type { Words } from '../../workflows/domain/words/words';

/** Korean names end in a syllable, which chooses the particle after them; English ones begin as in a sentence. */
export const FIELD_NAMES: Readonly<Record<string, Words>> = {
  accountNumber: { ko: '계좌번호', en: 'the account number' },
  bankCode: { ko: '은행', en: 'the bank' },
  billingKey: { ko: '카드 등록 정보', en: 'the billing key' },
  cardId: { ko: '카드', en: 'the card' },
  category: { ko: '거래 종류', en: 'the category' },
  channels: { ko: '알림 방법', en: 'the channels' },
  code: { ko: '인증번호', en: 'the code' },
  confirmedName: { ko: '확인한 예금주명', en: 'the confirmed name' },
  consents: { ko: '약관 동의', en: 'the consents' },
  currentPassword: { ko: '지금 비밀번호', en: 'the present password' },
  cursor: { ko: '다음 목록 위치', en: 'the cursor' },
  dealNews: { ko: '거래 소식', en: 'news of deals' },
  dealNo: { ko: '거래번호', en: 'the deal number' },
  deviceId: { ko: '기기 이름', en: 'the device' },
  deviceToken: { ko: '기기 인증 정보', en: 'the device token' },
  email: { ko: '이메일', en: 'the e-mail' },
  favorite: { ko: '즐겨찾기', en: 'the favourite' },
  from: { ko: '시작일', en: 'the first day' },
  holderName: { ko: '예금주명', en: "the holder's name" },
  installmentMonths: { ko: '할부 개월', en: 'the months of instalment' },
  isDefault: { ko: '기본 카드 여부', en: 'the default' },
  issuer: { ko: '카드사', en: 'the card issuer' },
  limit: { ko: '한 번에 볼 개수', en: 'the limit' },
  marketing: { ko: '광고성 정보 수신 동의', en: 'the consent to news and offers' },
  maskedNumber: { ko: '가린 카드번호', en: 'the masked card number' },
  memo: { ko: '받는 분 통장 표시', en: 'the memo' },
  name: { ko: '이름', en: 'the name' },
  newCode: { ko: '새 번호의 인증번호', en: 'the code of the new phone' },
  newPassword: { ko: '새 비밀번호', en: 'the new password' },
  nickname: { ko: '별명', en: 'the nickname' },
  oldCode: { ko: '기존 번호의 인증번호', en: 'the code of the old phone' },
  position: { ko: '순서', en: 'the position' },
  others: { ko: '다른 로그인만 끝낼지 여부', en: 'the choice of other sessions' },
  password: { ko: '비밀번호', en: 'the password' },
  phone: { ko: '휴대폰 번호', en: 'the phone' },
  principal: { ko: '보낼 금액', en: 'the amount' },
  privacy: { ko: '개인정보 동의', en: 'the consent to personal data' },
  purpose: { ko: '거래 목적', en: 'the purpose' },
  q: { ko: '검색어', en: 'the search' },
  recipientId: { ko: '받는 분', en: 'the recipient' },
  refreshToken: { ko: '로그인 유지 정보', en: 'the refresh token' },
  status: { ko: '거래 상태', en: 'the status' },
  terms: { ko: '이용약관 동의', en: 'the consent to the terms' },
  text: { ko: '검색어', en: 'the search' },
  thirdParty: { ko: '제3자 제공 동의', en: 'the consent to third parties' },
  to: { ko: '종료일', en: 'the last day' },
  verificationId: { ko: '본인확인 번호', en: 'the verification' },
};

/** A field that nobody named, and the whole of a body or query. */
export const ANY_FIELD: Words = { ko: '이 항목', en: 'this field' };
export const WHOLE: Words = { ko: '요청 내용', en: 'the request' };

const SIX_DIGITS: Words = { ko: '인증번호는 숫자 6자리예요.', en: 'A code has 6 digits.' };
const DAY: Words = {
  ko: '날짜는 2026-01-31처럼 적어 주세요.',
  en: 'Write a day as 2026-01-31.',
};

/** How a field is written whose form is a pattern. */
export const FIELD_FORMS: Readonly<Record<string, Words>> = {
  accountNumber: { ko: '계좌번호는 숫자 10–14자리예요.', en: 'An account number has 10 to 14 digits.' },
  bankCode: { ko: '목록에 있는 은행을 골라 주세요.', en: 'Choose a bank of the list.' },
  billingKey: {
    ko: '카드 등록 정보를 읽을 수 없어요. 카드를 다시 등록해 주세요.',
    en: 'The billing key cannot be read: register the card again.',
  },
  code: SIX_DIGITS,
  cursor: {
    ko: '이 목록의 다음 위치가 아니에요. 처음부터 다시 조회해 주세요.',
    en: 'It is no cursor of this list: begin with the first page.',
  },
  email: { ko: '이메일 주소를 다시 확인해 주세요.', en: 'Check the e-mail address.' },
  from: DAY,
  installmentMonths: {
    ko: '할부는 일시불이거나 2–12개월이에요.',
    en: 'Pay at once (0), or in 2 to 12 months.',
  },
  maskedNumber: {
    ko: '가린 카드번호는 앞 6자리와 뒤 4자리만 남기고 별표로 가린 번호예요.',
    en: 'A masked card number shows the first 6 and the last 4 digits, with stars between them.',
  },
  newCode: SIX_DIGITS,
  oldCode: SIX_DIGITS,
  to: DAY,
};

/** Fields whose numbers are won. */
export const WON_FIELDS: ReadonlySet<string> = new Set(['principal']);
