/** I15 of operators: what they did is told whole, in its order, and as it was written. */
import type { Invariant } from './invariant';

export const AUDIT_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I15',
    name: 'audit-chain-holds',
    law: 'each entry of the audit is sealed with the hash of the one before it, none is missing, and none was cut off',
    over: 'admin_audit_logs',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", case
        when seq <> coalesce(before, 0) + 1
          then format('entries %s to %s are missing', coalesce(before, 0) + 1, seq - 1)
        when hash <> made then format('entry %s was changed', seq)
        else format('entry %s does not follow the one before it', seq) end as fact
      from (select e.seq, e.hash, e.prev_hash, audit_hash(e) as made, lag(e.seq) over w as before,
          lag(e.hash) over w as hash_before
        from admin_audit_logs e window w as (order by e.seq)) chain
      where hash <> made or prev_hash <> coalesce(hash_before, '') or seq <> coalesce(before, 0) + 1
      union all
      select null, null, case when last.seq = head.seq then format('the last entry, %s, is another', head.seq)
        else format('the last entry is %s, and there were %s', coalesce(last.seq, 0), coalesce(head.seq, 0)) end
      from (select 1) one left join admin_audit_head head on true
      left join lateral (select seq, hash from admin_audit_logs order by seq desc limit 1) last on true
      where (coalesce(last.seq, 0), coalesce(last.hash, '')) is distinct from (head.seq, head.hash)`,
  },
];
