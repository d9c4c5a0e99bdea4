/** A receipt as a page to print: no script, no address of another place, everything escaped. */
import { DEAL_STATUS_WORDS, PAYMENT_STATUS_WORDS, TRANSFER_STATUS_WORDS } from '../../workflows/domain/words/deal';
import {
  DISPUTE_STATUS_WORDS,
  monthsWords,
  RECEIPT_LABELS,
  REFUND_STATUS_WORDS,
} from '../../workflows/domain/words/receipt';
import { type Html, html } from '../http/html';
import type { Language } from '../http/problem';
import type { Receipt } from './receipt-resource';

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
  const row = (label: keyof typeof RECEIPT_LABELS, lines: readonly string[]): Html => {
    const cells = lines.map((line) => html`<div>${line}</div>`);
    return html`<tr><th scope="row">${RECEIPT_LABELS[label][language]}</th><td>${cells}</td></tr>`;
  };
  const line = (...parts: readonly string[]): string => parts.join(' · ');
  const charges = receipt.charges.map(({ amount, approvedAt, status, card, installmentMonths }) => {
    const by = `${card.issuer[language]} ${card.maskedNumber}`;
    return line(
      won(amount),
      monthsWords(installmentMonths)[language],
      by,
      time(approvedAt),
      PAYMENT_STATUS_WORDS[status][language],
    );
  });
  const refunds = receipt.refunds.map(({ amount, at, status }) =>
    line(won(amount), ...(at ? [time(at)] : []), REFUND_STATUS_WORDS[status][language]),
  );
  const disputes = receipt.disputes.map(({ amount, at, status }) =>
    line(won(amount), time(at), DISPUTE_STATUS_WORDS[status][language]),
  );
  const { transfer } = receipt;
  const sent = transfer && [
    line(won(transfer.amount), bank(transfer), transfer.tradingDate, TRANSFER_STATUS_WORDS[transfer.status][language]),
  ];
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>PLIC ${RECEIPT_LABELS.title[language]} ${receipt.dealNo}</title><style>${STYLE}</style></head>
<body><h1>PLIC ${RECEIPT_LABELS.title[language]}</h1><table>
${row('dealNo', [receipt.dealNo])}${row('status', [DEAL_STATUS_WORDS[receipt.status][language]])}
${row('createdAt', [time(receipt.createdAt)])}${row('purpose', [receipt.purpose])}
${row('recipient', [bank(receipt.recipient)])}${row('principal', [won(receipt.principal)])}
${row('fee', [`${won(receipt.fee)} (${receipt.feeBps / 100}%)`])}${row('total', [won(receipt.total)])}
${row('charges', charges)}${sent ? row('transfer', sent) : ''}${refunds.length > 0 ? row('refunds', refunds) : ''}
${disputes.length > 0 ? row('disputes', disputes) : ''}
${row('paid', [won(receipt.paid)])}${row('issuedAt', [time(receipt.issuedAt)])}
</table></body></html>`;
  return page.text;
}
