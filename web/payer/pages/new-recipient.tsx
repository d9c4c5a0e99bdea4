/** An account that is saved before anything is sent to it. */
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Page } from '../../shared/ui/page';
import { NewRecipientForm } from '../new-deal/new-recipient-form';
import { useTexts } from '../texts/texts';

export function NewRecipientPage(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const list = () => go('/recipients', { replace: true });
  return (
    <Page title={texts.recipients.addTitle} back={{ label: texts.back, go: list }}>
      <NewRecipientForm saved={list} />
    </Page>
  );
}
