/** I7 of the money at the bank: the owner's orders, and the statements of the account against `bank_float`. */
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
];
