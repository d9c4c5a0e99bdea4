/**
 * What the member saw last, kept on the device for when there is no network: their newest deals, and who they are,
 * without their phone and e-mail. Dropped at log-out.
 */
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSession } from '../../shared/session';
import { type Deal, dealQuery, dealsQuery, type Me, meQuery } from '../data';

const NAME = 'plic-last-seen';
const DEALS_MAX = 20;
/** As long as a session lives without being used, ms. */
const KEPT_MS = 14 * 24 * 3_600_000;
/** Changes within this are written together, ms. */
const PAUSE_MS = 300;

const dealsOf = (queryClient: QueryClient) => queryClient.getQueryData(dealsQuery.queryKey);

interface Kept {
  /** When the deals were read, ms (UTC) by this device. */
  readonly at: number;
  readonly me: Omit<Me, 'phone' | 'email'> | undefined;
  readonly deals: NonNullable<ReturnType<typeof dealsOf>>;
}

/**
 * Keeps it while the member is logged in. `isCut`: the API cannot be asked who it is; then it is read back, and the
 * answer is whether there was any.
 */
export function useLastSeen(isCut: boolean): boolean {
  const queryClient = useQueryClient();
  const status = useSession((session) => session.status);
  const [isBack, setIsBack] = useState(false);
  useEffect(() => {
    if (status === 'out') localStorage.removeItem(NAME);
    if (status !== 'in') return;
    // What was read back is less than who they are: no page may take it for that.
    if (isBack) void queryClient.resetQueries({ queryKey: meQuery.queryKey });
    return keepChanges(queryClient);
  }, [status, isBack, queryClient]);
  useEffect(() => {
    if (isCut && status === 'unknown') setIsBack(readBack(queryClient));
  }, [isCut, status, queryClient]);
  return isBack;
}

function keepChanges(queryClient: QueryClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keepSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      keep(queryClient);
    }, PAUSE_MS);
  };
  const stop = queryClient.getQueryCache().subscribe(({ type, query }) => {
    const [first] = query.queryKey;
    if (type === 'updated' && (first === 'deals' || first === 'me')) keepSoon();
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function keep(queryClient: QueryClient): void {
  const list = dealsOf(queryClient);
  if (!list) return;
  const at = queryClient.getQueryState(dealsQuery.queryKey)?.dataUpdatedAt ?? 0;
  const kept: Kept = {
    at,
    me: withoutContact(queryClient.getQueryData(meQuery.queryKey)),
    deals: { ...list, items: list.items.slice(0, DEALS_MAX).map((deal) => newest(queryClient, deal)) },
  };
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // a browser that stores nothing has nothing to show without a network
  }
}

function withoutContact(me: Me | undefined): Kept['me'] {
  if (!me) return undefined;
  const { phone: _phone, email: _email, ...rest } = me;
  return rest;
}

function newest(queryClient: QueryClient, deal: Deal): Deal {
  const other = queryClient.getQueryData(dealQuery(deal.id).queryKey);
  return other && other.version > deal.version ? other : deal;
}

function readBack(queryClient: QueryClient): boolean {
  const kept = read();
  if (!kept) return false;
  if (Date.now() - kept.at > KEPT_MS) {
    localStorage.removeItem(NAME);
    return false;
  }
  const updatedAt = kept.at;
  queryClient.setQueryDefaults(dealsQuery.queryKey, { gcTime: Number.POSITIVE_INFINITY });
  queryClient.setQueryData(dealsQuery.queryKey, kept.deals, { updatedAt });
  for (const deal of kept.deals.items) queryClient.setQueryData(dealQuery(deal.id).queryKey, deal, { updatedAt });
  if (kept.me) queryClient.setQueryData(meQuery.queryKey, { ...kept.me, phone: '', email: '' }, { updatedAt });
  return true;
}

function read(): Kept | undefined {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
