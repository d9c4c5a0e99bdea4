/** A deal on the wire (spec §13). */
import type { DealView } from '../../db/views/payer-deals';
import { DEAL_STATES, PAYMENT_STATES, TRANSFER_STATES, WAIT_REASONS } from '../../workflows/domain/deal-state';
import type { Answer } from '../http/operation';
import { z } from '../http/zod';

const won = z.int().nonnegative().openapi({ description: 'Whole KRW.' });
const instant = z.iso.datetime();

const waiting = z
  .object({
    reason: z.enum(WAIT_REASONS),
    since: instant,
    nextMoveAt: instant.nullable().openapi({ description: 'When the deal moves by itself; null: someone must act.' }),
  })
  .openapi('Waiting');

const payment = z
  .object({
    id: z.uuid(),
    attempt: z.int(),
    orderId: z.string(),
    status: z.enum(PAYMENT_STATES),
    amount: won,
    refundedAmount: won,
    cardId: z.uuid(),
    declineCode: z.string().nullable(),
  })
  .openapi('Payment');

const transfer = z
  .object({
    id: z.uuid(),
    attempt: z.int(),
    reference: z.string(),
    tradingDate: z.iso.date(),
    status: z.enum(TRANSFER_STATES),
    amount: won,
    code: z.string().nullable(),
  })
  .openapi('Transfer');

export const dealSchema = z
  .object({
    id: z.uuid(),
    dealNo: z.string(),
    recipientId: z.uuid(),
    purpose: z.string(),
    status: z.enum(DEAL_STATES),
    principal: won,
    fee: won,
    total: won,
    createdAt: instant,
    expiresAt: instant,
    version: z.int().openapi({ description: 'Counts state changes; also the ETag, for If-Match.' }),
    cancelRequested: z.boolean(),
    waiting: waiting.nullable(),
    payments: z.array(payment),
    transfers: z.array(transfer),
  })
  .openapi('Deal');

type DealResource = z.output<typeof dealSchema>;

export function toDealResource(deal: DealView): DealResource {
  const { userId: _owner, waiting, payments, createdAt, expiresAt, transfers, ...rest } = deal;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    waiting: waiting && {
      reason: waiting.reason,
      since: waiting.since.toISOString(),
      nextMoveAt: waiting.nextMoveAt?.toISOString() ?? null,
    },
    payments: payments.map(({ late: _late, createdAt: _createdAt, ...payment }) => payment),
    transfers: [...transfers],
  };
}

/** The deal as an answer, its version as the ETag. */
export function dealAnswer(status: number, deal: DealView, more: object = {}): Answer {
  return { status, body: { ...toDealResource(deal), ...more }, headers: { ETag: `"${deal.version}"` } };
}
