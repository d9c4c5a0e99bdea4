/** Every deal there was, and how to find one. */
import type { ReactNode } from 'react';
import { Page } from '../../shared/ui/page';
import { Filters } from '../history/filters';
import { FoundDeals } from '../history/found-deals';
import { Navigation } from '../navigation';
import { useTexts } from '../texts/texts';

export function HistoryPage(): ReactNode {
  const { texts } = useTexts();
  return (
    <Page title={texts.history.title} foot={<Navigation />}>
      <Filters />
      <FoundDeals />
    </Page>
  );
}
