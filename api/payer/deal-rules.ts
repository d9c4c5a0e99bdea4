/**
 * What its payer may do with a deal, by its rows (spec §4, §13). The routes judge by these rules, and a deal's
 * `actions` are read from them. What is not the deal's own (the payer's limits and identity, the card) the routes judge
 * beside.
 */
import type { DealView, PaymentView } from '../../db/views/payer-deals';
import { isCancellable } from '../../workflows/domain/deal-state';

export const DEAL_ACTIONS_OF_PAYERS = ['confirm', 'cancel'] as const;
type PayerAction = (typeof DEAL_ACTIONS_OF_PAYERS)[number];

/**
 * `open`: a card may be charged; `barred`: not while charges are stopped or another charge is in doubt; `undecided`:
 * this attempt is being charged; `charged`: by this one, or by none that still stands.
 */
type ConfirmStanding =
  | { readonly kind: 'open' }
  | { readonly kind: 'barred'; readonly bar: string }
  | { readonly kind: 'undecided'; readonly payment: PaymentView }
  | { readonly kind: 'charged'; readonly payment: PaymentView | undefined }
  | { readonly kind: 'refused'; readonly code: 'deal-closed' | 'quote-expired' };

/** How a confirm finds the deal; the rules of spec §13 in their order. */
export function judgeConfirm(deal: DealView, now: Date): ConfirmStanding {
  if (deal.status === 'CANCELLED' || deal.status === 'REFUNDED') return { kind: 'refused', code: 'deal-closed' };
  if (deal.status !== 'PENDING') return { kind: 'charged', payment: deal.payments.find(isStanding) };
  if (deal.cancelRequested) return { kind: 'refused', code: 'deal-closed' };
  const payment = deal.payments.find(({ status, late }) => status === 'PENDING' && !late);
  if (payment) return { kind: 'undecided', payment };
  if (now >= deal.expiresAt) return { kind: 'refused', code: 'quote-expired' };
  return deal.chargeBar === null ? { kind: 'open' } : { kind: 'barred', bar: deal.chargeBar };
}

const isStanding = ({ status, late }: PaymentView): boolean =>
  !late && (status === 'PAID' || status === 'PARTIALLY_REFUNDED');

/** `done`: its payer's cancel has ended it; `requested`: will; `too-late`: a transfer began, or it ended otherwise. */
type CancelStanding = 'open' | 'requested' | 'done' | 'too-late';

/** How a cancel finds the deal. */
export function judgeCancel({ status, cancelRequested, waiting, transfers }: DealView): CancelStanding {
  if ((status === 'CANCELLED' || status === 'REFUNDED') && cancelRequested) return 'done';
  if (!isCancellable(status, waiting?.reason ?? null) || transfers.length > 0) return 'too-late';
  return cancelRequested ? 'requested' : 'open';
}

/** What the payer may do now. */
export function actionsOf(deal: DealView, now: Date): PayerAction[] {
  const may: Readonly<Record<PayerAction, boolean>> = {
    confirm: judgeConfirm(deal, now).kind === 'open',
    cancel: judgeCancel(deal) === 'open',
  };
  return DEAL_ACTIONS_OF_PAYERS.filter((action) => may[action]);
}
