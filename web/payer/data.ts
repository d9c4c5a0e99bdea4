/** What the app reads, by the names under which it is kept and read anew. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { taken } from '../shared/answers';
import type { components, paths } from '../shared/api';
import { api } from '../shared/client';

export type Deal = components['schemas']['Deal'];
export type Card = components['schemas']['Card'];
export type Recipient = components['schemas']['Recipient'];
export type Me = components['schemas']['Me'];
export type Receipt = components['schemas']['Receipt'];
export type DealTotals = paths['/v1/deals']['get']['responses'][200]['content']['application/json']['totals'];

/** A stream tells of changes; this often they are read without it, ms. */
const LOOK_EVERY_MS = 10_000;
const NEWEST = 50;

export const hasEnded = ({ status }: Deal): boolean => ['COMPLETED', 'REFUNDED', 'CANCELLED'].includes(status);

/** Nothing more happens to it; money that arrived may yet come back. */
const isOver = ({ status }: Deal): boolean => status === 'REFUNDED' || status === 'CANCELLED';

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => taken(api.GET('/v1/users/me')) });

export const banksQuery = queryOptions({ queryKey: ['banks'], queryFn: () => taken(api.GET('/v1/banks')) });

export const consentsQuery = queryOptions({ queryKey: ['consents'], queryFn: () => taken(api.GET('/v1/consents')) });

export const cardsQuery = queryOptions({
  queryKey: ['cards'],
  queryFn: () => taken(api.GET('/v1/cards', { params: { query: { limit: NEWEST } } })),
});

export const cardFormQuery = queryOptions({
  queryKey: ['card-form'],
  queryFn: () => taken(api.GET('/v1/card-form')),
});

/** Favourites in their order, then the others, newest first. */
export const recipientsQuery = queryOptions({
  queryKey: ['recipients'],
  queryFn: async () => {
    const list = (favorite: 'true' | 'false') =>
      taken(api.GET('/v1/recipients', { params: { query: { favorite, limit: NEWEST } } }));
    const [first, others] = await Promise.all([list('true'), list('false')]);
    return [...first.items, ...others.items];
  },
});

/** What a principal would cost this payer now; asked for once it is within what a deal may be. */
export const quoteQuery = (principal: number, recipientId: string) =>
  queryOptions({
    queryKey: ['quote', principal, recipientId],
    queryFn: () => taken(api.POST('/v1/quotes', { body: { principal, recipientId } })),
  });

export const dealsQuery = queryOptions({
  queryKey: ['deals'],
  queryFn: () => taken(api.GET('/v1/deals', { params: { query: { limit: 20 } } })),
  refetchInterval: LOOK_EVERY_MS,
});

export const dealQuery = (dealId: string) =>
  queryOptions({
    queryKey: ['deals', dealId],
    queryFn: () => taken(api.GET('/v1/deals/{dealId}', { params: { path: { dealId } } })),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : LOOK_EVERY_MS),
  });

export const timelineQuery = (dealId: string) =>
  queryOptions({
    queryKey: ['deals', dealId, 'timeline'],
    queryFn: () => taken(api.GET('/v1/deals/{dealId}/timeline', { params: { path: { dealId } } })),
  });

/** Which deals of the history; days are those of Korea. */
export interface DealFilter {
  readonly status?: Deal['status'][];
  readonly from?: string;
  readonly to?: string;
  readonly q?: string;
}

/** Deals in one page of the history. */
const HISTORY_PAGE = 20;

export const historyQuery = (filter: DealFilter) =>
  infiniteQueryOptions({
    queryKey: ['deals', 'history', filter],
    queryFn: ({ pageParam: cursor }) => {
      const query = { ...filter, limit: HISTORY_PAGE, ...(cursor !== null && { cursor }) };
      return taken(api.GET('/v1/deals', { params: { query } }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const receiptQuery = (dealId: string) =>
  queryOptions({
    queryKey: ['deals', dealId, 'receipt'],
    queryFn: () => taken(api.GET('/v1/deals/{dealId}/receipt', { params: { path: { dealId } } })),
  });

/** By which channels news of deals comes. */
export const noticesQuery = queryOptions({
  queryKey: ['notices'],
  queryFn: () => taken(api.GET('/v1/users/me/notifications')),
});

export const pushQuery = queryOptions({
  queryKey: ['push'],
  queryFn: () => taken(api.GET('/v1/users/me/push-subscriptions')),
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => taken(api.GET('/v1/users/me/sessions')),
});

export const devicesQuery = queryOptions({
  queryKey: ['devices'],
  queryFn: () => taken(api.GET('/v1/users/me/devices')),
});

export const ownConsentsQuery = queryOptions({
  queryKey: ['own-consents'],
  queryFn: () => taken(api.GET('/v1/users/me/consents')),
});
