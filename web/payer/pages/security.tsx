/** Where the member is logged in, which devices are known, and the password. */
import type { ReactNode } from 'react';
import { Devices } from '../account/devices';
import { PasswordChange } from '../account/password-change';
import { Sessions } from '../account/sessions';
import { SubPage } from '../account/sub-page';
import { useTexts } from '../texts/texts';

export function SecurityPage(): ReactNode {
  const { texts } = useTexts();
  return (
    <SubPage title={texts.account.security.title}>
      <Sessions />
      <Devices />
      <PasswordChange />
    </SubPage>
  );
}
