/** What the bank-transfer provider calls back with (spec §6), in our own words. */
import { z } from 'zod';
import type { Claim, ProviderEvent } from '../../../workflows/domain/provider-news';
import { readEvent } from '../webhook-body';
import { wholeWon } from '../wire';

const DAY = /^\d{4}-\d\d-\d\d$/;
const event = z.object({
  type: z.enum(['transfer.done', 'transfer.failed', 'transfer.returned']),
  data: z.object({
    reference: z.string().regex(/^[0-9A-Z]+-T[1-9]\d{0,5}$/),
    tradingDate: z.string().transform((told) => (DAY.test(told) ? told : null)),
    amount: wholeWon.pipe(z.int().nonnegative()),
  }),
});

const SAYS = { 'transfer.done': 'done', 'transfer.failed': 'failed', 'transfer.returned': 'returned' } as const;

/** Reads the body of a verified webhook; never throws. */
export const readBankEvent = (body: Uint8Array): ProviderEvent => readEvent(body, SAYS, claimOf);

function claimOf(json: unknown): Claim | null {
  const { data: read } = event.safeParse(json);
  if (!read) return null;
  const { reference, amount, tradingDate } = read.data;
  const [dealNo = '', attempt = ''] = reference.split('-T');
  const key = { dealNo, leg: 'transfer', attempt: Number(attempt) } as const;
  return { ...key, says: SAYS[read.type], amount, paymentKey: null, tradingDate };
}
