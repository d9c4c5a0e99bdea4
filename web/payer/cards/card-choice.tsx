/** The payer's cards, of which one pays; a new one is registered on the way. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../../shared/ui/button';
import { Choice } from '../../shared/ui/choice';
import { Skeleton } from '../../shared/ui/skeleton';
import { type Card, cardsQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { CardForm } from './card-form';

/** The card that was chosen while the payer has it, else the default one; undefined: none yet. */
export function useChosenCard(chosen: string | undefined): string | undefined {
  const { data } = useQuery(cardsQuery);
  const cards = data?.items ?? [];
  return (cards.find(({ id }) => id === chosen) ?? cards.find(({ isDefault }) => isDefault) ?? cards[0])?.id;
}

interface Props {
  readonly chosen: string | undefined;
  choose(cardId: string): void;
}

export function CardChoice({ chosen, choose }: Props): ReactNode {
  const { texts } = useTexts();
  const { data, error, refetch } = useQuery(cardsQuery);
  const [adding, setAdding] = useState(false);
  if (!data)
    return error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />;
  return (
    <div className="flex flex-col gap-3">
      {data.items.length > 0 && (
        <Choice
          legend={texts.card.saved}
          name="card"
          options={data.items.map((card) => ({ value: card.id, label: <CardLabel card={card} /> }))}
          value={chosen}
          choose={choose}
        />
      )}
      <Button look="quiet" onClick={() => setAdding(true)}>
        + {texts.card.add}
      </Button>
      {adding && (
        <CardForm
          close={() => setAdding(false)}
          added={(cardId) => {
            setAdding(false);
            choose(cardId);
          }}
        />
      )}
    </div>
  );
}

export function CardLabel({ card }: { readonly card: Card }): ReactNode {
  const { said } = useTexts();
  return (
    <span className="flex flex-col">
      <span className="font-semibold">{card.nickname ?? said(card.issuerName)}</span>
      <span className="text-sm text-soft tabular-nums">
        {card.nickname && `${said(card.issuerName)} `}··{card.maskedNumber.slice(-4)}
      </span>
    </span>
  );
}
