/** Who gets how much, and what the card pays for it. */
import type { ReactNode } from 'react';
import { rateText, wonText } from '../../shared/format';
import type { Deal } from '../data';
import { useTexts } from '../texts/texts';

export function Summary({ deal }: { readonly deal: Deal }): ReactNode {
  const { texts, language, said } = useTexts();
  const { recipient, principal, fee, feeBps, total, purpose } = deal;
  const rows = [
    [texts.pay.to, `${recipient.holderName} · ${said(recipient.bankName)} ${recipient.accountMasked}`],
    [texts.pay.purpose, purpose],
    [texts.pay.amount, wonText(principal, language)],
    [`${texts.pay.fee} ${rateText(feeBps)}`, wonText(fee, language)],
  ];
  return (
    <dl className="flex flex-col gap-3 rounded-2xl bg-raised p-4">
      {rows.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-6">
          <dt className="shrink-0 text-soft">{name}</dt>
          <dd className="text-right tabular-nums">{value}</dd>
        </div>
      ))}
      <div className="flex justify-between gap-6 border-t border-line pt-3 text-lg font-bold">
        <dt>{texts.pay.total}</dt>
        <dd className="tabular-nums">{wonText(total, language)}</dd>
      </div>
    </dl>
  );
}
