/** Whom the payer sends money to: favourites first, in their order. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { recipientsQuery } from '../data';
import { SavedRecipient } from '../recipients/saved-recipient';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function RecipientsPage(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const { data, error, refetch } = useQuery(recipientsQuery);
  return (
    <Page
      title={texts.recipients.title}
      back={{ label: texts.back, go: () => go('/me') }}
      foot={<Button onClick={() => go('/recipients/new')}>{texts.recipients.add}</Button>}
    >
      {!data && (error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />)}
      {data?.length === 0 && <p className="rounded-2xl bg-raised p-5 text-soft">{texts.recipients.none}</p>}
      {data && data.length > 0 && (
        <ul className="flex flex-col gap-3" aria-label={texts.recipients.title}>
          {data.map((recipient) => (
            <SavedRecipient key={recipient.id} recipient={recipient} />
          ))}
        </ul>
      )}
    </Page>
  );
}
