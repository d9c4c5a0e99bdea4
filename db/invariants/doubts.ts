/** I4, I6, I15: doubts stop money, operators are told of them, and the database's tables of them are the domain's. */
import { BARRED, DOUBTS } from '../../workflows/domain/doubts';
import type { Invariant } from './invariant';

const pairs = (list: readonly (readonly [string, string])[]): string =>
  list.map(([a, b]) => `('${a}', '${b}')`).join(', ');
const KINDS = Object.entries(DOUBTS);
const ABOUT = pairs(KINDS.map(([kind, { about }]) => [kind, about]));
const BARS = pairs(Object.entries(BARRED).flatMap(([about, bars]) => bars.map((beginning) => [about, beginning])));
const TOLD = pairs(KINDS.flatMap(([kind, { task }]) => (task === null ? [] : [[kind, task]])));

/** Whoever waited for the deal's lock until the doubt was ended had begun before: locks are not waited for so long. */
const LOCK_WAIT = `interval '1 minute'`;
const ONLY_IN = (list: string, a: string, b: string, table: string): string => `
  select * from (select l.* from (values ${list}) l (a, b) except select ${a}, ${b} from ${table}) missing
  union all select * from (select ${a}, ${b} from ${table} except select l.* from (values ${list}) l (a, b)) strange`;

export const DOUBT_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I4',
    name: 'doubts-bind',
    law: 'no charge, transfer or refund begins, and none is sent again, while a doubt is open that bars it',
    over: 'doubts',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('a %s began while "%s" was open', b.beginning, x.kind) as fact
      from doubts x join doubt_kinds k on k.kind = x.kind join doubt_bars b on b.about = k.about
        join deals d on d.id = x.deal_id, lateral (
        select 'charge' as what, created_at as at from payments where deal_id = x.deal_id and sent_at is not null
        union all select 'transfer', created_at from transfers where deal_id = x.deal_id and bank_reference is null
        union all select 'transfer', at from deal_events where deal_id = x.deal_id and cause = 'pay-by-hand'
        union all select 'transfer', s.created_at from transfers t join sends s on s.key = t.reference
          where t.deal_id = x.deal_id
        union all select case when r.principal = 0 then 'fee-refund' else 'refund' end, s.at
          from refunds r join payments p on p.id = r.payment_id, lateral (select r.created_at as at
            union all select created_at from sends where key = r.idempotency_key) s
          where r.deal_id = x.deal_id and not p.late and p.status <> 'FAILED') begun
      where begun.what = b.beginning and begun.at > x.opened_at
        and (x.closed_at is null or begun.at < x.closed_at - ${LOCK_WAIT})`,
  },
  {
    id: 'I6',
    name: 'doubts-are-told',
    law: 'an open doubt that does not end by itself is told to operators by its task, or by its break',
    over: 'doubts',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('nobody is told of "%s"', x.kind) as fact
      from doubts x join deals d on d.id = x.deal_id left join (values ${TOLD}) k (kind, task) on k.kind = x.kind
      where x.closed_at is null and case when x.break_id is not null
        then not exists (select 1 from reconciliation_breaks b where b.id = x.break_id and b.resolved_at is null)
        else k.task is not null and not exists (select 1 from operator_tasks o
          where o.deal_id = d.id and o.reason = k.task and o.closed_at is null) end`,
  },
  {
    id: 'I15',
    name: 'doubt-tables-are-the-law',
    law: "the database's own kinds of doubt, and what they bar, are the domain's",
    over: 'doubt_kinds',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('%s: %s is in one list only', a, b) as fact
      from (${ONLY_IN(ABOUT, 'kind', 'about', 'doubt_kinds')}
        union all ${ONLY_IN(BARS, 'about', 'beginning', 'doubt_bars')}) found`,
  },
];
