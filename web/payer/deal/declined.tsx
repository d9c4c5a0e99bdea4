/** The card that was tried last was declined: why, in words. Nothing while another one is being tried. */
import type { ReactNode } from 'react';
import { declineWords } from '../../../workflows/domain/words/codes';
import { Notice } from '../../shared/ui/notice';
import type { Deal } from '../data';
import { useTexts } from '../texts/texts';

export function Declined({ deal: { status, payments } }: { readonly deal: Deal }): ReactNode {
  const { texts, said } = useTexts();
  const last = payments.at(-1);
  if (status !== 'PENDING' || last?.status !== 'FAILED' || !last.declineCode) return null;
  return (
    <Notice look="bad" title={texts.pay.declined}>
      {said(declineWords(last.declineCode))}
    </Notice>
  );
}
