/** What a receipt says beside the states of its deal. */
import type { Words, WordTable } from './words';

/** The lines of a receipt. */
export const RECEIPT_LABELS = {
  title: { ko: '영수증', en: 'Receipt' },
  dealNo: { ko: '거래 번호', en: 'Deal' },
  status: { ko: '상태', en: 'Status' },
  createdAt: { ko: '거래일시', en: 'Made at' },
  purpose: { ko: '내용', en: 'Purpose' },
  recipient: { ko: '받는 계좌', en: 'Recipient account' },
  principal: { ko: '송금액', en: 'Principal' },
  fee: { ko: '수수료', en: 'Service fee' },
  total: { ko: '합계', en: 'Total' },
  charges: { ko: '카드 결제', en: 'Card payment' },
  transfer: { ko: '송금', en: 'Transfer' },
  refunds: { ko: '환불', en: 'Refunds' },
  disputes: { ko: '카드사 이의 제기', en: 'Disputes' },
  paid: { ko: '돌려드린 금액을 뺀 결제 금액', en: 'Paid, less what was given back' },
  issuedAt: { ko: '발급일시(한국 시간)', en: 'Issued at (Korean time)' },
} as const satisfies WordTable<string>;

export const REFUND_STATUS_WORDS = {
  PENDING: { ko: '환불 확인 중', en: 'Being confirmed' },
  DONE: { ko: '환불됨', en: 'Refunded' },
} as const satisfies WordTable<string>;

/** A charge that its holder disputes at the card issuer. Of one that came to nothing a receipt says nothing. */
export const DISPUTE_STATUS_WORDS = {
  OPEN: { ko: '카드사에서 확인 중', en: 'The card issuer looks into it' },
  LOST: { ko: '카드사가 결제를 취소해 카드로 돌려드림', en: 'Taken back by the card issuer, and returned to the card' },
} as const satisfies WordTable<string>;

/** Over how many months a card was charged (할부); 0: at once. */
export const monthsWords = (months: number): Words =>
  months === 0 ? { ko: '일시불', en: 'At once' } : { ko: `${months}개월 할부`, en: `Over ${months} months` };
