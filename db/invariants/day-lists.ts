/**
 * I7 of one KST day: the PG's settlement file and the bank's day list against our rows.
 * A day is the provider's; what happened within ten minutes of midnight may be in the
 * list of the other day. (`npm run reconcile` keeps and follows each difference.)
 */
import { PG_COST_BPS } from '../../workflows/domain/fees';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import type { Trx } from '../connection';
import { type Break, selectBreaks } from './invariant';

export interface DayLists {
  /** `YYYY-MM-DD`, KST. */
  readonly day: string;
  readonly settlement: readonly SettlementLine[];
  readonly bank: readonly BankLine[];
}

interface DayLaw {
  readonly id: 'I7';
  readonly name: string;
  readonly law: string;
  readonly source: 'settlement' | 'bank';
  /** Continues after the common table expressions `lines`, `sent` and `day` (its safe inside). */
  readonly breaks: string;
}

const SOURCES = `
  with lines as (select * from jsonb_to_recordset(:settlement::jsonb)
    as l ("orderId" text, "paymentKey" text, kind text, amount int8, fee int8)),
  sent as (select * from jsonb_to_recordset(:bank::jsonb) as l (reference text, amount int8, status text,
    "bankCode" text, "accountLast4" text)),
  day as (select :day::date as date, :day::date::timestamp at time zone 'Asia/Seoul' + interval '10 minutes' as opens,
    (:day::date + 1)::timestamp at time zone 'Asia/Seoul' - interval '10 minutes' as closes)`;

const CHARGED = `('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')`;
const dealOf = (rows: string): string => `
  select distinct d.id as "dealId", d.deal_no as "dealNo", f.fact
  from (${rows}) f left join deals d on d.id = f.deal_id where f.fact is not null`;

export const DAY_LAWS: readonly DayLaw[] = [
  {
    id: 'I7',
    name: 'settled-charges',
    law: 'the settlement file lists the charges of the day, each once, with its amount, key and fee',
    source: 'settlement',
    breaks: dealOf(`
      select p.deal_id, case
        when p.id is null then format('order %s is in the file, we do not know it', l."orderId")
        when l.n > 1 then format('order %s is in the file %s times', l."orderId", l.n)
        when p.status in ('FAILED', 'CANCELLED')
          then format('order %s is in the file, and %s here', l."orderId", p.status)
        when p.status in ${CHARGED} and (l.amount, l."paymentKey", l.fee)
          <> (p.amount, p.payment_key, p.amount * :costBps / 10000)
          then format('order %s: amount %s, fee %s in the file under its key; we say %s, %s', l."orderId",
            l.amount, l.fee, p.amount,
            p.amount * :costBps / 10000) end as fact
      from (select *, count(*) over (partition by "orderId") as n from lines where kind = 'payment') l
      left join payments p on p.order_id = l."orderId"
      union all
      select p.deal_id, format('order %s was charged that day, the file lacks it', p.order_id) from payments p, day
      where p.status in ${CHARGED} and p.approved_at between day.opens and day.closes
        and not exists (select 1 from lines l where l.kind = 'payment' and l."orderId" = p.order_id)`),
  },
  {
    id: 'I7',
    name: 'settled-refunds',
    law: 'the settlement file lists the refunds of the day, and no other',
    source: 'settlement',
    breaks: dealOf(`
      select p.deal_id, case
        when p.id is null then format('a cancel of order %s is in the file, we do not know it', l."orderId")
        when l.won > p.refunded_amount + coalesce(r.undecided, 0)
          then format('order %s: %s given back by the file, %s here', l."orderId", l.won, p.refunded_amount) end as fact
      from (select "orderId", -sum(amount) as won from lines where kind = 'cancel' group by "orderId") l
      left join payments p on p.order_id = l."orderId"
      left join (select payment_id, sum(amount) as undecided from refunds where status = 'PENDING'
        group by payment_id) r on r.payment_id = p.id
      union all
      select p.deal_id,
        format('order %s: %s given back that day, %s by the file', p.order_id, r.won, coalesce(l.won, 0))
      from (select payment_id, sum(amount) as won from refunds, day
            where status = 'DONE' and created_at >= day.opens and decided_at <= day.closes group by payment_id) r
      join payments p on p.id = r.payment_id
      left join (select "orderId", -sum(amount) as won from lines where kind = 'cancel' group by "orderId") l
        on l."orderId" = p.order_id
      where r.won > coalesce(l.won, 0)`),
  },
  {
    id: 'I7',
    name: 'listed-transfers',
    law: "the bank's day list has the transfers of the day, each with its amount, its account and its end",
    source: 'bank',
    breaks: dealOf(`
      select t.deal_id, case
        when t.id is null then format('transfer %s is in the list, we do not know it', l.reference)
        when l.n > 1 then format('transfer %s is in the list %s times', l.reference, l.n)
        when l.amount <> t.amount then format('transfer %s: %s in the list, %s here', l.reference, l.amount, t.amount)
        when t.status not in ('PENDING', 'PROCESSING') and t.code is distinct from 'ruled-failed'
          and l.status <> case t.status when 'COMPLETED' then 'done' when 'RETURNED' then 'returned' else 'failed' end
          then format('transfer %s is %s in the list, %s here', l.reference, l.status, t.status)
        when l.status in ('done', 'processing') and (l."bankCode" <> a.bank_code or l."accountLast4" <> a.account_last4)
          then format('transfer %s is to %s …%s in the list, to %s …%s here', l.reference, l."bankCode",
            l."accountLast4", a.bank_code, a.account_last4) end as fact
      from (select *, count(*) over (partition by reference) as n from sent) l cross join day
      left join transfers t on t.reference = l.reference and t.trading_date = day.date
      left join bank_accounts a on a.id = t.recipient_id
      union all
      select t.deal_id, format('transfer %s (%s) is not in the list', t.reference, t.status) from transfers t, day
      where t.trading_date = day.date and t.status not in ('PENDING', 'PROCESSING') and t.bank_reference is null
        and t.code is distinct from 'ruled-failed'
        and not exists (select 1 from sent l where l.reference = t.reference)`),
  },
];

/** The breaks of one law. */
export function breaksOfDay(
  trx: Trx,
  { breaks }: DayLaw,
  { day, settlement, bank }: DayLists,
): Promise<{ readonly total: number; readonly breaks: Break[] }> {
  const bindings = { day, settlement: JSON.stringify(settlement), bank: JSON.stringify(bank), costBps: PG_COST_BPS };
  return selectBreaks(trx, `${SOURCES} ${breaks}`, bindings);
}
