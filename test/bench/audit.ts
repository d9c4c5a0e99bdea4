/** After the run: nothing that was acknowledged is missing, and every won is where it belongs. */
import { FEE, PRINCIPAL, type ReadyDeal } from './deals';
import type { Stand } from './stand';

/** What is wrong, in words; empty when all is well. */
export async function audit(stand: Stand, acknowledged: readonly ReadyDeal[]): Promise<string[]> {
  return [
    ...(await statesOf(stand, acknowledged)),
    ...(await ledgerOf(stand, acknowledged.length)),
    ...(await journalOf(stand.sandboxes.softpayment, 'charged', PRINCIPAL + FEE, orderIdsOf(acknowledged))),
    ...(await journalOf(stand.sandboxes.bank, 'transferred', PRINCIPAL, referencesOf(acknowledged))),
  ];
}

const orderIdsOf = (deals: readonly ReadyDeal[]) => deals.map(({ header }) => `${header.dealNo}-1`);
const referencesOf = (deals: readonly ReadyDeal[]) => deals.map(({ header }) => `${header.dealNo}-T1`);

async function statesOf({ db }: Stand, deals: readonly ReadyDeal[]): Promise<string[]> {
  const rows: { id: string; status: string }[] = await db('deals').select('id', 'status');
  const states = new Map(rows.map(({ id, status }) => [id, status]));
  const open = deals.filter(({ header }) => states.get(header.dealId) !== 'COMPLETED');
  return open.map(({ header }) => `${header.dealNo} was acknowledged and is ${states.get(header.dealId)}`);
}

/** Each account of the whole ledger against what so many equal deals must leave in it. */
async function ledgerOf({ db }: Stand, count: number): Promise<string[]> {
  const rows: { account: string; sum: string }[] = await db('ledger_entries')
    .groupBy('account')
    .select('account')
    .sum('amount');
  const cost = Math.floor(((PRINCIPAL + FEE) * 250) / 10_000);
  const expected: Readonly<Record<string, number>> = {
    pg_receivable: count * (PRINCIPAL + FEE - cost),
    recipient_payable: 0,
    fee_revenue: -count * FEE,
    pg_fee_expense: count * cost,
    bank_float: -count * PRINCIPAL,
  };
  const found = new Map(rows.map(({ account, sum }) => [account, Number(sum)]));
  const accounts = new Set([...Object.keys(expected), ...found.keys()]);
  return [...accounts].flatMap((account) => {
    const [is, must] = [found.get(account) ?? 0, expected[account] ?? 0];
    return is === must ? [] : [`ledger account ${account} holds ${is} won, it must hold ${must}`];
  });
}

/** The provider's own journal: one effect of this amount for every key, and no other. */
async function journalOf(url: string, effect: string, amount: number, keys: readonly string[]): Promise<string[]> {
  const answer = await fetch(`${url}/_sandbox/journal`);
  const entries = (await answer.json()) as {
    kind: string;
    effect?: string;
    orderId?: string;
    reference?: string;
    amount?: number;
  }[];
  const effects = entries.filter(({ kind }) => kind === 'effect');
  const times = new Map<string, number>();
  for (const entry of effects) {
    const key = entry.orderId ?? entry.reference ?? '';
    if (entry.effect === effect && entry.amount === amount) times.set(key, (times.get(key) ?? 0) + 1);
  }
  const wrong = keys
    .filter((key) => times.get(key) !== 1)
    .map((key) => `${key}: ${effect} ${times.get(key) ?? 0} times`);
  return effects.length === keys.length ? wrong : [...wrong, `${effects.length} effects for ${keys.length} deals`];
}
