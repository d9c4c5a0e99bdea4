/** One of the payer's cards: what it is, and what can be done with it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { taken, tryAgain } from '../../shared/answers';
import { api } from '../../shared/client';
import { kstDay } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { type Card, cardsQuery } from '../data';
import { RemoveSheet } from '../remove-sheet';
import { RenameSheet } from '../rename-sheet';
import { RowButtons } from '../row-buttons';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { CardLabel } from './card-choice';

const NICKNAME_MAX = 20;

export function CardRow({ card }: { readonly card: Card }): ReactNode {
  const { texts, said } = useTexts();
  const [asking, setAsking] = useState<'rename' | 'remove'>();
  const { change, remove } = useCard(card.id);
  const close = () => setAsking(undefined);
  const name = `${card.nickname ?? said(card.issuerName)} ··${card.maskedNumber.slice(-4)}`;
  const makeDefault = useMutation({
    mutationFn: () => change({ isDefault: true }),
    ...tryAgain,
  });
  const acts = [
    { label: texts.rename, act: () => setAsking('rename') },
    ...(card.isDefault
      ? []
      : [{ label: texts.cards.makeDefault, busy: makeDefault.isPending, act: () => makeDefault.mutate() }]),
    { label: texts.remove, look: 'danger' as const, act: () => setAsking('remove') },
  ];
  return (
    <li className="flex flex-col gap-3 rounded-2xl border border-line p-4">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <CardLabel card={card} />
          {card.expiry && <Expiry month={card.expiry} />}
        </div>
        {card.isDefault && (
          <span className="shrink-0 rounded-full bg-tint px-3 py-1 text-sm font-semibold text-brand">
            {texts.cards.isDefault}
          </span>
        )}
      </div>
      <RowButtons of={name} acts={acts} />
      {makeDefault.error && <SaidError error={makeDefault.error} />}
      {asking === 'rename' && (
        <RenameSheet
          title={texts.cards.renameTitle}
          hint={texts.cards.renameHint}
          name={card.nickname}
          max={NICKNAME_MAX}
          save={(nickname) => change({ nickname })}
          close={close}
        />
      )}
      {asking === 'remove' && (
        <RemoveSheet
          question={texts.cards.removeAsk(name)}
          hint={texts.cards.removeHint}
          remove={remove}
          close={close}
        />
      )}
    </li>
  );
}

/** Both change the list, which is read anew before they have ended. */
function useCard(cardId: string) {
  const queryClient = useQueryClient();
  const params = { path: { cardId } };
  const readAnew = () => queryClient.invalidateQueries(cardsQuery);
  return {
    change: (body: { nickname?: string | null; isDefault?: true }) =>
      taken(api.PATCH('/v1/cards/{cardId}', { params, body })).then(readAnew),
    remove: () => taken(api.DELETE('/v1/cards/{cardId}', { params })).finally(readAnew),
  };
}

/** `month`: the last one in which the card can be charged, `YYYY-MM`. */
function Expiry({ month }: { readonly month: string }): ReactNode {
  const { texts } = useTexts();
  const printed = `${month.slice(5)}/${month.slice(2, 4)}`; // as it stands on the card
  const isOver = month < kstDay(new Date(serverNow())).slice(0, 7);
  return (
    <p className={`text-sm tabular-nums ${isOver ? 'font-semibold text-bad' : 'text-soft'}`}>
      {isOver ? texts.cards.expired(printed) : texts.cards.expiry(printed)}
    </p>
  );
}
