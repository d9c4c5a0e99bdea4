/** Who gets the money: someone who was paid before, or a new account whose holder the bank confirms. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { BANKS } from '../../../workflows/domain/banks';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { type Recipient, recipientsQuery } from '../data';
import { useDraft } from '../draft';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { NewRecipientForm } from './new-recipient-form';

export function RecipientStep(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const { data, error, refetch } = useQuery(recipientsQuery);
  const [isNew, setIsNew] = useState(false);
  const choose = (recipientId: string) => {
    useDraft.getState().fill({ recipientId });
    go('/new/amount');
  };
  const showsForm = isNew || data?.length === 0;
  const back = { label: texts.back, go: () => (isNew ? setIsNew(false) : go('/')) };
  return (
    <Page title={texts.recipient.title} back={back}>
      {!data && !error && <Skeleton label={texts.loading} />}
      {!data && error && <SaidError error={error} again={() => void refetch()} />}
      {showsForm && <NewRecipientForm saved={choose} />}
      {data && !showsForm && (
        <>
          <ul className="flex flex-col gap-2" aria-label={texts.recipient.saved}>
            {data.map((recipient) => (
              <RecipientRow key={recipient.id} recipient={recipient} choose={choose} />
            ))}
          </ul>
          <Button look="quiet" onClick={() => setIsNew(true)}>
            {texts.recipient.fresh}
          </Button>
        </>
      )}
    </Page>
  );
}

interface RowProps {
  readonly recipient: Recipient;
  choose(recipientId: string): void;
}

function RecipientRow({ recipient, choose }: RowProps): ReactNode {
  const { texts, said } = useTexts();
  const { id, nickname, holderName, bankCode, bankName, accountLast4, favorite } = recipient;
  const bank = BANKS[bankCode]?.name;
  return (
    <li>
      <button
        type="button"
        onClick={() => choose(id)}
        className="flex min-h-16 w-full items-center justify-between gap-3 rounded-2xl border border-line p-4 text-left"
      >
        <span className="flex min-w-0 flex-col">
          <span className="font-semibold">{nickname ?? holderName}</span>
          <span className="text-sm text-soft">
            {bank ? said(bank) : bankName} ··{accountLast4} {nickname && holderName}
          </span>
        </span>
        {favorite && (
          <span role="img" aria-label={texts.recipient.favorite} className="text-warn">
            ★
          </span>
        )}
      </button>
    </li>
  );
}
