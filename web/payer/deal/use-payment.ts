/**
 * Paying a deal: one key for one deal, card and number of months, from every tab, however often it is sent. What is not
 * answered is sent again until it is: the API knows the key, and the card is charged once (spec §5).
 */
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { mayBeRepeated, pauseMs, Refused, taken } from '../../shared/answers';
import type { components } from '../../shared/api';
import { api, under } from '../../shared/client';
import { forgetKey, keyFor } from '../../shared/once-keys';
import { type Deal, dealQuery } from '../data';
import { deviceId } from './device-id';

type Months = NonNullable<components['schemas']['Payment']['installmentMonths']>;

interface Choice {
  readonly cardId: string;
  readonly installmentMonths: number;
}

export type Payment = UseMutationResult<Deal, Error, Choice>;

/** Sent again so often before the payer is told that nobody knows yet: some three minutes. */
const TRIES_MAX = 20;

export function usePayment(dealId: string): Payment {
  const queryClient = useQueryClient();
  const what = `confirm:${dealId}`;
  return useMutation({
    mutationKey: ['pay', dealId],
    mutationFn: ({ cardId, installmentMonths }: Choice) => {
      const body = { cardId, deviceId: deviceId(), installmentMonths: installmentMonths as Months };
      const params = { path: { dealId }, ...under(keyFor(what, body)) };
      return taken(api.POST('/v1/deals/{dealId}/confirm', { params, body: body as never }));
    },
    retry: (failures, error) => failures < TRIES_MAX && mayBeRepeated(error),
    retryDelay: pauseMs,
    onSuccess: (deal) => queryClient.setQueryData(dealQuery(dealId).queryKey, deal),
    onError: (error) => {
      // Decided: another press is another try. What is not decided keeps its key.
      if (error instanceof Refused && !error.problem.retryable) forgetKey(what);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['deals'] }),
  });
}
