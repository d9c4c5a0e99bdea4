/** Everything that happened to the deal, in words; read when it is opened. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { CAUSE_WORDS } from '../../../workflows/domain/words/deal';
import { timeText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { Skeleton } from '../../shared/ui/skeleton';
import { type Deal, timelineQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function Story({ deal }: { readonly deal: Deal }): ReactNode {
  const { texts } = useTexts();
  const [open, setOpen] = useState(false);
  return (
    <details className="rounded-2xl border border-line p-4" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="min-h-6 font-semibold">{texts.deal.story}</summary>
      {open && <Lines dealId={deal.id} />}
    </details>
  );
}

function Lines({ dealId }: { readonly dealId: string }): ReactNode {
  const { texts, language, said } = useTexts();
  const { data, error, refetch } = useQuery(timelineQuery(dealId));
  if (!data)
    return error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />;
  return (
    <ol className="mt-3 flex flex-col gap-3">
      {data.items.map(({ at, to, cause }) => (
        <li key={`${at}${to}${cause}`} className="flex gap-4">
          <time dateTime={at} className="w-24 shrink-0 text-sm text-soft tabular-nums">
            {timeText(at, language, serverNow())}
          </time>
          <span>{said(CAUSE_WORDS[cause])}</span>
        </li>
      ))}
    </ol>
  );
}
