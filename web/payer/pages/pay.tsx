/** The deal as it will be paid, and the one button that pays it. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { timeText, wonText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { CardChoice, useChosenCard } from '../cards/card-choice';
import { Installments, possibleMonths } from '../cards/installments';
import { type Deal, dealQuery } from '../data';
import { Declined } from '../deal/declined';
import { PayProblem } from '../deal/pay-problem';
import { Paying } from '../deal/paying';
import { Summary } from '../deal/summary';
import { type Payment, usePayment, usePaymentUnderWay } from '../deal/use-payment';
import { useOffline } from '../installed/offline';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function PayPage({ dealId }: { readonly dealId: string }): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const { data: deal, error, refetch } = useQuery(dealQuery(dealId));
  const payment = usePayment(dealId);
  const underWay = usePaymentUnderWay(dealId);
  const seeDeal = () => go(`/deals/${dealId}`, { replace: true });
  const isDone = payment.isSuccess || (deal && !deal.actions.includes('confirm') && !underWay);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once it is paid, or cannot be, the deal's own page tells
  useEffect(() => {
    if (isDone) seeDeal();
  }, [isDone]);
  if (underWay) return <Paying {...underWay} />;
  if (deal && !isDone) return <Review deal={deal} payment={payment} seeDeal={seeDeal} />;
  return (
    <Page title={texts.pay.title} back={{ label: texts.back, go: () => go('/') }}>
      {error && !deal ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />}
    </Page>
  );
}

interface ReviewProps {
  readonly deal: Deal;
  readonly payment: Payment;
  seeDeal(): void;
}

function Review({ deal, payment, seeDeal }: ReviewProps): ReactNode {
  const { texts, language } = useTexts();
  const [, go] = useLocation();
  const [search, setSearch] = useSearchParams();
  const chosen = useChosenCard(search.get('card') ?? undefined);
  const months = possibleMonths(deal.total, Number(search.get('months')));
  const set = (name: string, value: string) => {
    payment.reset();
    setSearch((before) => ({ ...Object.fromEntries(before), [name]: value }), { replace: true });
  };
  const isOffline = useOffline();
  const again = () => payment.variables && payment.mutate(payment.variables);
  const pay = () => chosen && payment.mutate({ cardId: chosen, installmentMonths: months });
  const foot = (
    <>
      <p className="text-center text-sm text-soft">
        {texts.pay.expires(timeText(deal.expiresAt, language, serverNow()))}
      </p>
      <Button onClick={pay} disabled={!chosen || isOffline}>
        {chosen ? texts.pay.submit(wonText(deal.total, language)) : texts.pay.chooseCard}
      </Button>
    </>
  );
  return (
    <Page title={texts.pay.title} back={{ label: texts.back, go: () => go('/') }} foot={foot}>
      {isOffline && <Notice look="warn">{texts.pay.offline}</Notice>}
      {payment.error && <PayProblem dealId={deal.id} error={payment.error} again={again} seeDeal={seeDeal} />}
      {!payment.error && <Declined deal={deal} />}
      <Summary deal={deal} />
      <CardChoice chosen={chosen} choose={(cardId) => set('card', cardId)} />
      <Installments total={deal.total} months={months} choose={(over) => set('months', `${over}`)} />
    </Page>
  );
}
