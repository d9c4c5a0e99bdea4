/** The address that a push leads to: it names its deal by the number that people read. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { Skeleton } from '../../shared/ui/skeleton';
import { dealsQuery } from '../data';
import { useTexts } from '../texts/texts';

export function DealByNumberPage({ dealNo }: { readonly dealNo: string }): ReactNode {
  const { texts } = useTexts();
  const { data, error } = useQuery(dealsQuery);
  if (!data && !error) return <Skeleton label={texts.loading} />;
  const deal = data?.items.find((one) => one.dealNo === dealNo);
  return <Redirect to={deal ? `/deals/${deal.id}` : '/'} replace />; // an older one: the first page leads to all
}
