/** What Softpayment calls back with (spec §6), in our own words. */
import { z } from 'zod';
import type { Claim, ProviderEvent } from '../../../workflows/domain/provider-news';
import { readEvent } from '../webhook-body';
import { wholeWon } from '../wire';
import { paymentKey } from './payment-key';

const event = z.object({
  type: z.enum(['payment.done', 'payment.failed', 'payment.canceled']),
  data: z.object({
    orderId: z.string().regex(/^[0-9A-Z]+-[1-9]\d{0,5}$/),
    /** A key that no PG would give is none: it agrees with nothing that is stored. */
    paymentKey: paymentKey.nullable().catch(null),
    amount: wholeWon.pipe(z.int().nonnegative()),
  }),
});

const CLAIMS = {
  'payment.done': { leg: 'charge', says: 'done' },
  'payment.failed': { leg: 'charge', says: 'failed' },
  'payment.canceled': { leg: 'refund', says: 'done' },
} as const;

/** Reads the body of a verified webhook; never throws. */
export const readSoftpaymentEvent = (body: Uint8Array): ProviderEvent => readEvent(body, CLAIMS, claimOf);

function claimOf(json: unknown): Claim | null {
  const { data: read } = event.safeParse(json);
  if (!read) return null;
  const { orderId, amount, paymentKey } = read.data;
  const [dealNo = '', attempt = ''] = orderId.split('-');
  return { dealNo, attempt: Number(attempt), ...CLAIMS[read.type], amount, paymentKey, tradingDate: null };
}
