/** Orders about the payout of a deal that stands still: let it go on, or give the charge back. */
import type { DealStanding } from '../../db/views/operator-deals';
import * as messages from '../../workflows/deal/messages';
import { CORRECTED_BY_ONE_MAX } from '../../workflows/domain/operator-requests';
import { id, z } from '../http/zod';
import { workflowOrder } from './order';
import { why } from './texts';

/** Ends the risk review: the deal is paid out. */
export const release = workflowOrder({
  name: 'release',
  right: 'deals.release',
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.releaseDeal, order),
});

/** Gives the whole charge back. */
export const refund = workflowOrder({
  name: 'refund',
  right: 'deals.refund',
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.refundDeal, order),
});

/** Tries the transfer again now. */
export const retry = workflowOrder({
  name: 'retry',
  right: 'deals.retry',
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.retryTransfer, order),
});

const principalOf = (state: object | null): number => (state as Partial<DealStanding> | null)?.principal ?? 0;

/** Pays another verified recipient of the same payer. */
export const correctAccount = workflowOrder({
  name: 'correct-account',
  right: 'deals.correct-account',
  two: ({ state }) => principalOf(state) > CORRECTED_BY_ONE_MAX,
  input: z.strictObject({ ...why, recipientId: id }),
  tell: (engine, dealId, order) => engine.order(dealId, messages.correctAccount, order),
});
