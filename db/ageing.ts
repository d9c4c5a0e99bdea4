/** Balances that have stood in a passing account (spec/verdicts.md, "Books") for longer than money may pass there. */
import { type Account, AGES_MAX_DAYS } from '../workflows/domain/ledger';
import type { Db } from './connection';

const LIMITS = Object.entries(AGES_MAX_DAYS)
  .map(([account, days]) => `('${account}', ${days})`)
  .join(', ');

/** A balance is a deal's; what is of no deal, its break's. Its age begins after it was last 0. */
const AGED = `
with limits (account, days) as (values ${LIMITS}),
standing as (
  select e.account, e.deal_id, j.break_id, sum(e.amount) as won
  from ledger_entries e left join ledger_journals j on j.id = e.journal_id and e.deal_id is null
  where e.account in (select account from limits) group by 1, 2, 3 having sum(e.amount) <> 0),
moves as (
  select s.*, e.id, j.at, sum(e.amount) over (partition by s.account, s.deal_id, s.break_id order by e.id) as held
  from standing s
  join ledger_entries e on e.account = s.account and coalesce(e.deal_id::text, '') = coalesce(s.deal_id::text, '')
  join ledger_journals j on j.id = e.journal_id
    and (s.deal_id is not null or j.break_id is not distinct from s.break_id)),
passed as (
  select *, coalesce(max(id) filter (where held = 0) over (partition by account, deal_id, break_id), 0) as zero
  from moves)
select account, deal_id as "dealId", break_id as "breakId", won, min(at) as since
from passed join limits using (account) where id > zero group by account, deal_id, break_id, won, days
having min(at) < :now::timestamptz - days * interval '1 day' order by min(at), account`;

interface AgedRow {
  readonly account: Account;
  readonly dealId: string | null;
  readonly breakId: string | null;
  readonly won: string;
  readonly since: Date;
}

/** What is told of each deal with such a balance, by deal id; null: of the system. */
export async function agedBalances(db: Db, now: Date): Promise<Map<string | null, string>> {
  const { rows } = await db.raw<{ rows: AgedRow[] }>(AGED, { now });
  const details = new Map<string | null, string>();
  for (const { account, dealId, breakId, won, since } of rows) {
    const of = breakId === null ? '' : ` (break ${breakId})`;
    const detail = `${account}: ${Math.abs(Number(won))} won since ${since.toISOString().slice(0, 10)}${of}`;
    const before = details.get(dealId);
    details.set(dealId, before === undefined ? detail : `${before}; ${detail}`);
  }
  return details;
}
