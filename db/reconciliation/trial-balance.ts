/** The trial balance (시산표) of one KST day: what each account held, received and gave. */
import { ACCOUNTS } from '../../workflows/domain/ledger';
import type { TrialBalanceRow } from '../../workflows/domain/reconciliation';
import type { Trx } from '../connection';
import type { Bindings } from './found';

/**
 * From the closing of the last day that was closed when it was read, so that a long history is not summed up
 * every night; without one, from the first journal. The ledger is append-only: what was closed does not change.
 */
const BALANCE = `
with base as (
  select business_day, (business_day + 1)::timestamp at time zone 'Asia/Seoul' as closed_at,
    result->'trialBalance' as rows
  from reconciliation_runs
  where status = 'done' and business_day < :day
    and read_at >= (business_day + 1)::timestamp at time zone 'Asia/Seoul' + interval '10 minutes'
  order by business_day desc, id desc limit 1),
moved as (
  select e.account, coalesce(sum(e.amount) filter (where j.at < :from), 0) as before,
    coalesce(sum(e.amount) filter (where j.at >= :from and e.amount > 0), 0) as debit,
    coalesce(0 - sum(e.amount) filter (where j.at >= :from and e.amount < 0), 0) as credit
  from ledger_journals j join ledger_entries e on e.journal_id = j.id
  where j.at < :until and j.at >= coalesce((select closed_at from base), '-infinity')
  group by e.account),
carried as (
  select r.account, r.closing from base, jsonb_to_recordset(base.rows) as r(account text, closing int8))
select account, (coalesce(c.closing, 0) + coalesce(m.before, 0))::int8 as opening, coalesce(m.debit, 0)::int8 as debit,
  coalesce(m.credit, 0)::int8 as credit
from moved m full join carried c using (account) order by account`;

/**
 * One row for every account of our ledger, and for any other that was used. The openings, and the closings, sum to 0.
 */
export async function trialBalance(trx: Trx, bindings: Bindings): Promise<TrialBalanceRow[]> {
  const { rows } = await trx.raw<{ rows: Record<'account' | 'opening' | 'debit' | 'credit', string>[] }>(
    BALANCE,
    bindings,
  );
  const found = new Map(rows.map((row) => [row.account, row]));
  const names = [...new Set<string>([...ACCOUNTS, ...found.keys()])];
  return names.map((account) => {
    const [opening = 0, debit = 0, credit = 0] = ['opening', 'debit', 'credit'].map((column) =>
      Number(found.get(account)?.[column as 'debit'] ?? 0),
    );
    return { account, opening, debit, credit, closing: opening + debit - credit };
  });
}
