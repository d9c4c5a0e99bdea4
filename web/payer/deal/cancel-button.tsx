/** Cancelling, after one question: what was charged comes back. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { isUndecided, taken, tryAgain } from '../../shared/answers';
import { api, under } from '../../shared/client';
import { forgetKey, keyFor } from '../../shared/once-keys';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { Sheet } from '../../shared/ui/sheet';
import { type Deal, dealQuery } from '../data';
import { useOffline } from '../installed/offline';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function CancelButton({ deal }: { readonly deal: Deal }): ReactNode {
  const { texts } = useTexts();
  const [asking, setAsking] = useState(false);
  const cancel = useCancel(deal.id);
  const close = () => setAsking(false);
  const isOffline = useOffline();
  const mayCancel = deal.actions.includes('cancel') && !isOffline;
  return (
    <>
      {mayCancel && (
        <Button look="danger" onClick={() => setAsking(true)}>
          {texts.deal.cancel}
        </Button>
      )}
      {asking && (
        <Sheet title={texts.deal.cancelAsk} closeLabel={texts.close} onClose={close}>
          <div className="flex flex-col gap-4">
            <p className="text-soft">{texts.deal.cancelHint}</p>
            {cancel.isPaused && <Notice look="warn">{texts.offline}</Notice>}
            {cancel.error && <SaidError error={cancel.error} />}
            <Button
              look="danger"
              busy={cancel.isPending}
              onClick={() => cancel.mutate(undefined, { onSuccess: close })}
            >
              {texts.deal.cancelYes}
            </Button>
            {!cancel.isPending && (
              <Button look="quiet" onClick={close}>
                {texts.deal.cancelNo}
              </Button>
            )}
          </div>
        </Sheet>
      )}
    </>
  );
}

function useCancel(dealId: string) {
  const queryClient = useQueryClient();
  const what = `cancel:${dealId}`;
  return useMutation({
    mutationFn: () => {
      const params = { path: { dealId }, ...under(keyFor(what, {})) };
      return taken(api.POST('/v1/deals/{dealId}/cancel', { params, body: {} }));
    },
    ...tryAgain,
    onSuccess: (deal) => queryClient.setQueryData(dealQuery(dealId).queryKey, deal),
    onError: (error) => {
      if (!isUndecided(error)) forgetKey(what);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['deals'] }),
  });
}
