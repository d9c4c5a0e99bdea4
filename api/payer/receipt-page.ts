/** A receipt as a page to print: no script, no address of another place, everything escaped. */
import type { DealState, PaymentState, TransferState } from '../../workflows/domain/deal-state';
import { type Html, html } from '../http/html';
import type { Language, Words } from '../http/problem';
import type { Receipt } from './receipt-resource';

const LABELS = {
  title: { ko: '영수증', en: 'Receipt' },
  dealNo: { ko: '거래번호', en: 'Deal' },
  status: { ko: '상태', en: 'Status' },
  createdAt: { ko: '거래일시', en: 'Made at' },
  purpose: { ko: '용도', en: 'Purpose' },
  recipient: { ko: '받는 계좌', en: 'Recipient account' },
  principal: { ko: '송금액', en: 'Principal' },
  fee: { ko: '수수료', en: 'Service fee' },
  total: { ko: '합계', en: 'Total' },
  charges: { ko: '카드 결제', en: 'Card payment' },
  transfer: { ko: '송금', en: 'Transfer' },
  refunds: { ko: '환불', en: 'Refunds' },
  paid: { ko: '환불을 뺀 결제 금액', en: 'Paid, less refunds' },
  issuedAt: { ko: '발급일시(한국 시간)', en: 'Issued at (Korean time)' },
} as const satisfies Readonly<Record<string, Words>>;

const DEAL: Readonly<Record<DealState, Words>> = {
  PENDING: { ko: '결제 전', en: 'Not paid yet' },
  PAID: { ko: '결제됨', en: 'Paid' },
  TRANSFERRING: { ko: '송금 중', en: 'Being transferred' },
  TRANSFER_FAILED: { ko: '송금 보류', en: 'Transfer held up' },
  COMPLETED: { ko: '송금 완료', en: 'Completed' },
  REFUNDED: { ko: '환불 완료', en: 'Refunded' },
  CANCELLED: { ko: '취소됨', en: 'Cancelled' },
};
const PAYMENT: Readonly<Record<PaymentState, Words>> = {
  PENDING: { ko: '확인 중', en: 'Being confirmed' },
  PAID: { ko: '승인', en: 'Approved' },
  FAILED: { ko: '거절', en: 'Declined' },
  CANCELLED: { ko: '취소', en: 'Cancelled' },
  REFUNDED: { ko: '전액 환불', en: 'Refunded' },
  PARTIALLY_REFUNDED: { ko: '일부 환불', en: 'Partly refunded' },
};
const TRANSFER: Readonly<Record<TransferState, Words>> = {
  PENDING: { ko: '확인 중', en: 'Being confirmed' },
  PROCESSING: { ko: '은행 처리 중', en: 'The bank works on it' },
  COMPLETED: { ko: '입금 완료', en: 'Arrived' },
  FAILED: { ko: '입금되지 않음', en: 'Not accepted' },
  RETURNED: { ko: '반환됨', en: 'Returned' },
};
const REFUND: Readonly<Record<Receipt['refunds'][number]['status'], Words>> = {
  PENDING: { ko: '확인 중', en: 'Being confirmed' },
  DONE: { ko: '환불됨', en: 'Done' },
};

const STYLE = `body{font-family:sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#111}
table{width:100%;border-collapse:collapse}th,td{padding:.4rem 0;border-bottom:1px solid #ccc;vertical-align:top}
th{text-align:left;font-weight:normal;color:#555}td{text-align:right}
@media print{body{margin:0;max-width:none}}`;

/** The page in one language. */
export function receiptPage(receipt: Receipt, language: Language): string {
  const won = (amount: number): string => `${amount.toLocaleString('en')}${language === 'ko' ? '원' : ' KRW'}`;
  /** `2026-03-02T14:05:00+09:00` to the minute. */
  const time = (at: string): string => at.slice(0, 16).replace('T', ' ');
  const bank = ({ bankName, accountMasked }: Receipt['recipient']) => `${bankName[language]} ${accountMasked}`;
  const row = (label: keyof typeof LABELS, lines: readonly string[]): Html => {
    const cells = lines.map((line) => html`<div>${line}</div>`);
    return html`<tr><th scope="row">${LABELS[label][language]}</th><td>${cells}</td></tr>`;
  };
  const line = (...parts: readonly string[]): string => parts.join(' · ');
  const charges = receipt.charges.map(({ amount, approvedAt, status, card }) => {
    const by = `${card.issuer[language]} ${card.maskedNumber}`;
    return line(won(amount), by, time(approvedAt), PAYMENT[status][language]);
  });
  const refunds = receipt.refunds.map(({ amount, at, status }) =>
    line(won(amount), ...(at ? [time(at)] : []), REFUND[status][language]),
  );
  const { transfer } = receipt;
  const sent = transfer && [
    line(won(transfer.amount), bank(transfer), transfer.tradingDate, TRANSFER[transfer.status][language]),
  ];
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>PLIC ${LABELS.title[language]} ${receipt.dealNo}</title><style>${STYLE}</style></head>
<body><h1>PLIC ${LABELS.title[language]}</h1><table>
${row('dealNo', [receipt.dealNo])}${row('status', [DEAL[receipt.status][language]])}
${row('createdAt', [time(receipt.createdAt)])}${row('purpose', [receipt.purpose])}
${row('recipient', [bank(receipt.recipient)])}${row('principal', [won(receipt.principal)])}
${row('fee', [`${won(receipt.fee)} (${receipt.feeBps / 100}%)`])}${row('total', [won(receipt.total)])}
${row('charges', charges)}${sent ? row('transfer', sent) : ''}${refunds.length > 0 ? row('refunds', refunds) : ''}
${row('paid', [won(receipt.paid)])}${row('issuedAt', [time(receipt.issuedAt)])}
</table></body></html>`;
  return page.text;
}
