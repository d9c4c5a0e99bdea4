/** Over how many months the card is charged, where the total lets it. */
import type { ReactNode } from 'react';
import { INSTALLMENT_MONTHS, mayBePaidOver } from '../../../workflows/domain/fees';
import { won } from '../../../workflows/domain/money';
import { Select } from '../../shared/ui/select';
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
  const possible = INSTALLMENT_MONTHS.filter((over) => mayBePaidOver(won(total), over));
  if (possible.length < 2) return null;
  return (
    <Select
      label={texts.card.months}
      hint={texts.card.monthsHint}
      value={months}
      onChange={(event) => choose(Number(event.currentTarget.value))}
    >
      {possible.map((over) => (
        <option key={over} value={over}>
          {over === 0 ? texts.card.once : texts.card.over(over)}
        </option>
      ))}
    </Select>
  );
}
