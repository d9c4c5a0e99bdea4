/** Why the deal waits, in words, and when it moves by itself. */
import type { ReactNode } from 'react';
import { WAIT_WORDS } from '../../../workflows/domain/words/deal';
import { dayText, timeText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { Notice } from '../../shared/ui/notice';
import { type Deal, hasEnded } from '../data';
import { useTexts } from '../texts/texts';
import { Declined } from './declined';

export function Wait({ deal }: { readonly deal: Deal }): ReactNode {
  const { texts, language, said } = useTexts();
  const { waiting, cancelRequested, status, expiresAt, statementBy } = deal;
  const at = (iso: string) => timeText(iso, language, serverNow());
  if (status === 'REFUNDED' && statementBy)
    return <Notice>{texts.deal.refundedBy(dayText(statementBy, language))}</Notice>;
  if (hasEnded(deal)) return null;
  return (
    <div className="flex flex-col gap-2">
      <Declined deal={deal} />
      {cancelRequested && <Notice>{texts.deal.cancelling}</Notice>}
      {waiting && (
        <Notice look={waiting.reason === 'card-needed' ? 'info' : 'warn'}>
          <p>{said(WAIT_WORDS[waiting.reason])}</p>
          {waiting.reason === 'card-needed' ? (
            <p>{texts.deal.until(at(expiresAt))}</p>
          ) : (
            waiting.nextMoveAt && <p>{texts.deal.next(at(waiting.nextMoveAt))}</p>
          )}
        </Notice>
      )}
    </div>
  );
}
