/** Signed events beside those that the sandboxes send: what they told once more under a new id, and lies. */
import { sendEvent } from '../fixtures/webhooks';
import type { Deal, Stage } from './stage';

/** Sends again what the sandboxes have told of the deal, each event under an id of its own. */
export async function tellAgain({ house }: Stage, { dealNo }: Deal): Promise<string> {
  const told = await Promise.all(
    (['softpayment', 'bank'] as const).map(async (provider) => {
      const journal = await house.sandboxes[provider].journal();
      const events = journal.filter(({ kind, body }) => kind === 'webhook' && body?.includes(`"${dealNo}-`));
      return events.map(({ body = '{}' }) => ({ provider, ...(JSON.parse(body) as { type: string; data: object }) }));
    }),
  );
  const events = told.flat();
  await Promise.all(events.map(({ provider, type, data }) => sendEvent(house, provider, type, data)));
  return `${events.length} events told again`;
}

/** What never happened, of the last charge or the last transfer. */
const LIES = [
  'payment.done',
  'payment.failed',
  'payment.canceled',
  'transfer.done',
  'transfer.failed',
  'transfer.returned',
] as const;
type Lie = (typeof LIES)[number];

/** Tells a lie of the deal, signed. */
export async function tellLie(stage: Stage, deal: Deal, pick: number): Promise<string> {
  const lie = LIES[Math.floor(pick / 10) % LIES.length] as Lie; // the last digit has chosen the act already
  const said = await (lie.startsWith('payment') ? lieOfCharge : lieOfTransfer)(stage, deal, lie);
  return said ? `the lie ${lie} is told` : `nothing to lie ${lie} about`;
}

async function lieOfCharge({ house }: Stage, { id, total }: Deal, lie: Lie): Promise<boolean> {
  const row = await house.db('payments').where({ deal_id: id }).orderBy('attempt', 'desc').first();
  if (!row) return false;
  const status = { 'payment.done': 'DONE', 'payment.failed': 'FAILED' }[lie as string] ?? 'CANCELED';
  // Of a cancel our own key, as the PG would tell it; a charge is claimed under a key that the PG never gave.
  const paymentKey =
    lie === 'payment.canceled' ? (row.payment_key ?? 'pay_of_nobody') : `pay_of_nobody_${row.order_id}`;
  await sendEvent(house, 'softpayment', lie, { orderId: row.order_id, paymentKey, status, amount: total });
  return true;
}

async function lieOfTransfer({ house }: Stage, { id }: Deal, lie: Lie): Promise<boolean> {
  const { db } = house;
  const row = await db('transfers')
    .where({ deal_id: id })
    .orderBy('attempt', 'desc')
    .first('reference', 'amount', db.raw(`to_char(trading_date, 'YYYY-MM-DD') as day`));
  if (!row) return false;
  const code = lie === 'transfer.failed' ? '415' : '0000';
  await sendEvent(house, 'bank', lie, {
    reference: row.reference,
    tradingDate: row.day,
    amount: Number(row.amount),
    code,
  });
  return true;
}
