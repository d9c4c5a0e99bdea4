/** What a payer reads of a deal: its states, why it waits, why it moved, what may be done with it. */
import type { Cause } from '../causes';
import type { DealAction } from '../deal-actions';
import type { DealState, PaymentState, TransferState, WaitReason } from '../deal-state';
import type { WordTable } from './words';

export const DEAL_STATUS_WORDS = {
  PENDING: { ko: '결제 대기', en: 'Waiting for payment' },
  PAID: { ko: '결제 완료, 송금 준비 중', en: 'Paid, to be sent' },
  TRANSFERRING: { ko: '송금 중', en: 'Being sent' },
  TRANSFER_FAILED: { ko: '송금 실패, 처리 중', en: 'Could not be sent yet' },
  COMPLETED: { ko: '송금 완료', en: 'Sent' },
  REFUNDED: { ko: '환불 완료', en: 'Refunded' },
  CANCELLED: { ko: '취소됨', en: 'Cancelled' },
} as const satisfies WordTable<DealState>;

export const PAYMENT_STATUS_WORDS = {
  PENDING: { ko: '승인 결과 확인 중', en: 'Being approved' },
  PAID: { ko: '결제 완료', en: 'Paid' },
  FAILED: { ko: '승인되지 않음', en: 'Not approved' },
  CANCELLED: { ko: '결제 취소', en: 'Cancelled' },
  REFUNDED: { ko: '전액 환불', en: 'Refunded in full' },
  PARTIALLY_REFUNDED: { ko: '일부 환불', en: 'Refunded in part' },
} as const satisfies WordTable<PaymentState>;

export const TRANSFER_STATUS_WORDS = {
  PENDING: { ko: '송금 준비 중', en: 'About to be sent' },
  PROCESSING: { ko: '은행에서 처리 중', en: 'With the bank' },
  COMPLETED: { ko: '입금 완료', en: 'Arrived' },
  FAILED: { ko: '입금되지 않음', en: 'Did not arrive' },
  RETURNED: { ko: '은행에서 반환됨', en: 'Given back by the bank' },
} as const satisfies WordTable<TransferState>;

/** Why a deal waits, and who moves it next. */
export const WAIT_WORDS = {
  'card-needed': {
    ko: '결제할 카드를 골라 주세요. 시간 안에 결제하지 않으면 거래가 취소됩니다.',
    en: 'Choose a card to pay with. Without a payment in time the deal is cancelled.',
  },
  'charge-unknown': {
    ko: '카드사의 승인 결과를 확인하고 있습니다. 다시 결제하지 않아도 됩니다.',
    en: 'We are asking whether the card was charged. There is no need to pay again.',
  },
  'risk-review': {
    ko: '안전한 거래인지 확인하고 있습니다. 표시된 시각까지 송금되거나 전액 환불되며, 그 전에 취소할 수 있습니다.',
    en: 'We are making sure that the deal is safe. By the time shown it is paid out, or refunded; you may cancel it.',
  },
  'bank-closed': {
    ko: '은행 점검 시간입니다. 점검이 끝나면 바로 송금합니다.',
    en: 'The bank is closed for maintenance. The money is sent as soon as it opens.',
  },
  'transfer-unknown': {
    ko: '은행에 입금 결과를 확인하고 있습니다.',
    en: 'We are asking the bank whether the money arrived.',
  },
  'retry-due': {
    ko: '은행에서 처리하지 못했습니다. 정해진 시간에 다시 송금합니다.',
    en: 'The bank could not do it this time. The money is sent again at the time shown.',
  },
  'refund-unknown': {
    ko: '카드사에 환불 결과를 확인하고 있습니다.',
    en: 'We are asking whether the refund has reached the card.',
  },
  'operator-needed': {
    ko: '담당자가 직접 확인하고 있습니다. 돈은 안전하게 보관되어 있습니다.',
    en: 'Our staff are looking into it. Your money is safe.',
  },
  'paying-by-hand': {
    ko: '담당자가 받는 분께 직접 송금하고 있습니다. 지금은 취소할 수 없습니다.',
    en: 'Our staff are sending the money themselves. It cannot be cancelled just now.',
  },
} as const satisfies WordTable<WaitReason>;

/** Why a deal moved, or money was given back. */
export const CAUSE_WORDS = {
  created: { ko: '거래를 만들었습니다.', en: 'You made the deal.' },
  charged: { ko: '카드로 결제했습니다.', en: 'The card was charged.' },
  ruled: { ko: '담당자가 결과를 확인했습니다.', en: 'Our staff found out how it ended.' },
  'quote-expired': { ko: '결제 가능 시간이 지났습니다.', en: 'The time to pay was over.' },
  'cancelled-by-payer': { ko: '직접 취소했습니다.', en: 'You cancelled.' },
  'hold-expired': { ko: '안전 확인이 제시간에 끝나지 않았습니다.', en: 'The safety check did not end in time.' },
  'transfer-begins': { ko: '송금을 시작했습니다.', en: 'The money is on its way.' },
  released: { ko: '안전 확인을 마쳤습니다.', en: 'The safety check has ended well.' },
  'retry-in-line': {
    ko: '은행 사정으로 바로 다시 송금했습니다.',
    en: 'The bank was busy: it was tried again at once.',
  },
  'retry-batch': { ko: '정해진 시간에 다시 송금했습니다.', en: 'It was tried again at its time.' },
  'retry-ordered': { ko: '담당자가 다시 송금했습니다.', en: 'Our staff had it tried again.' },
  'account-corrected': { ko: '바로잡은 계좌로 송금했습니다.', en: 'It was sent to the corrected account.' },
  transferred: { ko: '받는 분 계좌에 입금되었습니다.', en: 'The recipient has the money.' },
  'transfer-failed': { ko: '은행에서 입금을 거절했습니다.', en: 'The bank refused the transfer.' },
  'held-back': { ko: '송금을 잠시 멈추었습니다.', en: 'The transfer was held back for a while.' },
  returned: { ko: '은행에서 돈을 반환했습니다.', en: 'The bank gave the money back.' },
  'paid-after-failure': { ko: '나중에 입금된 것을 확인했습니다.', en: 'The money has arrived after all.' },
  'gave-up': { ko: '제시간에 송금하지 못했습니다.', en: 'The money could not be sent in time.' },
  'account-not-payable': { ko: '입금할 수 없는 계좌입니다.', en: 'The account cannot be paid.' },
  'late-charge': { ko: '늦게 승인된 결제를 돌려드립니다.', en: 'A payment that was approved too late is given back.' },
  'charged-back': { ko: '카드사에서 결제를 취소했습니다.', en: 'The card issuer took the payment back.' },
  'refund-resumed': { ko: '환불을 마무리했습니다.', en: 'The refund was brought to its end.' },
  'refund-ordered': { ko: '담당자가 환불했습니다.', en: 'Our staff refunded it.' },
  'fee-refunded': { ko: '수수료 일부를 돌려드렸습니다.', en: 'A part of the fee was given back.' },
} as const satisfies WordTable<Cause>;

/** What people do to a deal; most are done by staff, and a payer reads only that it happened. */
export const DEAL_ACTION_WORDS = {
  release: { ko: '안전 확인을 마쳤습니다.', en: 'The safety check has ended.' },
  refund: { ko: '담당자가 환불을 시작했습니다.', en: 'Our staff began a refund.' },
  'refund-fee': { ko: '담당자가 수수료 일부를 돌려드립니다.', en: 'Our staff give a part of the fee back.' },
  retry: { ko: '담당자가 다시 송금합니다.', en: 'Our staff have it tried again.' },
  rule: { ko: '담당자가 결과를 확인했습니다.', en: 'Our staff found out how it ended.' },
  'correct-account': { ko: '받는 계좌를 바로잡았습니다.', en: 'The account was corrected.' },
  chargeback: { ko: '카드사의 이의 제기를 처리합니다.', en: 'A dispute at the card issuer is dealt with.' },
  'accept-break': { ko: '담당자가 내역을 맞추었습니다.', en: 'Our staff put the records right.' },
  cancel: { ko: '취소를 요청했습니다.', en: 'A cancel was asked for.' },
  'close-task': { ko: '담당자가 확인을 마쳤습니다.', en: 'Our staff have looked into it.' },
  'manual-transfer': { ko: '받는 분께 송금했습니다.', en: 'The money was sent to the recipient.' },
  'pay-by-hand': { ko: '담당자가 직접 송금합니다.', en: 'Our staff send the money themselves.' },
  'stop-paying-by-hand': { ko: '담당자가 직접 송금하지 않기로 했습니다.', en: 'Our staff did not send the money.' },
  overtaken: { ko: '거래가 이미 진행되어 요청을 처리하지 않았습니다.', en: 'The deal had moved on meanwhile.' },
} as const satisfies WordTable<DealAction>;

/** What a payer may do with a deal: the words of its buttons. */
export const PAYER_ACTION_WORDS = {
  confirm: { ko: '결제하기', en: 'Pay' },
  cancel: { ko: '거래 취소', en: 'Cancel the deal' },
} as const satisfies WordTable<string>;

/** What a deal is for. */
export const CATEGORY_WORDS = {
  rent: { ko: '월세·보증금', en: 'Rent' },
  tuition: { ko: '학원비·등록금', en: 'Tuition' },
  car: { ko: '중고차 대금', en: 'A used car' },
  personal: { ko: '개인 간 송금', en: 'To a person' },
  other: { ko: '기타', en: 'Other' },
} as const satisfies WordTable<string>;

/** Who moved a deal, as a timeline tells it. */
export const ACTOR_WORDS = {
  payer: { ko: '나', en: 'You' },
  operator: { ko: '담당자', en: 'Our staff' },
  system: { ko: '자동 처리', en: 'Automatic' },
} as const satisfies WordTable<string>;
