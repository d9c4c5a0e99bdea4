/** Orders about the payout of a deal that stands still: let it go on, or give the charge back. */
import * as messages from '../../workflows/deal/messages';
import { id, z } from '../http/zod';
import { workflowOrder } from './order';
import { why } from './texts';

/** Ends the risk review: the deal is paid out. */
export const release = workflowOrder({
  name: 'release',
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.releaseDeal, order),
});

/** Gives the whole charge back. */
export const refund = workflowOrder({
  name: 'refund',
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.refundDeal, order),
});

/** Tries the transfer again now. */
export const retry = workflowOrder({
  name: 'retry',
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.retryTransfer, order),
});

/** Pays another verified recipient of the same payer. */
export const correctAccount = workflowOrder({
  name: 'correct-account',
  input: z.strictObject({ ...why, recipientId: id }),
  tell: (engine, dealId, order) => engine.order(dealId, messages.correctAccount, order),
});
