/** The phone and the e-mail by which the member is reached. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { EmailChange } from '../account/email-change';
import { PhoneChange } from '../account/phone-change';
import { SubPage } from '../account/sub-page';
import { meQuery } from '../data';
import { Read } from '../read';
import { useTexts } from '../texts/texts';

export function ContactPage(): ReactNode {
  const { texts } = useTexts();
  const me = useQuery(meQuery);
  return (
    <SubPage title={texts.account.contact.title}>
      <Read of={me}>
        {({ email }) => (
          <>
            <EmailChange present={email} />
            <PhoneChange />
          </>
        )}
      </Read>
    </SubPage>
  );
}
