/**
 * What the providers' logs say happened, against our rows and our ledger (I2, I3, I4, I5, I7).
 * Legs that are undecided here may or may not have happened there. An orderId or reference
 * names its deal, so that money of no deal is seen too.
 */
import type { Trx } from '../connection';
import { type Break, selectBreaks } from './invariant';

/** Money that moved, as the provider recorded it. Amounts in won. */
export interface PgEffect {
  readonly effect: 'charged' | 'cancelled';
  readonly orderId: string;
  readonly paymentKey: string;
  readonly amount: number;
}
export interface BankEffect {
  readonly effect: 'transferred' | 'returned';
  readonly reference: string;
  /** `YYYY-MM-DD`, KST. */
  readonly tradingDate: string;
  readonly amount: number;
}
export interface Journals {
  readonly pg: readonly PgEffect[];
  readonly bank: readonly BankEffect[];
}

interface JournalLaw {
  readonly id: string;
  readonly name: string;
  readonly law: string;
  readonly source: keyof Journals;
  /** Continues after the common table expressions `pg` (per order) and `bank` (per reference). */
  readonly breaks: string;
}

const SOURCES = `
  with pg as (
    select "orderId" as order_id, regexp_replace("orderId", '-[0-9]+$', '') as deal_no,
      min("paymentKey") as payment_key,
      count(*) filter (where effect = 'charged') as charges, count(*) filter (where effect = 'cancelled') as cancels,
      coalesce(sum(amount) filter (where effect = 'charged'), 0) as charged,
      coalesce(sum(amount) filter (where effect = 'cancelled'), 0) as cancelled
    from jsonb_to_recordset(:pg::jsonb) as e (effect text, "orderId" text, "paymentKey" text, amount int8)
    group by "orderId"),
  bank as (
    select x.reference, "tradingDate" as trading_date, regexp_replace(x.reference, '-[TM][0-9]+$', '') as deal_no,
      max(e.amount) as amount,
      count(*) filter (where effect = 'transferred') as sent, count(*) filter (where effect = 'returned') as returned,
      sum(case effect when 'transferred' then e.amount else -e.amount end) as net
    from jsonb_to_recordset(:bank::jsonb) as e (effect text, reference text, "tradingDate" date, amount int8)
    -- What people paid by hand goes by its slip.
    left join transfers h on h.bank_reference = e.reference and h.trading_date = "tradingDate"
    cross join lateral (select coalesce(h.reference, e.reference) as reference) x
    group by x.reference, "tradingDate")`;

const UNDECIDED = `(select deal_id from payments where status = 'PENDING'
  union select deal_id from transfers where status in ('PENDING', 'PROCESSING')
  union select deal_id from refunds where status = 'PENDING')`;

export const JOURNAL_LAWS: readonly JournalLaw[] = [
  {
    id: 'I2',
    name: 'charges-at-the-pg',
    law: 'the PG charged what our rows say, once, and nothing that we do not know of',
    source: 'pg',
    breaks: `
      select d.id as "dealId", coalesce(d.deal_no, pg.deal_no) as "dealNo", f.fact
      from pg full join payments p on p.order_id = pg.order_id left join deals d on d.id = p.deal_id
      cross join lateral (select case
        when p.id is null then format('the PG knows order %s, we do not', pg.order_id)
        when pg.charges > 1 then format('order %s was charged %s times', p.order_id, pg.charges)
        when p.status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED') and coalesce(pg.charges, 0) = 0
          then format('order %s is %s here, the PG never charged it', p.order_id, p.status)
        when p.status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')
          and (pg.charged, pg.payment_key) is distinct from (p.amount, p.payment_key)
          then format('order %s: the PG charged %s under another key or amount, we say %s', p.order_id,
            pg.charged, p.amount)
        when p.status in ('FAILED', 'CANCELLED') and pg.charges > 0
          then format('order %s was charged, and is %s here', p.order_id, p.status) end as fact) f
      where f.fact is not null`,
  },
  {
    id: 'I2',
    name: 'one-live-charge-at-the-pg',
    law: 'of the charges that the PG made for a deal at most one is not given back',
    source: 'pg',
    breaks: `
      select d.id as "dealId", pg.deal_no as "dealNo", format('%s charges stand at the PG', count(*)) as fact
      from pg left join deals d on d.deal_no = pg.deal_no left join payments p on p.order_id = pg.order_id
      where pg.charged > pg.cancelled and not coalesce(p.late and p.status = 'PAID', false)
      group by d.id, pg.deal_no having count(*) > 1`,
  },
  {
    id: 'I5',
    name: 'refunds-at-the-pg',
    law: 'the PG gave back what our refunds say, in as many cancels, and never more than it charged',
    source: 'pg',
    breaks: `
      select d.id as "dealId", coalesce(d.deal_no, pg.deal_no) as "dealNo",
        format('order %s: the PG charged %s and gave back %s in %s cancels, we %s in %s',
          coalesce(p.order_id, pg.order_id), coalesce(pg.charged, 0), coalesce(pg.cancelled, 0),
          coalesce(pg.cancels, 0), p.refunded_amount, coalesce(r.done, 0)) as fact
      from pg full join payments p on p.order_id = pg.order_id left join deals d on d.id = p.deal_id
      left join (select payment_id, count(*) filter (where status = 'DONE') as done,
          count(*) filter (where status = 'PENDING') as pending,
          coalesce(sum(amount) filter (where status = 'PENDING'), 0) as undecided
        from refunds group by payment_id) r on r.payment_id = p.id
      where pg.cancelled > pg.charged or (coalesce(pg.cancelled, 0), coalesce(pg.cancels, 0)) not in (
        (coalesce(p.refunded_amount, 0), coalesce(r.done, 0)),
        (coalesce(p.refunded_amount, 0) + coalesce(r.undecided, 0), coalesce(r.done + r.pending, 0)))`,
  },
  {
    id: 'I3',
    name: 'transfers-at-the-bank',
    law: 'the bank paid and returned what our rows say, once, and nothing that we do not know of',
    source: 'bank',
    breaks: `
      select d.id as "dealId", coalesce(d.deal_no, b.deal_no) as "dealNo", f.fact
      from bank b full join transfers t on t.reference = b.reference and t.trading_date = b.trading_date
      left join deals d on d.id = t.deal_id
      cross join lateral (select case
        when t.id is null then format('the bank knows transfer %s of %s, we do not', b.reference, b.trading_date)
        when b.sent > 1 or b.returned > b.sent
          then format('transfer %s: paid %s times, returned %s', b.reference, b.sent, b.returned)
        when b.amount <> t.amount
          then format('transfer %s: the bank moved %s, we say %s', b.reference, b.amount, t.amount)
        when (t.status in ('COMPLETED', 'RETURNED') and coalesce(b.sent, 0) <> 1)
          or (t.status in ('COMPLETED', 'FAILED') and coalesce(b.returned, 0)
            <> case t.status when 'FAILED' then coalesce(b.sent, 0) else 0 end)
          or (t.status = 'RETURNED' and coalesce(b.returned, 0) <> 1)
          then format('transfer %s is %s here; the bank paid it %s times and returned it %s', t.reference, t.status,
            coalesce(b.sent, 0), coalesce(b.returned, 0)) end as fact) f
      where f.fact is not null`,
  },
  {
    id: 'I3',
    name: 'one-payout-at-the-bank',
    law: 'the bank paid for a deal once more than it returned, or as often',
    source: 'bank',
    breaks: `
      select d.id as "dealId", b.deal_no as "dealNo",
        format('%s payouts stand at the bank', sum(b.sent - b.returned)) as fact
      from bank b left join deals d on d.deal_no = b.deal_no
      group by d.id, b.deal_no having sum(b.sent - b.returned) not in (0, 1)`,
  },
  {
    id: 'I4',
    name: 'paid-out-of-the-charge',
    law: 'the bank never paid out more than the PG still holds of the charge',
    source: 'bank',
    breaks: `
      select d.id as "dealId", b.deal_no as "dealNo",
        format('%s won paid out, %s won held', b.net, coalesce(p.held, 0)) as fact
      from (select deal_no, sum(net) as net from bank group by deal_no) b
      left join (select deal_no, sum(charged - cancelled) as held from pg group by deal_no) p on p.deal_no = b.deal_no
      left join deals d on d.deal_no = b.deal_no
      where b.net > coalesce(p.held, 0)`,
  },
  {
    id: 'I7',
    name: 'ledger-is-what-happened',
    law: 'the ledger of a deal says what the PG and the bank did, to the won',
    source: 'pg',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('ledger: held %s, paid out %s; providers: %s and %s',
        coalesce(l.held, 0), coalesce(l.sent, 0), coalesce(p.held, 0), coalesce(b.net, 0)) as fact
      from deals d
      left join (select j.deal_id,
          coalesce(sum(e.amount) filter (where x.kind in ('charge', 'refund')
            and e.account in ('pg_receivable', 'pg_fee_expense')), 0) as held,
          coalesce(-sum(e.amount) filter (where x.kind in ('transfer', 'return', 'correction')
            and e.account = 'bank_float'), 0) as sent
        from ledger_journals j join ledger_entries e on e.journal_id = j.id
        cross join lateral (select coalesce(split_part(j.corrects, ':', 1), j.kind) as kind) x
        where j.deal_id is not null group by j.deal_id) l
        on l.deal_id = d.id
      left join (select deal_no, sum(charged - cancelled) as held from pg group by deal_no) p on p.deal_no = d.deal_no
      left join (select deal_no, sum(net) as net from bank group by deal_no) b on b.deal_no = d.deal_no
      where d.id not in ${UNDECIDED}
        and (coalesce(l.held, 0), coalesce(l.sent, 0)) <> (coalesce(p.held, 0), coalesce(b.net, 0))`,
  },
];

/** The breaks of one law. */
export function breaksOfJournals(
  trx: Trx,
  { breaks }: JournalLaw,
  { pg, bank }: Journals,
): Promise<{ readonly total: number; readonly breaks: Break[] }> {
  return selectBreaks(trx, `${SOURCES} ${breaks}`, { pg: JSON.stringify(pg), bank: JSON.stringify(bank) });
}
