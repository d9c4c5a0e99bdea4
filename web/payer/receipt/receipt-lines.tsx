/** What a receipt says, line by line, in the words of the page that the API prints. */
import type { ReactNode } from 'react';
import { DEAL_STATUS_WORDS, PAYMENT_STATUS_WORDS, TRANSFER_STATUS_WORDS } from '../../../workflows/domain/words/deal';
import {
  DISPUTE_STATUS_WORDS,
  monthsWords,
  RECEIPT_LABELS,
  REFUND_STATUS_WORDS,
} from '../../../workflows/domain/words/receipt';
import { paperTimeText, rateText, wonText } from '../../shared/format';
import type { Receipt } from '../data';
import { useTexts } from '../texts/texts';

type Label = keyof typeof RECEIPT_LABELS;

export function ReceiptLines({ receipt }: { readonly receipt: Receipt }): ReactNode {
  const { said } = useTexts();
  const rows = useRows(receipt).filter(([, lines]) => lines.length > 0);
  return (
    <dl className="flex flex-col">
      {rows.map(([label, lines]) => (
        <div key={label} className="flex flex-col gap-0.5 border-b border-line py-3">
          <dt className="text-sm text-soft">{said(RECEIPT_LABELS[label])}</dt>
          {lines.map((line) => (
            <dd key={line} className={`tabular-nums ${label === 'paid' ? 'text-lg font-bold' : ''}`}>
              {line}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}

/** The labels in their order, each with its lines. */
function useRows(receipt: Receipt): [Label, string[]][] {
  const { language, said } = useTexts();
  const won = (amount: number) => wonText(amount, language);
  const line = (...parts: (string | null)[]) => parts.filter((part) => part !== null).join(' · ');
  const account = ({ bankName, accountMasked }: Receipt['recipient']) => `${said(bankName)} ${accountMasked}`;
  const { transfer } = receipt;
  const charges = receipt.charges.map(({ amount, installmentMonths, card, approvedAt, status }) => {
    const by = `${said(card.issuer)} ${card.maskedNumber}`;
    const how = said(PAYMENT_STATUS_WORDS[status]);
    return line(won(amount), said(monthsWords(installmentMonths)), by, paperTimeText(approvedAt), how);
  });
  const refunds = receipt.refunds.map(({ amount, at, status }) =>
    line(won(amount), at && paperTimeText(at), said(REFUND_STATUS_WORDS[status])),
  );
  const disputes = receipt.disputes.map(({ amount, at, status }) =>
    line(won(amount), paperTimeText(at), said(DISPUTE_STATUS_WORDS[status])),
  );
  const sent = transfer && [won(transfer.amount), account(transfer), transfer.tradingDate];
  return [
    ['dealNo', [receipt.dealNo]],
    ['status', [said(DEAL_STATUS_WORDS[receipt.status])]],
    ['createdAt', [paperTimeText(receipt.createdAt)]],
    ['purpose', [receipt.purpose]],
    ['recipient', [account(receipt.recipient)]],
    ['principal', [won(receipt.principal)]],
    ['fee', [`${won(receipt.fee)} (${rateText(receipt.feeBps)})`]],
    ['total', [won(receipt.total)]],
    ['charges', charges],
    ['transfer', transfer && sent ? [line(...sent, said(TRANSFER_STATUS_WORDS[transfer.status]))] : []],
    ['refunds', refunds],
    ['disputes', disputes],
    ['paid', [won(receipt.paid)]],
    ['issuedAt', [paperTimeText(receipt.issuedAt)]],
  ];
}
