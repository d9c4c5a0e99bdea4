/** An audit that somebody past all guards has changed. */
import type { Planted } from './planted';

/** Five entries, as the database writes them. */
const ENTRIES = `set local session_replication_role = origin;
  insert into admin_audit_logs (actor, role, via, action, subject_kind, subject, outcome, after)
    select 'operator:kim', 'admin', 'command', 'release', 'deal', 'PL' || n, 'done', '{"status": "PAID"}'
    from generate_series(1, 5) n;
  set local session_replication_role = replica;`;
const law = 'audit-chain-holds';

export const PLANTED_AUDIT: readonly Planted[] = [
  { law, of: null, sql: `${ENTRIES} update admin_audit_logs set subject = 'PL9' where subject = 'PL2'` },
  { law, of: null, sql: `${ENTRIES} update admin_audit_logs set after = '{"status": "PAYD"}' where subject = 'PL3'` },
  { law, of: null, sql: `${ENTRIES} delete from admin_audit_logs where subject = 'PL2'` },
  { law, of: null, sql: `${ENTRIES} delete from admin_audit_logs where subject = 'PL5'` },
  { law, of: null, sql: `${ENTRIES} delete from admin_audit_head` },
  {
    law,
    of: null,
    sql: `${ENTRIES} update admin_audit_logs a set seq = -b.seq from admin_audit_logs b
        where (a.subject, b.subject) in (('PL2', 'PL3'), ('PL3', 'PL2'));
      update admin_audit_logs set seq = -seq where seq < 0`,
  },
  { law: 'guards-stand', of: null, sql: 'alter table admin_audit_logs disable trigger admin_audit_logs_immutable' },
];
