/**
 * What the providers' lists prove about money that is undecided (spec/verdicts.md, "Words"): a line counts at once;
 * that there is none counts when every list that could have it is complete, was read after the last send, and has
 * everything of its day that we know was done. (lines.ts refuses a list that lost a line of an earlier reading.)
 */
import { CARRY_OVER_MS, SETTLEMENT_COMPLETE_MS } from '../../workflows/domain/reconciliation';
import type { Db } from '../connection';
import { kstDay, readComplete } from './found';

const seconds = (ms: number) => `${ms / 1_000} seconds`;
const PATIENCE = { settled: seconds(SETTLEMENT_COMPLETE_MS), carry: seconds(CARRY_OVER_MS) };

/** When the last POST of a key went; `key`: an SQL expression, here and below. */
const lastSend = (key: string): string => `(select max(sent_at) from sends where key = ${key})`;

/** Days of the sends, with the next one for what was sent just before midnight. */
const sendDays = (key: string): string => `select distinct g::date as day from sends s,
  generate_series(${kstDay('s.sent_at')}, ${kstDay('s.sent_at + :carry::interval')}, interval '1 day') g
  where s.key = ${key}`;

/**
 * The days that prove nothing; money of which no send is known proves nothing at all. A list that was complete for its
 * day was read after every send of that day.
 */
const unproven = (list: { source: 'softpayment' | 'bank'; days: string; missing: string }, key: string): string => `
  (select case when ${lastSend(key)} is null then 'the days of its sends' else
    string_agg(to_char(g.day, 'YYYY-MM-DD'), ', ' order by g.day) end from (${list.days}) g
  left join provider_lists f on f.source = '${list.source}' and f.day = g.day
  where f.read_at is null or not ${readComplete('f')} or exists (${list.missing}))`;

const ofDay = (instant: string): string => `${instant} >= g.day::timestamp at time zone 'Asia/Seoul'
  and ${instant} < (g.day + 1)::timestamp at time zone 'Asia/Seoul'`;

const CHARGE_MISSING = `select 1 from payments p where ${ofDay('p.approved_at')}
  and not exists (select 1 from settlement_lines l where l.order_id = p.order_id and l.kind = 'payment')`;
const REFUND_MISSING = `select 1 from refunds r join payments p on p.id = r.payment_id
  where r.status = 'DONE' and ${ofDay('r.decided_at')}
  and not exists (select 1 from settlement_lines l where l.order_id = p.order_id and l.kind = 'cancel')`;
const TRANSFER_MISSING = `select 1 from transfers t
  where t.trading_date = g.day and t.status in ('COMPLETED', 'RETURNED') and t.bank_reference is null
  and not exists (select 1 from bank_lines l where l.reference = t.reference)`;

/**
 * In SQL: the days whose settlement files prove nothing of this undecided charge; null: together they prove that it was
 * not made. With the bindings of a matching.
 */
export const unprovenCharge = (orderId: string): string =>
  unproven({ source: 'softpayment', days: sendDays(orderId), missing: CHARGE_MISSING }, orderId);

async function daysOf(db: Db, sql: string, bindings: Readonly<Record<string, string>>): Promise<string | null> {
  const { rows } = await db.raw<{ rows: { days: string | null }[] }>(`select ${sql} as days`, {
    ...PATIENCE,
    ...bindings,
  });
  return rows[0]?.days ?? null;
}

/** `unproven`: what is still missing of a proof, in words. */
type Proof<Line> =
  | { readonly kind: 'listed'; readonly line: Line }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unproven'; readonly why: string };

const proofOf = (days: string | null): Proof<never> =>
  days === null
    ? { kind: 'absent' }
    : { kind: 'unproven', why: `it waits for the complete settlement files of ${days}` };

/** A line of the same order that fits nothing of ours proves neither: a person looks at its break. */
const MISFIT: Proof<never> = {
  kind: 'unproven',
  why: 'a settlement file has a line of its order that does not fit it',
};

/** A charge in the settlement files, under a paymentKey that no other charge has. */
interface SettledCharge {
  readonly paymentKey: string;
  readonly approvedAt: Date;
}

/** The line of a charge with this amount (won), if the files have it. */
export async function settledCharge(db: Db, orderId: string, amount: number): Promise<SettledCharge | null> {
  const { rows } = await db.raw<{ rows: { payment_key: string; at: Date }[] }>(
    `select l.payment_key, l.at from settlement_lines l
     where l.order_id = :orderId and l.kind = 'payment' and l.amount = :amount
       and not exists (select 1 from payments p where p.payment_key = l.payment_key and p.order_id <> l.order_id)
     order by l.file_day, l.line_no limit 1`,
    { orderId, amount },
  );
  const [line] = rows;
  return line ? { paymentKey: line.payment_key, approvedAt: line.at } : null;
}

/** What the settlement files of all its send days say of an undecided charge. */
export async function chargeInFiles(db: Db, orderId: string, amount: number): Promise<Proof<SettledCharge>> {
  const missing = await daysOf(db, unprovenCharge(':orderId'), { orderId }); // before its lines: no reading has fewer
  const line = await settledCharge(db, orderId, amount);
  if (line) return { kind: 'listed', line };
  if (await db('settlement_lines').where({ order_id: orderId, kind: 'payment' }).first('order_id')) return MISFIT;
  return proofOf(missing);
}

/** An undecided refund of an order; lines of cancels name only the order, so equal amounts (won) are counted. */
interface AskedRefund {
  readonly idempotencyKey: string;
  readonly paymentId: string;
  readonly amount: number;
}

/** What the settlement files of all its send days say of an undecided refund. */
export async function refundInFiles(db: Db, { idempotencyKey, paymentId, amount }: AskedRefund): Promise<Proof<true>> {
  const list = { source: 'softpayment', days: sendDays(':key'), missing: REFUND_MISSING } as const;
  const missing = await daysOf(db, unproven(list, ':key'), { key: idempotencyKey }); // before its lines, as above
  const { rows } = await db.raw<{ rows: { listed: boolean; more: boolean }[] }>(
    `select l.same > r.same as listed, l.n > r.n as more from
       (select count(*) as n, count(*) filter (where l.amount = 0 - :amount::int8) as same
         from settlement_lines l join payments p on p.order_id = l.order_id
         where p.id = :paymentId and l.kind = 'cancel') l,
       (select count(*) as n, count(*) filter (where amount = :amount) as same
         from refunds where payment_id = :paymentId and status = 'DONE') r`,
    { paymentId, amount },
  );
  if (rows[0]?.listed) return { kind: 'listed', line: true };
  if (rows[0]?.more) return MISFIT;
  return proofOf(missing);
}

/** Whether a list of the bank, of whatever day, has this transfer paid and not returned. */
export async function isListedDone(db: Db, reference: string): Promise<boolean> {
  return (await db('bank_lines').where({ reference, status: 'done' }).first('reference')) !== undefined;
}

/**
 * In SQL: what is missing of a proof that the bank never had this transfer, which no list has. One that was sent on
 * another day than its own is looked for in a list that was read after that.
 */
export const unprovenTransfer = (reference: string, tradingDate: string): string => {
  const missing = `${TRANSFER_MISSING} union all select 1 where f.read_at <= ${lastSend(reference)}`;
  return unproven({ source: 'bank', days: `select ${tradingDate}::date as day`, missing }, reference);
};

/**
 * What the bank's lists say of an undecided transfer: that it was done, or came back; that the bank never had it; null:
 * nothing yet. In one statement: a list may be read anew meanwhile, and what the earlier reading lacked proves nothing.
 */
export async function transferInLists(
  db: Db,
  { reference, tradingDate, amount }: { reference: string; tradingDate: string; amount: number },
): Promise<'done' | 'returned' | 'absent' | null> {
  const { rows } = await db.raw<{ rows: { said: 'done' | 'returned' | 'absent' | null }[] }>(
    `select case when exists (select 1 from bank_lines where reference = :reference) then
         (select min(status) from bank_lines where reference = :reference and trading_date = :tradingDate
           and amount = :amount and status in ('done', 'returned') having count(*) = 1)
       when ${unprovenTransfer(':reference', ':tradingDate')} is null then 'absent' end as said`,
    { ...PATIENCE, reference, tradingDate, amount },
  );
  return rows[0]?.said ?? null;
}

/** Whether the bank's list of the day (`YYYY-MM-DD`) was read when it was complete. */
export async function isBankListComplete(db: Db, day: string): Promise<boolean> {
  const { rows } = await db.raw(
    `select 1 from provider_lists f where f.source = 'bank' and f.day = :day and ${readComplete('f')}`,
    { ...PATIENCE, day },
  );
  return rows.length > 0;
}
