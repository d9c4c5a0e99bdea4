/** Whom the payer sends money to: favourites first, in their order. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { recipientsQuery } from '../data';
import { Read } from '../read';
import { SavedRecipient } from '../recipients/saved-recipient';
import { useTexts } from '../texts/texts';
import { useWayBack } from '../way-back';

export function RecipientsPage(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const back = useWayBack({ label: texts.account.title, href: '/me' });
  const recipients = useQuery(recipientsQuery);
  return (
    <Page
      title={texts.recipients.title}
      back={back}
      foot={<Button onClick={() => go('/recipients/new')}>{texts.recipients.add}</Button>}
    >
      <Read of={recipients}>
        {(items) =>
          items.length === 0 ? (
            <p className="rounded-2xl bg-raised p-5 text-soft">{texts.recipients.none}</p>
          ) : (
            <ul className="flex flex-col gap-3" aria-label={texts.recipients.title}>
              {items.map((recipient) => (
                <SavedRecipient key={recipient.id} recipient={recipient} />
              ))}
            </ul>
          )
        }
      </Read>
    </Page>
  );
}
