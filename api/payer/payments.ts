/** One charge attempt, or one transfer, of a payer's own deals. */
import { findPayerPayment, findPayerTransfer } from '../../db/views/payer-legs';
import { PAYMENT_STATES, TRANSFER_STATES } from '../../workflows/domain/deal-state';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { id, z } from '../http/zod';

const won = z.int().nonnegative().openapi({ description: 'Whole KRW.' });
const instant = z.iso.datetime();
const leg = { id: z.uuid(), dealId: z.uuid(), attempt: z.int(), amount: won, createdAt: instant };

const paymentSchema = z
  .object({
    ...leg,
    orderId: z.string(),
    status: z.enum(PAYMENT_STATES),
    refundedAmount: won,
    cardId: z.uuid(),
    installmentMonths: z.int().openapi({ description: '0: charged at once.' }),
    declineCode: z.string().nullable(),
    approvedAt: instant.nullable().openapi({ description: 'When the card was charged; null: not, or not known yet.' }),
  })
  .openapi('OnePayment');

const transferSchema = z
  .object({
    ...leg,
    reference: z.string(),
    tradingDate: z.iso.date(),
    status: z.enum(TRANSFER_STATES),
    code: z.string().nullable(),
    recipientId: z.uuid(),
    decidedAt: instant.nullable().openapi({ description: 'When its outcome was known; null: not yet.' }),
  })
  .openapi('OneTransfer');

const textOf = (at: Date | null): string | null => at?.toISOString() ?? null;

export function paymentOperations({ db }: Pick<ApiDeps, 'db'>): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/payments/{paymentId}',
      tag: 'payments',
      summary: 'One charge attempt',
      params: z.object({ paymentId: id }),
      answers: { 200: paymentSchema },
      problems: ['not-found'],
      async handle({ payer, params }) {
        const payment = await findPayerPayment(db, payer.userId, params.paymentId);
        if (!payment) throw new Problem('not-found');
        const times = { createdAt: textOf(payment.createdAt), approvedAt: textOf(payment.approvedAt) };
        return { status: 200, body: { ...payment, ...times } };
      },
    }),
    payerOperation({
      method: 'get',
      path: '/v1/transfers/{transferId}',
      tag: 'payments',
      summary: 'One transfer to the recipient',
      params: z.object({ transferId: id }),
      answers: { 200: transferSchema },
      problems: ['not-found'],
      async handle({ payer, params }) {
        const transfer = await findPayerTransfer(db, payer.userId, params.transferId);
        if (!transfer) throw new Problem('not-found');
        const times = { createdAt: textOf(transfer.createdAt), decidedAt: textOf(transfer.decidedAt) };
        return { status: 200, body: { ...transfer, ...times } };
      },
    }),
  ];
}
