/**
 * Paying a deal: one key for one deal, card and number of months, from every tab, however often it is sent. What is not
 * decided is sent again until it is: the API knows the key, and the card is charged once (spec §5).
 */
import { type UseMutationResult, useMutation, useMutationState, useQueryClient } from '@tanstack/react-query';
import { isUndecided, NoAnswer, pauseMs, taken } from '../../shared/answers';
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

const nameOf = (dealId: string) => ['pay', dealId] as const;

export function usePayment(dealId: string): Payment {
  const queryClient = useQueryClient();
  const whatOf = ({ cardId, installmentMonths }: Choice) => `confirm:${dealId}:${cardId}:${installmentMonths}`;
  return useMutation({
    mutationKey: nameOf(dealId),
    mutationFn: (choice: Choice) => {
      const { cardId, installmentMonths } = choice;
      const body = { cardId, deviceId: deviceId(), installmentMonths: installmentMonths as Months };
      const params = { path: { dealId }, ...under(keyFor(whatOf(choice), body)) };
      return taken(api.POST('/v1/deals/{dealId}/confirm', { params, body: body as never }));
    },
    retry: (failures, error) => failures < TRIES_MAX && isUndecided(error),
    retryDelay: pauseMs,
    onSuccess: (deal) => queryClient.setQueryData(dealQuery(dealId).queryKey, deal),
    onError: (error, choice) => {
      if (!isUndecided(error)) forgetKey(whatOf(choice)); // decided: another press is another try
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['deals'] }),
  });
}

interface UnderWay {
  /** The device has no network: it is sent as soon as it has. */
  readonly isPaused: boolean;
  /** It was sent, and no answer came: it is asked again. */
  readonly isLost: boolean;
}

/** The payment of the deal that this tab has under way, from whichever page; undefined: none. */
export function usePaymentUnderWay(dealId: string): UnderWay | undefined {
  const [state] = useMutationState({
    filters: { mutationKey: nameOf(dealId), status: 'pending' },
    select: ({ state: { isPaused, failureReason } }) => ({ isPaused, isLost: failureReason instanceof NoAnswer }),
  });
  return state;
}
