/** What the member agreed to. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Consent } from '../account/consent';
import { SubPage } from '../account/sub-page';
import { ownConsentsQuery } from '../data';
import { Read } from '../read';
import { useTexts } from '../texts/texts';

export function ConsentsPage(): ReactNode {
  const { texts } = useTexts();
  const consents = useQuery(ownConsentsQuery);
  return (
    <SubPage title={texts.account.consents.title}>
      <Read of={consents}>
        {({ items }) => (
          <ul className="flex flex-col gap-2">
            {items.map((consent) => (
              <Consent key={consent.kind} consent={consent} />
            ))}
          </ul>
        )}
      </Read>
      <p className="text-sm text-soft">{texts.account.consents.required}</p>
    </SubPage>
  );
}
