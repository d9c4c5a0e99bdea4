/** With which card, over how many months; then the deal is made, and its fee is frozen. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { quote } from '../../../workflows/domain/fees';
import { won } from '../../../workflows/domain/money';
import { taken, tryAgain } from '../../shared/answers';
import { api, under } from '../../shared/client';
import { keyFor } from '../../shared/once-keys';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { Page } from '../../shared/ui/page';
import { CardChoice, useChosenCard } from '../cards/card-choice';
import { Installments, possibleMonths } from '../cards/installments';
import { type Deal, dealQuery, meQuery } from '../data';
import { useDraft } from '../draft';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

interface Order {
  readonly recipientId: string;
  readonly principal: number;
  readonly purpose: string;
}

export function CardStep({ order }: { readonly order: Order }): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const { cardId, installmentMonths = 0, fill } = useDraft();
  const { data: me } = useQuery(meQuery);
  const chosen = useChosenCard(cardId);
  const total = me ? quote(won(order.principal), me.grade.feeBps).total : 0;
  const months = possibleMonths(total, installmentMonths);
  const make = useNewDeal(order);
  const next = () => {
    if (!chosen || make.isPending) return;
    make.mutate(undefined, { onSuccess: ({ id }) => go(`/deals/${id}/pay?card=${chosen}&months=${months}`) });
  };
  const foot = (
    <Button onClick={next} disabled={!chosen} busy={make.isPending}>
      {texts.next}
    </Button>
  );
  return (
    <Page title={texts.card.title} back={{ label: texts.back, go: () => go('/new/amount') }} foot={foot}>
      <CardChoice chosen={chosen} choose={(id) => fill({ cardId: id })} />
      <Installments total={total} months={months} choose={(over) => fill({ installmentMonths: over })} />
      {make.isPaused && <Notice>{texts.offline}</Notice>}
      {make.error && <SaidError error={make.error} />}
    </Page>
  );
}

/** Makes the deal of the draft: once, from however many tabs and tries; anew when that one has ended unpaid. */
function useNewDeal(order: Order) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const { id } = await send(order);
      const deal = await taken(api.GET('/v1/deals/{dealId}', { params: { path: { dealId: id } } })); // as it is by now
      if (deal.status !== 'CANCELLED') return deal;
      useDraft.getState().renew();
      return send(order);
    },
    ...tryAgain,
    onSuccess: (deal) => queryClient.setQueryData(dealQuery(deal.id).queryKey, deal),
  });
}

function send(order: Order): Promise<Deal> {
  const { draftId, category } = useDraft.getState();
  const body = { ...order, ...(category && { category }) };
  return taken(api.POST('/v1/deals', { params: under(keyFor('deal', { draftId, ...body })), body }));
}
