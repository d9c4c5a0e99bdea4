/** Softpayment, the card PG (spec §6): knows the wire, not the business. */
import { z } from 'zod';
import type { Won } from '../../../workflows/domain/money';
import {
  type CardPg,
  type ChargeAnswer,
  ProviderError,
  type RefundAnswer,
  type RefundOrder,
} from '../../../workflows/domain/providers';
import { callProvider, type ProviderAddress, type ProviderAnswer } from '../http';
import { numberOf, wholeWon } from '../wire';
import { paymentKey } from './payment-key';
import { readSettlementFile } from './settlement-file';
import { SOFTPAYMENT_TERMS } from './terms';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const chargeDone = z.object({ paymentKey, approvedAt: time, amount: wholeWon });
const chargeSaid = z.object({
  status: z.string(),
  orderId: z.string().optional(),
  amount: z.unknown().transform(numberOf).optional(),
  approvedAt: z.unknown().optional(),
  paymentKey: paymentKey.optional().catch(undefined),
  code: z.unknown().optional(),
});
const cancelDone = z.object({
  paymentKey: z.string(),
  status: z.enum(['CANCELED', 'PARTIAL_CANCELED']),
  canceledAt: time,
  cancelAmount: wholeWon,
  cancelledTotal: wholeWon,
});
const refusal = z.object({ code: z.string(), cancelledTotal: wholeWon.optional().catch(undefined) });

/** These answers to a cancel say that the payment is not what we know it to be. */
const CANCEL_CONTRADICTIONS = new Set(['NOT_CANCELABLE_AMOUNT', 'IDEMPOTENCY_KEY_REUSED']);

/** Why a payment is cancelled is nobody's business but ours. */
const CANCEL_REASON = 'refund';
const CHARGE = 'softpayment charge';
const CANCEL = 'softpayment cancel';
const broken = (operation: string, reason: string) => new ProviderError('ContractBroken', operation, reason);
const unknown = (operation: string, reason: string) => new ProviderError('OutcomeUnknown', operation, reason);

/**
 * The client of one Softpayment. `url` is the origin, to which the contract's `/v1` is added, or the whole base URL.
 */
export function createSoftpayment(address: ProviderAddress): CardPg {
  const url =
    new URL(address.url).pathname === '/' ? new URL('/v1', address.url).href : address.url.replace(/\/+$/, '');
  const post = (operation: string, path: string, json: object, headers: Record<string, string> = {}) =>
    callProvider(
      { ...address, url },
      { operation, method: 'POST', path, json, headers: { 'x-api-key': address.apiKey, ...headers } },
    );
  return {
    terms: SOFTPAYMENT_TERMS,
    async charge({ installmentMonths, ...order }) {
      const { amount, orderId } = order;
      // Left out of a charge at once: an order that was sent before there were instalments is re-sent as it was.
      const json = { ...order, ...(installmentMonths > 0 && { installmentMonths }) };
      const answer = await post(CHARGE, '/billing/payment', json);
      return answer.status < 300 ? readCharge(answer, amount, orderId) : readChargeRefusal(answer);
    },
    async refund(refund) {
      const answer = await post(
        CANCEL,
        `/payments/${encodeURIComponent(refund.paymentKey)}/cancel`,
        { cancelReason: CANCEL_REASON, cancelAmount: refund.amount },
        { 'idempotency-key': refund.idempotencyKey },
      );
      return answer.status < 300 ? readCancel(answer, refund) : readCancelRefusal(answer, refund);
    },
    settlementFile: (day) => readSettlementFile({ ...address, url }, day),
  };
}

function readCharge({ body }: ProviderAnswer, amount: Won, orderId: string): ChargeAnswer {
  const said = chargeSaid.safeParse(body);
  if (!said.success) throw unknown(CHARGE, 'the answer has no status');
  const { status, paymentKey, code } = said.data;
  if (status !== 'DONE' && status !== 'FAILED') throw unknown(CHARGE, 'the answer has an unknown status');
  if (said.data.orderId !== undefined && said.data.orderId !== orderId) throw broken(CHARGE, 'another orderId');
  if (status === 'FAILED') {
    if (said.data.amount !== undefined && said.data.amount !== amount) throw broken(CHARGE, 'FAILED, another amount');
    if (said.data.approvedAt) throw broken(CHARGE, 'FAILED, and yet approved');
    return { kind: 'declined', code: declineCode(code), ...(paymentKey !== undefined && { paymentKey }) };
  }
  const done = chargeDone.safeParse(body);
  if (!done.success) throw broken(CHARGE, 'DONE without paymentKey, approvedAt or amount');
  if (done.data.amount !== amount)
    throw broken(CHARGE, `DONE with another amount (${done.data.amount}, not ${amount})`);
  return { kind: 'done', paymentKey: done.data.paymentKey, approvedAt: done.data.approvedAt };
}

function readChargeRefusal({ status, body }: ProviderAnswer): ChargeAnswer {
  const code = refusal.safeParse(body).data?.code;
  if (code === 'INVALID_BILLING_KEY') return { kind: 'key-refused', code: declineCode(code) };
  if (code === 'DUPLICATED_ORDER_ID') throw broken(CHARGE, 'the orderId was used for another charge');
  throw new ProviderError('Unavailable', CHARGE, `refused (HTTP ${status}) for no reason that we know`);
}

/** Codes are shown and stored: anything but a plain code becomes `declined`. */
function declineCode(code: unknown): string {
  const plain = typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,59}$/.test(code);
  return plain ? code.toLowerCase().replaceAll('_', '-') : 'declined';
}

function readCancel({ body }: ProviderAnswer, { paymentKey, amount, refundedBefore }: RefundOrder): RefundAnswer {
  const said = cancelDone.safeParse(body);
  if (!said.success) throw unknown(CANCEL, 'the answer is not that of a cancel');
  const { canceledAt, cancelAmount, cancelledTotal } = said.data;
  if (said.data.paymentKey !== paymentKey) throw broken(CANCEL, 'another payment');
  if (cancelAmount !== amount || cancelledTotal !== refundedBefore + amount) {
    throw broken(
      CANCEL,
      `cancelled ${cancelAmount} (${cancelledTotal} in all), asked ${amount} after ${refundedBefore}`,
    );
  }
  return { kind: 'done', refundedAt: canceledAt, refundedTotal: cancelledTotal };
}

function readCancelRefusal({ status, body }: ProviderAnswer, { amount, refundedBefore }: RefundOrder): RefundAnswer {
  const { code, cancelledTotal } = refusal.safeParse(body).data ?? {};
  if (code === 'ALREADY_CANCELED') {
    if (cancelledTotal !== refundedBefore + amount) throw broken(CANCEL, 'already cancelled, and not by us');
    return { kind: 'done', refundedAt: null, refundedTotal: cancelledTotal };
  }
  if (code === 'NOT_FOUND_PAYMENT') return { kind: 'refused', code: 'not-found' };
  if (code === 'NOT_CANCELABLE_PAYMENT') return { kind: 'refused', code: 'not-cancelable' };
  if (code !== undefined && CANCEL_CONTRADICTIONS.has(code)) throw broken(CANCEL, code);
  throw unknown(CANCEL, `HTTP ${status} with a code that proves nothing`);
}
