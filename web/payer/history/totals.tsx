/** How many deals the filters name, and how much they come to, whether they were paid or not. */
import { type ReactNode, useId } from 'react';
import { wonText } from '../../shared/format';
import type { DealTotals } from '../data';
import { useTexts } from '../texts/texts';

export function Totals({ totals }: { readonly totals: DealTotals }): ReactNode {
  const { texts, language } = useTexts();
  const id = useId();
  const { count, principal, fee, total } = totals;
  const rows = [
    [texts.history.count, texts.history.deals(count)],
    [texts.history.principal, wonText(principal, language)],
    [texts.history.fee, wonText(fee, language)],
    [texts.history.total, wonText(total, language)],
  ];
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3 rounded-2xl bg-raised p-4">
      <h2 id={id} className="font-semibold">
        {texts.history.totals}
      </h2>
      <dl className="flex flex-col gap-2">
        {rows.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4 last:font-bold">
            <dt className="text-soft">{name}</dt>
            <dd className="tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
