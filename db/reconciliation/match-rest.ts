/** What no transaction of ours leads to: journals without their row, and lines of a kind that nobody knows. */
import type { Trx } from '../connection';
import { kindsOf } from './booked';
import { type Bindings, kstDay } from './found';

/**
 * Kind of journal, its money event, and its home: the row that its key names, in a state that posts it. A transfer's
 * intent and failure need any row of theirs: the matching of transfers looks at what they add up to.
 */
const HOMES = [
  ['charge', 'charge', `payments r where r.order_id = name and r.status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')`],
  ['refund', 'refund', `refunds r where r.idempotency_key = name and r.status = 'DONE'`],
  ['transfer-intent', 'transfer', 'transfers r where r.reference = name'],
  ['transfer-failed', 'transfer', 'transfers r where r.reference = name'],
  ['transfer', 'transfer', `transfers r where r.reference = name and r.status in ('COMPLETED', 'RETURNED')`],
  ['return', 'return', `transfers r where r.reference = name and r.status = 'RETURNED'`],
] as const;

/** Its correcting journals leave nothing of it in any account. Asked of the few strays only. */
const CORRECTED_AWAY = `exists (select 1 from ledger_journals c where c.corrects = s.event)
  and not exists (select 1 from ledger_entries e where e.journal_id in (
    select c.id from ledger_journals c where c.key = any(s.keys) or c.corrects = s.event)
    group by account having sum(e.amount) <> 0)`;

/** Journals of the day, and those that were amiss before, one kind after the other: each looks into one table only. */
const ORPHANS = `
with journals as (
  select id, kind, key, at, deal_id from ledger_journals where :whole and at >= :from and at < :until
  union all
  select j.id, j.kind, j.key, j.at, j.deal_id from known k join ledger_journals j on j.key = any(array[
      ${['', '-intent', '-failed'].map((of) => `regexp_replace(k.subject, '^transfer:', 'transfer${of}:')`)}])
    where k.source = 'ledger' and not (:whole and j.at >= :from and j.at < :until)),
strays as materialized (
  ${HOMES.map(
    ([kind, event, home]) => `select *, '${event}:' || name as event,
      array[${kindsOf(event).map((own) => `'${own}:' || name`)}] as keys
    from (select *, substring(key from ${kind.length + 2}) as name from journals where kind = '${kind}') j
    where not exists (select 1 from ${home})`,
  ).join('\n  union all\n  ')})
insert into found_breaks (class, key, source, subject, business_day, deal_id, amount, ours)
select 'ledger-differs', event, 'ledger', event, ${kstDay('at')}, deal_id,
  (select coalesce(sum(amount) filter (where amount > 0), 0)::int8 from ledger_entries where journal_id = s.id),
  jsonb_build_object('journal', kind, 'at', at)
from strays s where not (${CORRECTED_AWAY})
on conflict do nothing`;

/** Every strange line that is stored, of whatever day: they are few, and stay strange until their file is read anew. */
const STRANGE = `
insert into found_breaks (class, key, source, subject, business_day, deal_id, attempt, amount, theirs, file_day,
  settle_date, unsettled)
select 'unknown-line', l.order_id || '/' || l.kind || '/' || l.file_day || '#' || row_number() over (
    partition by l.order_id, l.kind, l.file_day order by l.line_no),
  'charge', l.order_id, l.file_day, p.deal_id, p.attempt, abs(l.amount),
  jsonb_build_object('line', l.line_no, 'kind', l.kind, 'amount', l.amount, 'fee', l.fee, 'net', l.net,
    'paymentKey', l.payment_key, 'at', l.at, 'settleDate', l.settle_date), l.file_day, l.settle_date, l.net
from settlement_lines l left join payments p on p.order_id = l.order_id where l.kind not in ('payment', 'cancel')`;

/** Finds the breaks that the other matchings cannot come by. */
export async function matchRest(trx: Trx, bindings: Bindings): Promise<void> {
  await trx.raw(ORPHANS, bindings);
  await trx.raw(STRANGE, bindings);
}
