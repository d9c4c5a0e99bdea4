/** I7 of the money at the bank: the owner's orders, and the statements of the account against `bank_float`. */
import { CARRY_OVER_MS } from '../../workflows/domain/reconciliation';
import { cashMoves, EXPLAINED_EVENTS } from '../reconciliation/cash-moves';
import type { Invariant } from './invariant';

export const CASH_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I7',
    name: 'owner-funds-are-posted',
    law: "what the owner put into the float, or took out, is booked to the won, and nothing else is the owner's",
    over: 'owner_funds',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('%s: %s won ordered, %s and %s booked', key, f.amount,
        coalesce(j.float, 0), coalesce(j.owner, 0)) as fact
      from (select 'owner-funds:' || reference as key, amount from owner_funds) f
      full join (select j.key, coalesce(sum(e.amount) filter (where e.account = 'bank_float'), 0) as float,
          coalesce(sum(e.amount) filter (where e.account = 'owner_funds'), 0) as owner
        from ledger_journals j join ledger_entries e on e.journal_id = j.id
        where j.kind = 'owner-funds' or e.account = 'owner_funds' group by j.key) j using (key)
      where (f.amount, f.amount) is distinct from (j.float, 0 - j.owner)`,
  },
  {
    id: 'I7',
    name: 'cash-is-proven',
    law: 'what the statements of our account and bank_float say differently is a break, accepted, or not yet judged',
    over: 'statement_days',
    bindings: { patience: `${CARRY_OVER_MS / 1_000} seconds` },
    breaks: `
      with ${cashMoves('due')},
      complete as (select p.day, p.read_at from provider_lists p where p.source = 'statement'
        and p.read_at >= (p.day + 1)::timestamp at time zone 'Asia/Seoul' + :patience::interval),
      judged as (select day from complete c where exists (select 1 from reconciliation_runs r
        where r.business_day = c.day and r.status = 'done' and r.finished_at >= c.read_at))
      select null::uuid as "dealId", null as "dealNo",
        format('%s: %s won on statements, %s in our books', event, sum(bank), sum(books)) as fact
      from moves where event not in (select event from (${EXPLAINED_EVENTS}) e)
      group by event having sum(bank) <> sum(books) and bool_and(day in (select day from judged))
      union all
      select null, null, format('the statement of %s has %s won, and %s by its lines', s.day, s.closing,
        s.opening + coalesce(l.won, 0))
      from statement_days s left join (select day, sum(amount) as won from statement_lines group by day) l using (day)
      where s.closing <> s.opening + coalesce(l.won, 0)
      union all
      select null, null, format('the statement of %s begins with %s won, the one before ended with %s', s.day,
        s.opening, b.closing)
      from statement_days s join statement_days b on b.day = s.day - 1 join complete c on c.day = b.day
      where s.opening <> b.closing`,
  },
];
