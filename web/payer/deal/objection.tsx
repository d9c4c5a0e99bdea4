/** Whoever was blocked, and thinks that it is wrong, asks for a person: once is enough. */
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { taken, tryAgain } from '../../shared/answers';
import { api } from '../../shared/client';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

/** However often it is sent, it is one request until staff have answered. */
export function Objection({ dealId }: { readonly dealId: string }): ReactNode {
  const { texts } = useTexts();
  const object = useMutation({
    mutationFn: () => taken(api.POST('/v1/deals/{dealId}/objection', { params: { path: { dealId } } })),
    ...tryAgain,
  });
  if (object.isSuccess)
    return (
      <Notice look="good" title={texts.objection.sent}>
        {texts.objection.sentHint}
      </Notice>
    );
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm text-soft">{texts.objection.lead}</p>
      {object.error && <SaidError error={object.error} />}
      <Button look="quiet" busy={object.isPending} onClick={() => object.mutate()}>
        {texts.objection.submit}
      </Button>
    </div>
  );
}
