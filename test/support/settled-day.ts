/**
 * A day of deals at rest, as many as wanted, written set-based past the code of the house; and the providers' lists of that day, made
 * of the same numbers by other means. Without a plant, the three agree to the won.
 */
import type { Db } from '../../db/connection';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import type { Person } from './rows';

export interface SettledDay {
  /** KST, `YYYY-MM-DD`. */
  readonly day: string;
  readonly count: number;
}

/** Of 20 deals 16 are completed, one has a part of its fee given back, two could not be paid out, one came back from the bank. */
export type Fate = 'completed' | 'fee-refunded' | 'failed' | 'returned';
export function fateOf(i: number): Fate {
  const turn = i % 20;
  return turn === 7 ? 'fee-refunded' : turn === 11 || turn === 13 ? 'failed' : turn === 17 ? 'returned' : 'completed';
}

const FEE_BACK = 100;
const cost = (amount: number): number => Math.floor((amount * 250) / 10_000);

/** The deal's number, keys and amounts. */
export function dealOf({ day, count }: SettledDay, i: number) {
  const dealNo = `PL${day.slice(2).replaceAll('-', '')}${i.toString(16).toUpperCase().padStart(10, '0')}`;
  const principal = 10_000 + (i % 500) * 1_000;
  const fee = Math.floor((principal * 300) / 10_000);
  const at = Date.parse(`${day}T01:00:00+09:00`) + Math.floor((i * 79_200_000) / count); // over 22 hours, far from midnight
  const refund = { completed: 0, 'fee-refunded': FEE_BACK, failed: principal + fee, returned: principal + fee }[
    fateOf(i)
  ];
  return {
    dealNo,
    orderId: `${dealNo}-1`,
    reference: `${dealNo}-T1`,
    paymentKey: `pay_${dealNo}`,
    principal,
    fee,
    total: principal + fee,
    at,
    refund,
  };
}

const kst = (ms: number): string => new Date(ms + 9 * 3_600_000).toISOString().replace('Z', '+09:00');
const daysAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

/** When the PG pays that day's lines. */
export const settleDateOf = (day: string): string => daysAfter(day, 2);

/** The settlement file. */
export function* settlementLinesOf(settled: SettledDay): Generator<SettlementLine> {
  const settleDate = settleDateOf(settled.day);
  for (let i = 0; i < settled.count; i++) {
    const { orderId, paymentKey, total, at, refund } = dealOf(settled, i);
    const key = { orderId, paymentKey };
    const fee = cost(total);
    yield { ...key, kind: 'payment', amount: total, fee, net: total - fee, at: kst(at), settleDate };
    if (refund === 0) continue;
    const feeBack = cost(total) - cost(total - refund);
    yield {
      ...key,
      kind: 'cancel',
      amount: -refund,
      fee: -feeBack,
      net: feeBack - refund,
      at: kst(at + 2_000),
      settleDate,
    };
  }
}

const BANK_SAYS = {
  completed: ['done', '0000'],
  'fee-refunded': ['done', '0000'],
  failed: ['failed', '412'],
  returned: ['returned', '0000'],
} as const;

/** Of the recipient that test/support/rows.ts makes. */
const ACCOUNT = { bankCode: '088', accountLast4: '1234' };

/** The bank's day list. */
export function* bankLinesOf(settled: SettledDay): Generator<BankLine> {
  for (let i = 0; i < settled.count; i++) {
    const { reference, principal, at } = dealOf(settled, i);
    const [status, code] = BANK_SAYS[fateOf(i)];
    yield { reference, amount: principal, status, code, ...ACCOUNT, at: kst(at + 1_000) };
  }
}

const DEALS = `
create temporary table made on commit drop as
select i, md5('deal' || :day || i)::uuid as deal_id, md5('pay' || :day || i)::uuid as payment_id,
  'PL' || to_char(:day::date, 'YYMMDD') || lpad(upper(to_hex(i)), 10, '0') as deal_no, principal, principal * 300 / 10000 as fee,
  case i % 20 when 7 then 'fee-refunded' when 11 then 'failed' when 13 then 'failed' when 17 then 'returned' else 'completed' end as fate,
  (:day || 'T01:00:00+09:00')::timestamptz + (i * 79200000 / :count::int8) * interval '1 millisecond' as at
from generate_series(0, :count::int8 - 1) i, lateral (select 10000 + (i % 500) * 1000 as principal) p;
alter table made add total int8, add cost int8, add refund int8, add cost_back int8;
update made set total = principal + fee, cost = (principal + fee) * 250 / 10000;
update made set refund = case fate when 'completed' then 0 when 'fee-refunded' then ${FEE_BACK} else total end;
update made set cost_back = cost - (total - refund) * 250 / 10000;
analyze made;
insert into deals (id, deal_no, user_id, recipient_id, principal, fee, fee_bps, total, purpose, status, version, expires_at, confirmed_at, completed_at, created_at)
  select deal_id, deal_no, :userId, :recipientId, principal, fee, 300, total, 'rent',
    case when fate in ('failed', 'returned') then 'REFUNDED' else 'COMPLETED' end, 5, at, at, at, at from made;
insert into payments (id, deal_id, attempt, order_id, status, amount, refunded_amount, card_id, device_id, payment_key, sent_at, decided_at, approved_at)
  select payment_id, deal_id, 1, deal_no || '-1', case when refund = total then 'REFUNDED' when refund > 0 then 'PARTIALLY_REFUNDED' else 'PAID' end,
    total, refund, :cardId, 'device', 'pay_' || deal_no, at, at, at from made;
insert into transfer_jobs (deal_id, amount, status, attempts)
  select deal_id, principal, case when fate in ('failed', 'returned') then 'FAILED' else 'COMPLETED' end, 1 from made;
insert into transfers (id, deal_id, attempt, reference, trading_date, recipient_id, amount, status, code, last_sent_at, decided_at)
  select md5('transfer' || :day || i)::uuid, deal_id, 1, deal_no || '-T1', :day::date, :recipientId, principal,
    case fate when 'failed' then 'FAILED' when 'returned' then 'RETURNED' else 'COMPLETED' end, '0000',
    at + interval '1 second', at + interval '1 second' from made;
insert into refunds (id, deal_id, payment_id, n, idempotency_key, principal, fee, amount, status, cause, actor, decided_at)
  select md5('refund' || :day || i)::uuid, deal_id, payment_id, 1, deal_no || '-R1', case when refund = total then principal else 0 end,
    case when refund = total then fee else refund end, refund, 'DONE', 'made', 'test', at + interval '2 seconds' from made where refund > 0;
insert into ledger_journals (deal_id, kind, key, at)
  select deal_id, 'charge', 'charge:' || deal_no || '-1', at from made
  union all select deal_id, 'transfer', 'transfer:' || deal_no || '-T1', at + interval '1 second' from made where fate <> 'failed'
  union all select deal_id, 'return', 'return:' || deal_no || '-T1', at + interval '1 second' from made where fate = 'returned'
  union all select deal_id, 'refund', 'refund:' || deal_no || '-R1', at + interval '2 seconds' from made where refund > 0;
insert into ledger_entries (journal_id, deal_id, account, amount)
  select j.id, j.deal_id, e.account, e.amount from made m join ledger_journals j on j.deal_id = m.deal_id
  cross join lateral (values
    ('charge', 'pg_receivable', total), ('charge', 'recipient_payable', 0 - principal), ('charge', 'fee_revenue', 0 - fee),
    ('charge', 'pg_fee_expense', cost), ('charge', 'pg_receivable', 0 - cost),
    ('transfer', 'recipient_payable', principal), ('transfer', 'bank_float', 0 - principal),
    ('return', 'bank_float', principal), ('return', 'recipient_payable', 0 - principal),
    ('refund', 'recipient_payable', case when refund = total then principal else 0 end),
    ('refund', 'fee_revenue', case when refund = total then fee else refund end), ('refund', 'pg_receivable', 0 - refund),
    ('refund', 'pg_receivable', cost_back), ('refund', 'pg_fee_expense', 0 - cost_back)) e(kind, account, amount)
  where e.kind = j.kind and e.amount <> 0`;

/** Writes the day's deals with their ledger. The database's guards are about how a deal moves; here it has moved. */
export async function insertSettledDay(db: Db, { day, count }: SettledDay, person: Person): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    const bindings = { day, count, ...person };
    for (const statement of DEALS.split(/;\n/)) await trx.raw(statement, bindings);
  });
}
