/** What a query brought, or its place while it is on its way, or why it did not come. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Skeleton } from '../../shared/ui/skeleton';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

interface Props<T> {
  readonly of: UseQueryResult<T, Error>;
  children(data: T): ReactNode;
}

export function Read<T>({ of: { data, error, refetch }, children }: Props<T>): ReactNode {
  const { texts } = useTexts();
  if (data !== undefined) return children(data);
  return error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />;
}
