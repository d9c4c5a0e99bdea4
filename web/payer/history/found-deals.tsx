/** The deals that the filters name, newest first by their days, a page at a time. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fullDayText, kstDay } from '../../shared/format';
import { Button } from '../../shared/ui/button';
import { Skeleton } from '../../shared/ui/skeleton';
import { type Deal, historyQuery } from '../data';
import { DealRow } from '../deal/deal-row';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { isFiltered, toDealFilter, useFilter } from './filter';
import { Totals } from './totals';

export function FoundDeals(): ReactNode {
  const { texts } = useTexts();
  const { filter, clear } = useFilter();
  const { data, error, refetch, ...list } = useInfiniteQuery(historyQuery(toDealFilter(filter)));
  if (!data)
    return error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />;
  const deals = data.pages.flatMap(({ items }) => items);
  const totals = data.pages.at(-1)?.totals;
  if (deals.length === 0 || !totals) return <None clear={isFiltered(filter) ? clear : undefined} />;
  return (
    <>
      <Totals totals={totals} />
      {byDay(deals).map(([day, ofDay]) => (
        <Day key={day} day={day} deals={ofDay} />
      ))}
      <p role="status" className="text-center text-sm text-soft">
        {texts.history.shown(deals.length, totals.count)}
      </p>
      {error && <SaidError error={error} />}
      {list.hasNextPage && (
        <Button look="quiet" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {texts.history.more}
        </Button>
      )}
    </>
  );
}

/** Days of Korea, in the order of the deals. */
function byDay(deals: readonly Deal[]): [string, Deal[]][] {
  const days = new Map<string, Deal[]>();
  for (const deal of deals) {
    const day = kstDay(new Date(deal.createdAt));
    days.set(day, [...(days.get(day) ?? []), deal]);
  }
  return [...days];
}

function Day({ day, deals }: { readonly day: string; readonly deals: readonly Deal[] }): ReactNode {
  const { language } = useTexts();
  return (
    <section className="flex flex-col gap-2">
      <h2 className="font-semibold">{fullDayText(day, language)}</h2>
      <ul className="flex flex-col gap-2">
        {deals.map((deal) => (
          <DealRow key={deal.id} deal={deal} />
        ))}
      </ul>
    </section>
  );
}

/** Nothing: because of the filters, which `clear` takes away, or because there is none yet. */
function None({ clear }: { readonly clear: (() => void) | undefined }): ReactNode {
  const { texts } = useTexts();
  if (!clear)
    return (
      <p role="status" className="rounded-2xl bg-raised p-5 text-soft">
        {texts.homePage.none}
      </p>
    );
  return (
    <div className="flex flex-col gap-4 rounded-2xl bg-raised p-5">
      <div role="status">
        <p className="font-semibold">{texts.history.noneFound}</p>
        <p className="text-soft">{texts.history.noneFoundHint}</p>
      </div>
      <Button onClick={clear}>{texts.history.clear}</Button>
    </div>
  );
}
