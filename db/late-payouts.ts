/** A transfer that was called failed and paid after all: the payout of its deal, or one too many (spec/verdicts.md). */
import type { Trx } from './connection';
import type { Deal } from './deals';
import { isPrincipalGivenBack } from './refunds';
import { lastTransfer, type Transfer } from './transfers';

/**
 * Whether it may still be the one payout: no other attempt was made meanwhile, no other account named, no refund begun,
 * and no operator has accepted it as paid too much. Call it with the deal's row locked.
 */
export async function canStillComplete(trx: Trx, deal: Deal, transfer: Transfer): Promise<boolean> {
  if (deal.status !== 'TRANSFERRING' && deal.status !== 'TRANSFER_FAILED') return false;
  if (deal.recipientId !== transfer.recipientId) return false;
  if ((await lastTransfer(trx, deal.id))?.attempt !== transfer.attempt) return false;
  return !(await isPrincipalGivenBack(trx, deal.id)) && !(await isBookedAsOverpaid(trx, transfer.reference));
}

async function isBookedAsOverpaid(trx: Trx, reference: string): Promise<boolean> {
  const accepted = { source: 'transfer', subject: reference, class: 'paid-after-failure', accepted: true };
  return (await trx('reconciliation_breaks').where(accepted).first('id')) !== undefined;
}
