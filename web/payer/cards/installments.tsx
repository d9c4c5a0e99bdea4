/** Over how many months the card is charged, where the total lets it. */
import { type ReactNode, useId } from 'react';
import { INSTALLMENT_MONTHS, mayBePaidOver } from '../../../workflows/domain/fees';
import { won } from '../../../workflows/domain/money';
import { useTexts } from '../texts/texts';

/** What was chosen, or at once when this total cannot be charged so. */
export const possibleMonths = (total: number, months: number): number =>
  INSTALLMENT_MONTHS.some((known) => known === months) && mayBePaidOver(won(total), months) ? months : 0;

interface Props {
  readonly total: number;
  readonly months: number;
  choose(months: number): void;
}

export function Installments({ total, months, choose }: Props): ReactNode {
  const { texts } = useTexts();
  const id = useId();
  const possible = INSTALLMENT_MONTHS.filter((over) => mayBePaidOver(won(total), over));
  if (possible.length < 2) return null;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium text-soft">
        {texts.card.months}
      </label>
      <select
        id={id}
        aria-describedby={`${id}-hint`}
        value={months}
        onChange={(event) => choose(Number(event.target.value))}
        className="min-h-12 rounded-xl border border-line bg-ground px-3 text-lg"
      >
        {possible.map((over) => (
          <option key={over} value={over}>
            {over === 0 ? texts.card.once : texts.card.over(over)}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} className="text-sm text-soft">
        {texts.card.monthsHint}
      </p>
    </div>
  );
}
