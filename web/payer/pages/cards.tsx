/** The payer's cards: which there are, and which is taken unless another is chosen. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { CardForm } from '../cards/card-form';
import { CardRow } from '../cards/card-row';
import { cardsQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function CardsPage(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const { data, error, refetch } = useQuery(cardsQuery);
  const [adding, setAdding] = useState(false);
  const close = () => setAdding(false);
  return (
    <Page
      title={texts.cards.title}
      back={{ label: texts.back, go: () => go('/me') }}
      foot={<Button onClick={() => setAdding(true)}>{texts.card.add}</Button>}
    >
      {!data && (error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />)}
      {data?.items.length === 0 && <p className="rounded-2xl bg-raised p-5 text-soft">{texts.cards.none}</p>}
      {data && data.items.length > 0 && (
        <ul className="flex flex-col gap-3" aria-label={texts.cards.title}>
          {data.items.map((card) => (
            <CardRow key={card.id} card={card} />
          ))}
        </ul>
      )}
      {adding && <CardForm close={close} added={close} />}
    </Page>
  );
}
