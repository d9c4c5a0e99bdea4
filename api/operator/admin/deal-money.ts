/** A deal's rows, as previews of orders look at its money. */
import type { AdminDealWhole } from '../../../db/views/admin-deal';
import type { DealMoney } from '../../../workflows/domain/foreseen';
import { won } from '../../../workflows/domain/money';

export const moneyOf = ({ deal, payments, transfers, refunds, chargebacks }: AdminDealWhole): DealMoney => ({
  quote: { principal: won(deal.principal), fee: won(deal.fee), total: won(deal.total) },
  isFailing: deal.failingSince !== null,
  payments: payments.map(({ id, attempt, status, late, ...payment }) => ({
    ...{ id, attempt, status, late, amount: won(payment.amount), refundedAmount: won(payment.refundedAmount) },
    ...{ hasKey: payment.paymentKey !== null, wasSent: payment.sentAt !== null },
  })),
  transfers: transfers.map(({ attempt, status }) => ({ attempt, status })),
  refunds: refunds.map(({ n, status, paymentId, part, ...refund }) => ({
    ...{ n, status, paymentId, part, amount: won(refund.amount) },
    ...{ principal: won(refund.principal), fee: won(refund.fee) },
  })),
  chargebacks: chargebacks.map(({ reference, status, amount }) => ({ reference, status, amount: won(amount) })),
});
