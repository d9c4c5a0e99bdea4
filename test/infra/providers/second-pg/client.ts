/**
 * Another card PG, as small as one can be: other paths, names, units and statuses than Softpayment's, behind the same
 * port. It is what a second PG costs beside one line of workers/providers.ts; the stories of
 * test/stories/second-pg.test.ts run over it.
 */
import { z } from 'zod';
import { callProvider, type ProviderAddress } from '../../../../infra/providers/http';
import { readJsonList } from '../../../../infra/providers/json-list';
import { type CardPg, ProviderError } from '../../../../workflows/domain/providers';
import type { SettlementLine } from '../../../../workflows/domain/reconciliation';

const CHARGE = 'second-pg charge';
const REFUND = 'second-pg refund';
const PAYOUT = 'second-pg payout list';

const approval = z.discriminatedUnion('RESULT', [
  z.object({ RESULT: z.literal('00'), APPROVAL_NO: z.string(), WON: z.string(), AT: z.int() }),
  z.object({ RESULT: z.literal('51') }),
]);
const reversal = z.object({ RESULT: z.literal('00'), REVERSED_WON: z.string(), AT: z.int() });

const momentOf = (seconds: unknown): Date => new Date(Number(seconds) * 1_000);

/** Amounts travel as text, times as seconds; `51` is its one decline. */
export function createSecondPg(address: ProviderAddress): CardPg {
  const post = async (operation: string, path: string, json: object) => {
    const headers = { authorization: `Bearer ${address.apiKey}` };
    return (await callProvider(address, { operation, method: 'POST', path, json, headers })).body;
  };
  return {
    terms: { statementDays: 3 },
    async charge({ billingKey, amount, orderId, orderName }) {
      const json = { CARD_TOKEN: billingKey, WON: `${amount}`, MERCHANT_REF: orderId, LABEL: orderName };
      const said = approval.safeParse(await post(CHARGE, '/approvals', json)).data;
      if (!said) throw new ProviderError('OutcomeUnknown', CHARGE, 'an unknown result');
      if (said.RESULT === '51') return { kind: 'declined', code: 'insufficient-funds' };
      if (said.WON !== `${amount}`) throw new ProviderError('ContractBroken', CHARGE, 'another amount');
      return { kind: 'done', paymentKey: said.APPROVAL_NO, approvedAt: momentOf(said.AT) };
    },
    async refund({ paymentKey, amount, idempotencyKey, refundedBefore }) {
      const path = `/approvals/${encodeURIComponent(paymentKey)}/reversals`;
      const said = reversal.safeParse(
        await post(REFUND, path, { WON: `${amount}`, MERCHANT_REF: idempotencyKey }),
      ).data;
      if (!said) throw new ProviderError('OutcomeUnknown', REFUND, 'an unknown result');
      const refundedTotal = Number(said.REVERSED_WON);
      if (refundedTotal !== refundedBefore + amount) throw new ProviderError('ContractBroken', REFUND, 'another total');
      return { kind: 'done', refundedAt: momentOf(said.AT), refundedTotal };
    },
    settlementFile(day) {
      const call = { operation: PAYOUT, url: `${address.url}/payouts/${day.replaceAll('-', '')}`, paths: ['$.ROWS.*'] };
      const isLine = (key: unknown, depth: number) => typeof key === 'number' && depth === 2;
      return readJsonList(call, address, { isLine, isEmptyList: () => true, said: new Map() }, lineOf);
    },
  };
}

function lineOf(row: Readonly<Record<string, unknown>>): SettlementLine {
  const sign = row.SIDE === 'R' ? -1 : 1;
  const [amount, fee] = [sign * Number(row.WON), sign * Number(row.COST)];
  return {
    ...{ orderId: String(row.MERCHANT_REF), paymentKey: String(row.APPROVAL_NO) },
    kind: row.SIDE === 'A' ? 'payment' : row.SIDE === 'R' ? 'cancel' : String(row.SIDE),
    ...{ amount, fee, net: amount - fee, at: momentOf(row.AT).toISOString(), settleDate: String(row.PAID_ON) },
  };
}
