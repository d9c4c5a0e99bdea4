/** The payer's cards: which there are, and which is taken unless another is chosen. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { CardForm } from '../cards/card-form';
import { CardRow } from '../cards/card-row';
import { cardsQuery } from '../data';
import { Read } from '../read';
import { useTexts } from '../texts/texts';
import { useWayBack } from '../way-back';

export function CardsPage(): ReactNode {
  const { texts } = useTexts();
  const back = useWayBack({ label: texts.account.title, href: '/me' });
  const cards = useQuery(cardsQuery);
  const [adding, setAdding] = useState(false);
  const close = () => setAdding(false);
  return (
    <Page
      title={texts.cards.title}
      back={back}
      foot={<Button onClick={() => setAdding(true)}>{texts.card.add}</Button>}
    >
      <Read of={cards}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="rounded-2xl bg-raised p-5 text-soft">{texts.cards.none}</p>
          ) : (
            <ul className="flex flex-col gap-3" aria-label={texts.cards.title}>
              {items.map((card) => (
                <CardRow key={card.id} card={card} />
              ))}
            </ul>
          )
        }
      </Read>
      {adding && <CardForm close={close} added={close} />}
    </Page>
  );
}
