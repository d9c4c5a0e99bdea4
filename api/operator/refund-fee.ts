/** A part of a completed deal's fee, given back to the card. */
import { createHash } from 'node:crypto';
import * as messages from '../../workflows/deal/messages';
import { z } from '../http/zod';
import { workflowOrder } from './order';
import { kept, why } from './texts';

/** Without a request id of its own, the same amount for the same reason of the same deal is the same request. */
export const refundFee = workflowOrder({
  name: 'refund-fee',
  right: 'deals.refund-fee',
  input: z.strictObject({
    ...why,
    /** Won. */
    amount: z.int().min(1),
    requestId: kept(100).optional(),
  }),
  tell(engine, dealId, { requestId: named, ...order }) {
    const told = `${dealId}/${order.amount}/${order.reason}`;
    const requestId = named ?? createHash('sha256').update(told).digest('hex').slice(0, 16);
    const request = { ...order, requestId };
    return engine.orderAfterEnd(dealId, messages.refundFee, request);
  },
});
