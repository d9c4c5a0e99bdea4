/** Personal data that stayed, or went, otherwise than by its rule. */
import type { Planted } from './planted';

const PERSONAL = 'nothing-outlives-its-term';
/** The law is silent while terms are young. */
const OLD_TERMS = `update retention_terms set created_at = :now::timestamptz - interval '4 days';`;

export const PLANTED_RETENTION: readonly Planted[] = [
  {
    law: PERSONAL,
    of: null,
    sql: `${OLD_TERMS} update devices set deleted_at = :now::timestamptz - interval '34 days'
      where id = (select id from devices limit 1)`,
  },
  {
    law: PERSONAL,
    of: 'completed',
    sql: `${OLD_TERMS} update deals set created_at = :now::timestamptz - interval '5 years 5 days' where id = :deal;
      update deal_events set at = :now::timestamptz - interval '5 years 4 days' where deal_id = :deal`,
  },
  {
    law: PERSONAL,
    of: null,
    sql: `${OLD_TERMS} update users set deleted_at = :now::timestamptz - interval '34 days'
      where id = (select id from users limit 1)`,
  },
  {
    law: 'destruction-is-proven',
    of: null,
    sql: `update devices set deleted_at = now(), emptied_at = now(), label = null, secret_hash = null
      where id = (select id from devices limit 1)`,
  },
  {
    law: 'destruction-is-proven',
    of: null,
    sql: `insert into retention_proofs (rule, run, emptied, held, first_since, last_since, term)
      values ('forgotten-devices', 'r', 1, 0, now() - interval '1 year', now() - interval '1 year', '30 days')`,
  },
  { law: 'retention-role-is-bare', of: null, sql: 'grant update (grade) on users to plic_retention' },
  { law: 'retention-role-is-bare', of: null, sql: 'grant delete on deals to plic_retention' },
  {
    law: 'retention-role-is-bare',
    of: null,
    also: ['app-role-is-bare'],
    sql: 'grant create on schema public to public',
  },
  { law: 'app-role-is-bare', of: null, sql: 'grant update (amount) on ledger_entries to plic_app' },
  { law: 'app-role-is-bare', of: null, sql: 'revoke insert on sends from plic_app' },
  { law: 'app-role-is-bare', of: null, sql: 'grant plic_retention to plic_app with inherit false' },
  {
    law: 'guards-stand',
    of: null,
    sql: 'alter table retention_proofs disable trigger retention_proofs_immutable',
  },
];
