/** The audit as auditors read it: newest first, by what they look for. */
import type { Db } from '../connection';

interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly subjectKind?: string | undefined;
  readonly subject?: string | undefined;
  readonly outcome?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface AuditLine {
  readonly seq: number;
  readonly at: Date;
  readonly actor: string;
  readonly role: string;
  readonly via: string;
  readonly address: string | null;
  readonly action: string;
  readonly subjectKind: string;
  readonly subject: string | null;
  readonly reason: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly outcome: string;
  readonly requestId: string | null;
  /** Hexadecimal. */
  readonly hash: string;
}

const COLUMNS = {
  ...{ actor: 'actor', action: 'action', subjectKind: 'subject_kind', subject: 'subject', outcome: 'outcome' },
} as const;

/** Entries follow the clock, but for its corrections, which are smaller. */
const CLOCK = `interval '1 hour'`;
const LAST = '9223372036854775807';
/** The first entry since then: what lies before it is not walked through; null: there is none. */
const firstSince = (sign: '+' | '-') =>
  `(select e.seq from admin_audit_logs e where e.at >= ?::timestamptz ${sign} ${CLOCK} order by e.at limit 1)`;

/** At most `limit` entries before this one; undefined: from the last one on. */
export async function auditEntries(
  db: Db,
  { since, until, ...equal }: AuditFilter,
  { limit, before }: { readonly limit: number; readonly before?: number | undefined },
): Promise<AuditLine[]> {
  const query = db('admin_audit_logs').orderBy('admin_audit_logs.seq', 'desc').limit(limit);
  for (const [name, column] of Object.entries(COLUMNS)) {
    const value = equal[name as keyof typeof COLUMNS];
    if (value !== undefined) query.where(column, value);
  }
  if (since) query.where('at', '>=', since).whereRaw(`seq >= ${firstSince('-')}`, [since]);
  if (until) query.where('at', '<', until).whereRaw(`seq < coalesce(${firstSince('+')}, ${LAST})`, [until]);
  if (before !== undefined) query.where('seq', '<', before);
  const rows = await query.select(
    ...['at', 'actor', 'role', 'via', 'action', 'subject', 'reason', 'before', 'after', 'outcome'],
    ...[
      'subject_kind as subjectKind',
      'request_id as requestId',
      db.raw('seq::text'),
      db.raw('host(address) as address'),
    ],
    db.raw(`encode(hash, 'hex') as hash`),
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}
