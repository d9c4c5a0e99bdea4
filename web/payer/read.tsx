/** What a query brought, or its place while it is on its way, or why it did not come. */
import type { ReactNode } from 'react';
import { isUndecided } from '../shared/answers';
import { Notice } from '../shared/ui/notice';
import { Skeleton } from '../shared/ui/skeleton';
import { SaidError } from './said-error';
import { useTexts } from './texts/texts';

interface Query<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly fetchStatus: 'fetching' | 'paused' | 'idle';
  refetch(): Promise<unknown>;
}

interface Props<T> {
  readonly of: Query<T>;
  readonly rows?: number;
  children(data: T): ReactNode;
}

export function Read<T>({ of: { data, error, fetchStatus, refetch }, rows, children }: Props<T>): ReactNode {
  const { texts } = useTexts();
  if (data !== undefined) return children(data);
  if (error) return <SaidError error={error} again={isUndecided(error) ? () => void refetch() : undefined} />;
  if (fetchStatus === 'paused') return <Notice look="warn">{texts.offline}</Notice>;
  return <Skeleton label={texts.loading} {...(rows !== undefined && { rows })} />;
}
