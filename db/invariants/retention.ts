/** I13 and I15 of time: personal data ends with its term, provably, and by a role that can do nothing else. */
import { RETENTION_RULES } from '../retention/rules';
import type { Invariant } from './invariant';

/**
 * The batch may have failed for so long before somebody must look: since the term ended, was made (an upgrade makes
 * much due at once), or since what kept the row did.
 */
const GRACE = "interval '3 days'";

/** Each mark that rules leave, with the rows that bear it, and the rules. */
const MARKED = [...new Set(Object.values(RETENTION_RULES).flatMap(({ table, mark }) => mark && `${table} ${mark}`))]
  .filter((place) => place !== null)
  .map((place) => {
    const [table, mark] = place.split(' ');
    const rules = Object.entries(RETENTION_RULES).filter(([, rule]) => rule.table === table && rule.mark === mark);
    const names = rules.map(([name]) => `'${name}'`).join(', ');
    return `('${table}', (select count(*) from ${table} where ${mark} is not null), array[${names}])`;
  });

export const RETENTION_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I13',
    name: 'nothing-outlives-its-term',
    law: 'personal data whose term has ended, and which no legal hold keeps, is gone three days later',
    over: 'retention_terms',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('%s: a row is kept since %s, longer than %s', w.rule,
        to_char(w.since at time zone 'UTC', 'YYYY-MM-DD'), t.term) as fact
      from retention_due(:now::timestamptz - ${GRACE}) w join retention_terms t on t.rule = w.rule
        left join deals d on d.id = w.deal
      where greatest(t.created_at, hold_ended(w.member, w.deal)) + ${GRACE} <= :now and not is_held(w.member, w.deal)`,
  },
  {
    id: 'I13',
    name: 'destruction-is-proven',
    law: 'as many rows are emptied as the proofs of destruction tell',
    over: 'retention_proofs',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('%s rows of %s are emptied, and %s are proven', m.emptied, m.place, p.proven) as fact
      from (values ${MARKED.join(', ')}) m (place, emptied, rules)
      cross join lateral (select coalesce(sum(emptied), 0) as proven from retention_proofs where rule = any(m.rules)) p
      where m.emptied <> p.proven`,
  },
  {
    id: 'I15',
    name: 'retention-role-is-bare',
    law: 'the role that destroys personal data reads, writes and makes no table, and is no other role',
    over: 'pg_roles',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('plic_retention %s', f.what) as fact
      from pg_roles r cross join lateral (
        select format('may use table %s', c.relname) as what from pg_class c
          where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
            and (has_table_privilege(r.oid, c.oid, 'INSERT, DELETE, TRUNCATE, TRIGGER')
              or has_any_column_privilege(r.oid, c.oid, 'SELECT, UPDATE, REFERENCES'))
        union all select 'may create in the schema' where has_schema_privilege(r.oid, 'public', 'CREATE')
        union all select 'is a member of another role' from pg_auth_members where member = r.oid
        union all select 'may log in, or is more than a role' where r.rolsuper or r.rolcreaterole or r.rolcreatedb
          or r.rolbypassrls or r.rolreplication or r.rolcanlogin) f
      where r.rolname = 'plic_retention'
      union all select null, null, 'role plic_retention is missing'
      where not exists (select from pg_roles where rolname = 'plic_retention')`,
  },
];
