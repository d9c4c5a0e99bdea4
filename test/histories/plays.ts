/** What scenarios are made of, and the ways of playing that many share. */
import type { DealPolicy } from '../../workflows/domain/policy';
import { TEST_POLICY } from '../fixtures/policy';
import type { Cast, StagedDeal } from './stage';

export interface Scenario extends Omit<Cast, 'policy'> {
  readonly name: string;
  /** What differs from `PATIENT`. */
  readonly policy?: Partial<DealPolicy>;
  /** What Softpayment does wrong with this deal's card. */
  readonly fault?: { readonly fault: string; readonly path?: string; readonly times?: number };
  /** From the deal's creation until its history is taken. */
  play(deal: StagedDeal): Promise<void>;
}

/** A deal that waits goes on waiting until its history is taken. */
export const PATIENT: DealPolicy = {
  ...TEST_POLICY,
  unknownTimetableMs: [120_000],
  unknownAlarmMs: 240_000,
  unknownTaskMs: 480_000,
  giveUpAfterMs: 600_000,
  stopRecheckMs: 120_000,
};
/** An unknown outcome is asked about again soon. */
export const CURIOUS: Partial<DealPolicy> = { unknownTimetableMs: [200, 400] };

export const REVIEWED = 1_500_000;
export const CHARGE = { fault: 'error-500', path: '/billing/payment' };
export const CANCEL = { fault: 'error-500', path: '/cancel' };
/** One round of calls is lost, the next is answered. */
export const ROUND = { times: PATIENT.callAttempts };

export const confirmUntil = (wait: Parameters<StagedDeal['waits']>[0]) => async (deal: StagedDeal) => {
  deal.confirm();
  await deal.waits(wait);
};
export const confirmToEnd = (end: Parameters<StagedDeal['ends']>[0]) => async (deal: StagedDeal) => {
  deal.confirm();
  await deal.rows('payments', {});
  await deal.ends(end);
};
