/** A page that shows nothing without a network. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Page } from '../../shared/ui/page';
import { useTexts } from '../texts/texts';

export function NotHerePage(): ReactNode {
  const { texts } = useTexts();
  return (
    <Page title={texts.account.installed.notHere}>
      <Link
        href="/"
        className="inline-flex min-h-11 items-center font-semibold text-brand underline underline-offset-4"
      >
        {texts.home}
      </Link>
    </Page>
  );
}
