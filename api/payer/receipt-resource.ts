/** A receipt on the wire. */
import type { ReceiptView } from '../../db/views/receipts';
import { kstTimeOf } from '../../workflows/domain/bank-calendar';
import { BANKS } from '../../workflows/domain/banks';
import { issuerWords } from '../../workflows/domain/card-issuers';
import { DEAL_STATES, PAYMENT_STATES, TRANSFER_STATES } from '../../workflows/domain/deal-state';
import { bothLanguages, z } from '../http/zod';

const won = z.int().nonnegative().openapi({ description: 'Whole KRW.' });
const kstTime = z.iso.datetime({ offset: true }).openapi({ example: '2026-03-02T14:05:00+09:00' });
const account = z.object({ bankCode: z.string(), bankName: bothLanguages, accountMasked: z.string() });

export const receiptSchema = z
  .object({
    dealId: z.uuid(),
    dealNo: z.string(),
    issuedAt: kstTime,
    status: z.enum(DEAL_STATES),
    purpose: z.string(),
    createdAt: kstTime,
    principal: won,
    fee: won,
    feeBps: z.int(),
    total: won,
    recipient: account.openapi({ description: 'Whom the deal pays.' }),
    charges: z.array(
      z.object({
        orderId: z.string(),
        status: z.enum(PAYMENT_STATES),
        amount: won,
        refundedAmount: won,
        approvedAt: kstTime,
        installmentMonths: z.int().openapi({ description: '0: charged at once.' }),
        card: z.object({ maskedNumber: z.string(), issuer: bothLanguages }),
      }),
    ),
    refunds: z.array(
      z.object({
        status: z.enum(['PENDING', 'DONE']),
        amount: won,
        principal: won,
        fee: won,
        at: kstTime.nullable().openapi({ description: 'Null: the card company has not confirmed it yet.' }),
      }),
    ),
    disputes: z
      .array(z.object({ status: z.enum(['OPEN', 'LOST']), amount: won, at: kstTime }))
      .openapi({ description: 'Charges that the card issuer looks into, or (LOST) has given back to the card.' }),
    transfer: account
      .extend({
        status: z.enum(TRANSFER_STATES),
        amount: won,
        tradingDate: z.iso.date(),
        decidedAt: kstTime.nullable(),
      })
      .nullable()
      .openapi({ description: 'The last attempt to send the principal, and to which account; null: none.' }),
    paid: won.openapi({ description: 'What was charged, less what was refunded or given back by the card issuer.' }),
  })
  .openapi('Receipt');

/** Times are those of Korea. */
export type Receipt = z.output<typeof receiptSchema>;

const kst = (at: string): string => kstTimeOf(new Date(at));
const orNull = (at: string | null): string | null => (at === null ? null : kst(at));

function toAccount({ bankCode, accountLast4 }: Pick<ReceiptView, 'bankCode' | 'accountLast4'>) {
  const bankName = BANKS[bankCode]?.name ?? { ko: bankCode, en: bankCode };
  return { bankCode, bankName, accountMasked: `****${accountLast4}` };
}

/** The receipt as it is given out at the instant. */
export function toReceipt(view: ReceiptView, at: Date): Receipt {
  const { id, charges, refunds, disputes, transfer, createdAt, ...deal } = view;
  const { bankCode, accountLast4, ...amounts } = deal;
  const sent = transfer && { ...toAccount(transfer), ...{ status: transfer.status, amount: transfer.amount } };
  return {
    ...amounts,
    dealId: id,
    issuedAt: kstTimeOf(at),
    createdAt: kstTimeOf(createdAt),
    recipient: toAccount({ bankCode, accountLast4 }),
    charges: charges.map(({ maskedNumber, issuer, approvedAt, ...charge }) => ({
      ...charge,
      approvedAt: kst(approvedAt),
      card: { maskedNumber, issuer: issuerWords(issuer) },
    })),
    refunds: refunds.map((refund) => ({ ...refund, at: orNull(refund.at) })),
    disputes: disputes.map((dispute) => ({ ...dispute, at: kst(dispute.at) })),
    transfer:
      sent && transfer ? { ...sent, tradingDate: transfer.tradingDate, decidedAt: orNull(transfer.decidedAt) } : null,
    paid: paidOf(view),
  };
}

/** Won. What the issuer has not decided is still paid. */
function paidOf({ charges, disputes }: ReceiptView): number {
  const taken = disputes.filter(({ status }) => status === 'LOST').reduce((sum, { amount }) => sum + amount, 0);
  return charges.reduce((sum, { amount, refundedAmount }) => sum + amount - refundedAmount, 0) - taken;
}
