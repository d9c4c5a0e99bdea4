/** One deal as it is now: how far it came, why it waits and when it moves, what can be done. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { DEAL_STATUS_WORDS } from '../../../workflows/domain/words/deal';
import { wonText } from '../../shared/format';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { type Deal, dealQuery } from '../data';
import { CancelButton } from '../deal/cancel-button';
import { Progress } from '../deal/progress';
import { statusLook } from '../deal/status-look';
import { Story } from '../deal/story';
import { Summary } from '../deal/summary';
import { usePaymentUnderWay } from '../deal/use-payment';
import { Wait } from '../deal/wait';
import { LastSeen, useOffline } from '../installed/offline';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { FROM_INSIDE, useWayBack } from '../way-back';

export function DealPage({ dealId }: { readonly dealId: string }): ReactNode {
  const { texts } = useTexts();
  const { data: deal, error, refetch, dataUpdatedAt, isRefetchError } = useQuery(dealQuery(dealId));
  const back = useWayBack({ label: texts.home, href: '/' });
  if (deal) return <Shown deal={deal} back={back} readAt={dataUpdatedAt} isOld={isRefetchError} />;
  return (
    <Page title={texts.deal.steps} back={back}>
      {error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} rows={5} />}
    </Page>
  );
}

/** What a payment is of which there is a receipt. */
const CHARGED: readonly string[] = ['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED'];

interface ShownProps {
  readonly deal: Deal;
  readonly back: { readonly label: string; go(): void };
  /** Ms (UTC). */
  readonly readAt: number;
  /** A newer look failed. */
  readonly isOld: boolean;
}

function Shown({ deal, back, readAt, isOld }: ShownProps): ReactNode {
  const { texts, language, said } = useTexts();
  const [, go] = useLocation();
  const beingPaid = usePaymentUnderWay(deal.id) !== undefined;
  const mayAct = !useOffline() && !beingPaid;
  const mayPay = deal.actions.includes('confirm') && mayAct;
  const wasDeclined = deal.payments.some(({ status }) => status === 'FAILED');
  const wasCharged = deal.payments.some(({ status }) => CHARGED.includes(status));
  const foot = mayPay && (
    <Button onClick={() => go(`/deals/${deal.id}/pay`)}>{wasDeclined ? texts.deal.payOther : texts.deal.pay}</Button>
  );
  return (
    <Page title={texts.deal.title(deal.recipient.holderName)} back={back} foot={foot}>
      <LastSeen at={readAt} failed={isOld} />
      <div className="flex flex-col gap-1">
        <p className="text-3xl font-bold tabular-nums">{wonText(deal.principal, language)}</p>
        <p role="status" className={`text-lg font-semibold ${statusLook(deal.status)}`}>
          {said(DEAL_STATUS_WORDS[deal.status])}
        </p>
      </div>
      <Wait deal={deal} />
      <Progress deal={deal} />
      <Summary deal={deal} />
      <Story deal={deal} />
      {wasCharged && (
        <Link
          href={`/deals/${deal.id}/receipt`}
          state={FROM_INSIDE}
          className="flex min-h-11 items-center font-semibold text-brand underline"
        >
          {texts.receipt.see}
        </Link>
      )}
      <p className="text-sm text-soft">{texts.deal.of(deal.dealNo)}</p>
      {!beingPaid && <CancelButton deal={deal} />}
    </Page>
  );
}
