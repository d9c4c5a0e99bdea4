/** A new deal in three steps; each has an address, so that "back" goes one step back. */
import type { ReactNode } from 'react';
import { Redirect, useParams } from 'wouter';
import { useDraft } from '../draft';
import { AmountStep } from '../new-deal/amount-step';
import { CardStep } from '../new-deal/card-step';
import { RecipientStep } from '../new-deal/recipient-step';

export function NewDealPage(): ReactNode {
  const { step } = useParams<{ step: string }>();
  const { recipientId, principal, purpose: typed = '' } = useDraft();
  const purpose = typed.trim();
  if (step === 'recipient') return <RecipientStep />;
  if (recipientId === undefined) return <Redirect to="/new/recipient" replace />;
  if (step === 'card' && principal !== undefined && purpose) {
    return <CardStep order={{ recipientId, principal, purpose }} />;
  }
  return step === 'amount' ? <AmountStep recipientId={recipientId} /> : <Redirect to="/new/amount" replace />;
}
