/** The one job of a deal's payout: UNIQUE (deal_id) is what makes one transfer at a time be under way (spec §4.4). */
import type { DealId } from '../workflows/domain/ids';
import type { Won } from '../workflows/domain/money';
import type { Trx } from './connection';

/** Claims the job for this attempt. */
export async function claimJob(trx: Trx, dealId: DealId, amount: Won, attempt: number, at: Date): Promise<void> {
  await trx('transfer_jobs')
    .insert({ deal_id: dealId, amount, status: 'PROCESSING', attempts: attempt })
    .onConflict('deal_id')
    .merge({ status: 'PROCESSING', attempts: attempt, updated_at: at });
}

/** Nothing of the job is under way any more. */
export async function decideJob(trx: Trx, dealId: DealId, status: 'COMPLETED' | 'FAILED', at: Date): Promise<void> {
  await trx('transfer_jobs').where({ deal_id: dealId }).update({ status, updated_at: at });
}
