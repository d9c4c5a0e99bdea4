/** Without a network what was seen last is shown, and said to be that; nothing is paid. */
import { type ReactNode, useSyncExternalStore } from 'react';
import { timeText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { useSession } from '../../shared/session';
import { Notice } from '../../shared/ui/notice';
import { useTexts } from '../texts/texts';

function hearNetwork(changed: () => void): () => void {
  const left = new AbortController();
  addEventListener('online', changed, { signal: left.signal });
  addEventListener('offline', changed, { signal: left.signal });
  return () => left.abort();
}

/** The device has no network, or the API has not said yet who is logged in. */
export function useOffline(): boolean {
  const isOnline = useSyncExternalStore(hearNetwork, () => navigator.onLine);
  const isKnown = useSession(({ status }) => status === 'in');
  return !isOnline || !isKnown;
}

interface Props {
  /** When what is shown was read, ms (UTC); 0: it was not. */
  readonly at: number;
  /** It could not be read anew. */
  readonly failed?: boolean;
}

export function LastSeen({ at, failed = false }: Props): ReactNode {
  const { texts, language } = useTexts();
  const isOffline = useOffline();
  if (!(isOffline || failed) || at === 0) return null;
  const time = timeText(new Date(at).toISOString(), language, serverNow());
  return <Notice look="warn">{texts.account.installed.lastSeen(time)}</Notice>;
}
