/**
 * A new card: Softpayment's own page in a frame of its own origin takes the number. This page hears the billing key
 * alone, so that no number is ever in its state, its storage or a request to our API (PCI DSS SAQ A).
 */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { taken, tryAgain } from '../../shared/answers';
import { api } from '../../shared/client';
import { Sheet } from '../../shared/ui/sheet';
import { Skeleton } from '../../shared/ui/skeleton';
import { Spinner } from '../../shared/ui/spinner';
import { cardFormQuery, cardsQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { type Registered, toRegistered, toSize } from './card-messages';

interface Props {
  close(): void;
  added(cardId: string): void;
}

const HEIGHT_PX = 420;

export function CardForm({ close, added }: Props): ReactNode {
  const { texts } = useTexts();
  const { data, error, refetch } = useQuery(cardFormQuery);
  const save = useSavedCard(added);
  return (
    <Sheet title={texts.card.form} closeLabel={texts.close} onClose={close}>
      <div className="flex flex-col gap-4">
        <p className="text-sm text-soft">{texts.card.formLead}</p>
        {!data && !error && <Skeleton label={texts.loading} />}
        {!data && error && <SaidError error={error} again={() => void refetch()} />}
        {data && save.isIdle && <CardFrame url={data.url} registered={save.mutate} />}
        {save.isPending && (
          <p role="status" className="flex items-center gap-3">
            <Spinner /> {texts.loading}
          </p>
        )}
        {save.error && <SaidError error={save.error} again={() => save.variables && save.mutate(save.variables)} />}
      </div>
    </Sheet>
  );
}

/** The billing key of a card that is known answers with the same card: it may be sent twice. */
function useSavedCard(added: Props['added']) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (card: Registered) => taken(api.POST('/v1/cards', { body: card })),
    ...tryAgain,
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries(cardsQuery);
      added(id);
    },
  });
}

interface FrameProps {
  readonly url: string;
  registered(card: Registered): void;
}

function CardFrame({ url, registered }: FrameProps): ReactNode {
  const { texts, language } = useTexts();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(HEIGHT_PX);
  const form = new URL(url);
  useEffect(() => {
    const hear = (event: MessageEvent) => {
      if (event.source !== frame.current?.contentWindow || event.origin !== form.origin) return;
      setHeight((before) => toSize(event.data) ?? before);
      const card = toRegistered(event.data);
      if (card) registered(card);
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, [form.origin, registered]);
  form.searchParams.set('origin', location.origin);
  form.searchParams.set('lang', language);
  form.searchParams.set('theme', matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  return (
    <iframe
      ref={frame}
      title={texts.card.formTitle}
      src={form.href}
      height={height}
      className="w-full"
      sandbox="allow-scripts allow-same-origin allow-forms"
      referrerPolicy="no-referrer"
    />
  );
}
