/**
 * The proof of cash of one KST day: what the statement of our account ends with, what the ledger has in bank_float at
 * the end of that day, and every money event that makes the difference.
 */
import type { CashItem, CashProof } from '../../workflows/domain/reconciliation';
import type { Trx } from '../connection';
import { cashMoves, EXPLAINED_EVENTS } from './cash-moves';

const ITEMS_MAX = 20;

/** Of one event: how far the bank is ahead of our books at the end of the day, and why; null: nothing says so. */
const ITEMS = `
with ${cashMoves('posted')},
due as (select 'settlement:' || settle_date as event, sum(net) as net from settlement_days group by settle_date),
reasons as (select event, min(why) as why from (${EXPLAINED_EVENTS}) e group by event),
items as (
  select event, sum(bank - books) filter (where day <= :day) as amount, sum(bank - books) as still, sum(bank) as bank
  from moves group by event),
told as (
  select i.event, i.amount::int8 as amount,
    case when i.still = 0 then 'on another day' when r.why is not null then r.why
      when i.bank = d.net then 'not posted yet' end as why
  from items i left join reasons r using (event) left join due d using (event) where i.amount <> 0
  union all
  select 'days without a statement', sum(opening - before)::int8, 'they were not read' from (
    select opening, day, lag(closing) over w as before, lag(day) over w as day_before
    from statement_days where day <= :day window w as (order by day)) s
  where day > day_before + 1 having sum(opening - before) <> 0)
select event, amount, why, count(*) over () as n, sum(amount) filter (where why is not null) over () as explained
from told order by why is not null, abs(amount) desc, event limit ${ITEMS_MAX}`;

const BALANCES = `
select s.closing, coalesce((select sum(e.amount) from ledger_entries e join ledger_journals j on j.id = e.journal_id
  where e.account = 'bank_float' and j.at < (s.day + 1)::timestamp at time zone 'Asia/Seoul'), 0)::int8 as books
from statement_days s where s.day = :day`;

/** Proves the day; null: its statement was never read. */
export async function proveCash(trx: Trx, day: string): Promise<CashProof | null> {
  const { rows: balances } = await trx.raw<{ rows: { closing: string; books: string }[] }>(BALANCES, { day });
  const [row] = balances;
  if (!row) return null;
  const { rows } = await trx.raw<{ rows: (CashItem & Record<'n' | 'explained', string | null>)[] }>(ITEMS, { day });
  const [closing, books, explained] = [Number(row.closing), Number(row.books), Number(rows[0]?.explained ?? 0)];
  return {
    ...{ closing, books, explained, unexplained: closing - books - explained },
    items: rows.map(({ event, amount, why }) => ({ event, amount: Number(amount), why })),
    more: Number(rows[0]?.n ?? 0) - rows.length,
  };
}
