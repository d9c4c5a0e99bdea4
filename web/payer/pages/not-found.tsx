import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Page } from '../../shared/ui/page';
import { useTexts } from '../texts/texts';

export function NotFoundPage(): ReactNode {
  const { texts } = useTexts();
  return (
    <Page title={texts.notFound}>
      <Link href="/" className="font-semibold text-brand underline underline-offset-4">
        {texts.home}
      </Link>
    </Page>
  );
}
