/** What is under way, what was, and the way to the next deal. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { rateText, wonText } from '../../shared/format';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { dealsQuery, hasEnded, meQuery } from '../data';
import { DealRow } from '../deal/deal-row';
import { useDraft } from '../draft';
import { LastSeen, useOffline } from '../installed/offline';
import { LanguageButton } from '../language-button';
import { Navigation } from '../navigation';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function HomePage(): ReactNode {
  const { texts, language, said } = useTexts();
  const [, go] = useLocation();
  const { data: me, isRefetchError: hasNoNewMe } = useQuery(meQuery);
  const { dataUpdatedAt, isRefetchError: hasNoNewDeals } = useQuery(dealsQuery);
  const isOffline = useOffline();
  const isOld = isOffline || hasNoNewMe || hasNoNewDeals;
  const begin = () => {
    useDraft.getState().begin();
    go('/new/recipient');
  };
  return (
    <Page
      title={me ? texts.homePage.title(me.name) : 'PLIC'}
      aside={<LanguageButton />}
      foot={
        <>
          {!isOffline && <Button onClick={begin}>{texts.homePage.pay}</Button>}
          <Navigation />
        </>
      }
    >
      <LastSeen at={dataUpdatedAt} failed={isOld} />
      {me && (
        <div className="flex flex-col gap-1 text-soft">
          <p>{texts.homePage.grade(said(me.grade.name), rateText(me.grade.feeBps))}</p>
          {!isOld && <p>{texts.homePage.left(wonText(me.limits.amountLeft, language), me.limits.dealsLeft)}</p>}
        </div>
      )}
      <Deals />
    </Page>
  );
}

function Deals(): ReactNode {
  const { texts } = useTexts();
  const { data, error, refetch } = useQuery(dealsQuery);
  if (!data)
    return error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />;
  if (data.items.length === 0) return <p className="rounded-2xl bg-raised p-5 text-soft">{texts.homePage.none}</p>;
  const underWay = data.items.filter((deal) => !hasEnded(deal));
  const ended = data.items.filter(hasEnded);
  return (
    <>
      {[
        { title: texts.homePage.underWay, deals: underWay },
        { title: texts.homePage.recent, deals: ended },
      ]
        .filter(({ deals }) => deals.length > 0)
        .map(({ title, deals }) => (
          <section key={title} className="flex flex-col gap-2">
            <h2 className="font-semibold">{title}</h2>
            <ul className="flex flex-col gap-2">
              {deals.map((deal) => (
                <DealRow key={deal.id} deal={deal} />
              ))}
            </ul>
          </section>
        ))}
    </>
  );
}
