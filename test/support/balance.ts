import type { Ground } from './ground';
import { poll } from './poll';

export interface Books {
  /** How many charges the PG may have made for this deal; more than one only where a test makes an old attempt succeed late. */
  readonly chargesMax?: number;
}

const TERMINAL = ['COMPLETED', 'REFUNDED', 'CANCELLED'];

/** What really happened to the deal's money, by the journals of Softpayment and the bank alone. */
export async function groundTruth(house: Pick<Ground, 'db' | 'sandboxes'>, dealNo: string) {
  const [pg, bank] = await Promise.all([house.sandboxes.softpayment.journal(), house.sandboxes.bank.journal()]);
  const effects = [...pg, ...bank].filter(
    ({ kind, orderId, reference }) => kind === 'effect' && (orderId ?? reference ?? '').startsWith(`${dealNo}-`),
  );
  const of = (effect: string) => effects.filter((entry) => entry.effect === effect);
  const sum = (entries: typeof effects) => entries.reduce((total, { amount = 0 }) => total + amount, 0);
  const payments = [...new Set(of('charged').map(({ orderId }) => orderId))].map((orderId) => {
    const mine = (effect: string) => sum(of(effect).filter((entry) => entry.orderId === orderId));
    return { orderId, charged: mine('charged'), cancelled: mine('cancelled') };
  });
  return {
    payments,
    charges: of('charged').length,
    transfersOut: of('transferred').length - of('returned').length,
    charged: sum(of('charged')),
    refunded: sum(of('cancelled')),
    transferred: sum(of('transferred')) - sum(of('returned')),
  };
}

/** The deal's accounts in our ledger. */
async function ledgerOf({ db }: Pick<Ground, 'db'>, dealId: string): Promise<Record<string, number>> {
  const rows: { account: string; amount: string }[] = await db('ledger_entries')
    .where({ deal_id: dealId })
    .groupBy('account')
    .select('account')
    .sum({ amount: 'amount' });
  const none = { pg_receivable: 0, recipient_payable: 0, fee_revenue: 0, pg_fee_expense: 0, bank_float: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ account, amount }) => [account, Number(amount)])) };
}

/** How many legs of the deal are under way. */
async function undecided({ db }: Pick<Ground, 'db'>, dealId: string): Promise<number> {
  const legs = await Promise.all(
    ['payments', 'transfers', 'refunds'].map((table) =>
      db(table).where({ deal_id: dealId }).whereIn('status', ['PENDING', 'PROCESSING']).pluck('id'),
    ),
  );
  return legs.flat().length;
}

/**
 * The money law of a deal at rest: at most one charge and one transfer that was not returned, no refund of the principal beside a
 * transfer that happened, charged − refunded − transferred = the fee that is kept, and our ledger says exactly what the
 * providers' journals say.
 */
export async function expectMoneyBalanced(
  house: Pick<Ground, 'db' | 'sandboxes'>,
  dealNo: string,
  { chargesMax = 1 }: Books = {},
): Promise<void> {
  const { db } = house;
  const { id } = await db('deals').where({ deal_no: dealNo }).first('id');
  await poll(
    () => undecided(house, id),
    (count) => count === 0,
    { what: `${dealNo}: every leg is decided`, deadlineMs: 5_000 },
  );
  const row = await db('deals').where({ id }).first();
  const [principal, fee] = [Number(row.principal), Number(row.fee)];
  const truth = await poll(
    () => groundTruth(house, dealNo),
    ({ charged, refunded }) => row.status === 'COMPLETED' || charged === refunded,
    { what: `${dealNo} (${row.status}): what was charged is given back`, deadlineMs: 5_000 },
  );
  expect(TERMINAL).toContain(row.status);
  expect(truth.charges).toBeLessThanOrEqual(chargesMax);
  const live = truth.payments.filter(({ charged, cancelled }) => charged !== cancelled);
  expect(live.length).toBeLessThanOrEqual(1);
  for (const { charged, cancelled } of truth.payments) expect(cancelled).toBeLessThanOrEqual(charged);

  const completed = row.status === 'COMPLETED';
  expect(truth.transfersOut).toBe(completed ? 1 : 0);
  expect(truth.transferred).toBe(completed ? principal : 0);
  const kept = truth.charged - truth.refunded - truth.transferred;
  expect(kept).toBeGreaterThanOrEqual(0);
  expect(kept).toBeLessThanOrEqual(completed ? fee : 0);

  const cost = live.reduce(
    (total, { charged, cancelled }) => total + Math.floor(((charged - cancelled) * 250) / 10_000),
    0,
  );
  expect(await ledgerOf(house, row.id)).toEqual({
    pg_receivable: truth.charged - truth.refunded - cost,
    recipient_payable: 0,
    fee_revenue: 0 - kept,
    pg_fee_expense: cost,
    bank_float: 0 - truth.transferred,
  });
  const payments: { refunded_amount: string }[] = await db('payments').where({ deal_id: row.id });
  expect(payments.reduce((sum, payment) => sum + Number(payment.refunded_amount), 0)).toBe(truth.refunded);
  const transfers = await db('transfers').where({ deal_id: row.id, status: 'COMPLETED' });
  expect(transfers).toHaveLength(completed ? 1 : 0);
}
