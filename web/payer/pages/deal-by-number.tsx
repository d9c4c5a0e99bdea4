/** The address that a push leads to: it names its deal by the number that people read. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { Page } from '../../shared/ui/page';
import { historyQuery } from '../data';
import { Read } from '../read';
import { useTexts } from '../texts/texts';
import { useWayBack } from '../way-back';
import { NotFoundPage } from './not-found';

export function DealByNumberPage({ dealNo }: { readonly dealNo: string }): ReactNode {
  const { texts } = useTexts();
  const found = useInfiniteQuery(historyQuery({ q: dealNo }));
  const back = useWayBack({ label: texts.home, href: '/' });
  if (found.data) {
    const deal = found.data.pages.flatMap(({ items }) => items).find((one) => one.dealNo === dealNo);
    return deal ? <Redirect to={`/deals/${deal.id}`} replace /> : <NotFoundPage />;
  }
  return (
    <Page title={texts.deal.of(dealNo)} back={back}>
      <Read of={found}>{() => null}</Read>
    </Page>
  );
}
