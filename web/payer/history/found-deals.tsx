/** The deals that the filters name, newest first by their days, a page at a time. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fullDayText, kstDay } from '../../shared/format';
import { Button } from '../../shared/ui/button';
import { focusHeading } from '../../shared/ui/page';
import { type Deal, historyQuery } from '../data';
import { DealRow } from '../deal/deal-row';
import { Read } from '../read';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { isFiltered, toDealFilter, useFilter } from './filter';
import { Totals } from './totals';

export function FoundDeals(): ReactNode {
  const { texts } = useTexts();
  const { filter, clear } = useFilter();
  const list = useInfiniteQuery(historyQuery(toDealFilter(filter)));
  const deals = list.data?.pages.flatMap(({ items }) => items);
  const totals = list.data?.pages.at(-1)?.totals;
  const clearAll = () => {
    clear();
    focusHeading();
  };
  return (
    <>
      <div role="status">{totals && deals && <Found shown={deals.length} count={totals.count} />}</div>
      <Read of={list}>
        {() =>
          deals?.length === 0 ? isFiltered(filter) && <Button onClick={clearAll}>{texts.history.clear}</Button> : null
        }
      </Read>
      {totals && totals.count > 0 && <Totals totals={totals} />}
      {byDay(deals ?? []).map(([day, ofDay]) => (
        <Day key={day} day={day} deals={ofDay} />
      ))}
      {list.data && list.error && <SaidError error={list.error} />}
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

/** How many there are; with none, whether the filters are the reason or there is none yet. */
function Found({ shown, count }: { readonly shown: number; readonly count: number }): ReactNode {
  const { texts } = useTexts();
  const { filter } = useFilter();
  if (count > 0) return <p className="text-sm text-soft">{texts.history.shown(shown, count)}</p>;
  if (!isFiltered(filter)) return <p className="rounded-2xl bg-raised p-5 text-soft">{texts.homePage.none}</p>;
  return (
    <div className="rounded-2xl bg-raised p-5">
      <p className="font-semibold">{texts.history.noneFound}</p>
      <p className="text-soft">{texts.history.noneFoundHint}</p>
    </div>
  );
}
