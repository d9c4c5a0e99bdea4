/** Single charges, transfers, refunds and disputes over all deals. */
import {
  type AdminTransfer,
  adminChargebacks,
  adminPayments,
  adminRefunds,
  adminTransfers,
  CHARGEBACK_STATES,
  REFUND_STATES,
} from '../../../db/views/admin-money';
import { PAYMENT_STATES, TRANSFER_STATES } from '../../../workflows/domain/deal-state';
import type { ApiDeps } from '../../deps';
import type { Operation } from '../../http/operation';
import { id, z } from '../../http/zod';
import { days, instant, instantsOf, listOperation, won } from './list-route';
import { maskedAccount } from './masks';

const leg = {
  id: z.uuid(),
  dealId: z.uuid(),
  dealNo: z.string(),
  amount: won,
  createdAt: instant,
  decidedAt: instant.nullable(),
};

export const paymentSchema = z
  .object({
    ...leg,
    ...{ status: z.enum(PAYMENT_STATES), attempt: z.int(), orderId: z.string(), paymentKey: z.string().nullable() },
    ...{ refundedAmount: won, cardId: z.uuid(), cardNumber: z.string(), issuer: z.string() },
    installmentMonths: z.int(),
    declineCode: z.string().nullable(),
    sentAt: instant.nullable().openapi({ description: 'When the PG was first asked; null: it never was.' }),
    approvedAt: instant.nullable(),
    late: z.boolean().openapi({ description: 'Decided FAILED, then found charged: it is given back.' }),
  })
  .openapi('AdminPayment');

export const transferSchema = z
  .object({
    ...leg,
    ...{ status: z.enum(TRANSFER_STATES), attempt: z.int(), reference: z.string(), tradingDate: z.iso.date() },
    ...{ recipientId: z.uuid(), bankCode: z.string(), code: z.string().nullable(), lastSentAt: instant },
    account: z.string().openapi({ example: '***-****-1234' }),
  })
  .openapi('AdminTransfer');
export const toTransfer = ({ accountLast4, ...shown }: AdminTransfer) => ({
  ...shown,
  account: maskedAccount(accountLast4),
});

export const refundSchema = z
  .object({
    ...leg,
    ...{ status: z.enum(REFUND_STATES), n: z.int(), paymentId: z.uuid(), key: z.string(), principal: won, fee: won },
    part: z.enum(['whole', 'fee']).openapi({ description: '`fee`: a part of the fee, by an operator’s order.' }),
    ...{ cause: z.string(), actor: z.string(), note: z.string().nullable(), statementBy: z.iso.date().nullable() },
  })
  .openapi('AdminRefund');

export const chargebackSchema = z
  .object({
    ...leg,
    ...{ status: z.enum(CHARGEBACK_STATES), paymentId: z.uuid(), reference: z.string(), evidence: z.string() },
    openedAt: instant,
  })
  .openapi('AdminChargeback');

const filters = <S extends z.ZodType>(status: S) => ({ status, dealId: id.optional(), ...days });
const filterOf = <S>({ status, dealId, ...given }: { status?: S; dealId?: string | undefined }) => ({
  ...{ status, dealId },
  ...instantsOf(given),
});

export function adminLegOperations(deps: Pick<ApiDeps, 'db'>): Operation[] {
  return [
    listOperation(deps, {
      ...{ path: 'payments', operationId: 'listPayments', summary: 'Charge attempts, newest first' },
      ...{ right: 'deals.read', listing: adminPayments, item: paymentSchema, filterOf },
      filters: filters(z.enum(PAYMENT_STATES).optional()),
    }),
    listOperation(deps, {
      ...{ path: 'transfers', operationId: 'listTransfers', summary: 'Transfers, newest first' },
      ...{ right: 'deals.read', listing: adminTransfers, item: transferSchema, filterOf, toItem: toTransfer },
      filters: filters(z.enum(TRANSFER_STATES).optional()),
    }),
    listOperation(deps, {
      ...{ path: 'refunds', operationId: 'listRefunds', summary: 'Refunds, parts of fees too, newest first' },
      ...{ right: 'deals.read', listing: adminRefunds, item: refundSchema, filterOf },
      filters: filters(z.enum(REFUND_STATES).optional()),
    }),
    listOperation(deps, {
      ...{ path: 'chargebacks', operationId: 'listChargebacks', summary: 'Disputes of charges, newest first' },
      ...{ right: 'deals.read', listing: adminChargebacks, item: chargebackSchema, filterOf },
      filters: filters(z.enum(CHARGEBACK_STATES).optional()),
    }),
  ];
}
