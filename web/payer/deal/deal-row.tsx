/** One deal of a list: to whom, how much, how it stands. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { DEAL_STATUS_WORDS } from '../../../workflows/domain/words/deal';
import { wonText } from '../../shared/format';
import type { Deal } from '../data';
import { useTexts } from '../texts/texts';
import { FROM_INSIDE } from '../way-back';
import { statusLook } from './status-look';

export function DealRow({ deal }: { readonly deal: Deal }): ReactNode {
  const { language, said } = useTexts();
  return (
    <li>
      <Link
        href={`/deals/${deal.id}`}
        state={FROM_INSIDE}
        className="flex min-h-16 items-center justify-between gap-4 rounded-2xl border border-line p-4"
      >
        <span className="flex min-w-0 flex-col">
          <span className="font-semibold">{deal.recipient.holderName}</span>
          <span className="truncate text-sm text-soft">{deal.purpose}</span>
        </span>
        <span className="flex shrink-0 flex-col items-end">
          <span className="font-semibold tabular-nums">{wonText(deal.principal, language)}</span>
          <span className={`text-sm ${statusLook(deal.status)}`}>{said(DEAL_STATUS_WORDS[deal.status])}</span>
        </span>
      </Link>
    </li>
  );
}
