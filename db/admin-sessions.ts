/**
 * Sessions of operators. They lie in PostgreSQL, so that the command line needs nothing else. A session counts while
 * it was used within 15 minutes, is not older than 12 hours (a broken glass: one), and its operator is one; role and
 * standing are read anew each time.
 */
import { type ActingRole, BREAK_GLASS } from '../workflows/domain/operator-roles';
import type { Db } from './connection';

/** Where a session is used: one of the API is none at the command line, and the other way round. */
export type SessionPlace = 'api' | 'command';
export type SessionVia = SessionPlace | 'break-glass';

/** Whoever acts as an operator, by their session. */
export interface Operator {
  /** Null: the glass was broken, and nobody logged in. */
  readonly id: string | null;
  /** Of whoever broke the glass `break-glass:<user of the shell>`. */
  readonly handle: string;
  readonly role: ActingRole;
  readonly sessionId: string;
  readonly via: SessionVia;
  /** Null at the command line. */
  readonly address: string | null;
  /** When the session ends at the latest. */
  readonly endsAt: Date;
}

interface NewSession {
  readonly id: string;
  readonly via: SessionPlace;
  /** SHA-256 of the token. */
  readonly tokenHash: string;
  readonly address: string | null;
  readonly now: Date;
}

const IDLE = `interval '15 minutes'`;
const LONGEST = `case s.via when 'break-glass' then interval '1 hour' else interval '12 hours' end`;

/** Opens a session of an operator; false: they are none any more. */
export async function openAdminSession(db: Db, operatorId: string, session: NewSession): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `insert into admin_sessions (id, operator_id, via, token_hash, address, created_at, last_seen_at)
     select :id::uuid, u.id, :via::text, :tokenHash::text, :address::inet, :now::timestamptz, :now::timestamptz
     from admin_users u where u.id = :operatorId and u.status = 'ACTIVE'`,
    { ...session, operatorId },
  );
  return rowCount === 1;
}

/** Opens one of whoever broke the glass. */
export async function openBrokenGlass(
  db: Db,
  {
    id,
    tokenHash,
    now,
    shellUser,
    reason,
  }: Pick<NewSession, 'id' | 'tokenHash' | 'now'> & {
    readonly shellUser: string;
    readonly reason: string;
  },
): Promise<void> {
  const times = { created_at: now, last_seen_at: now };
  const who = { shell_user: shellUser, reason, via: 'break-glass' };
  await db('admin_sessions').insert({ id, ...who, token_hash: tokenHash, ...times });
}

interface Seen {
  id: string | null;
  handle: string | null;
  role: ActingRole | null;
  sessionId: string;
  via: SessionVia;
  shellUser: string | null;
  endsAt: Date;
}

/** Who has this token and may use it here and from this address; their session is used by it. */
export async function useAdminSession(
  db: Db,
  { tokenHash, place, address, now }: { tokenHash: string; place: SessionPlace; address: string | null; now: Date },
): Promise<Operator | undefined> {
  const { rows } = await db.raw<{ rows: Seen[] }>(
    `update admin_sessions s set last_seen_at = greatest(s.last_seen_at, :now)
     from admin_sessions x left join admin_users u on u.id = x.operator_id
     where x.id = s.id and s.token_hash = :tokenHash and s.ended_at is null
       and (s.via = :place or s.via = 'break-glass' and :place = 'command')
       and s.last_seen_at + ${IDLE} > :now and s.created_at + ${LONGEST} > :now
       and (s.operator_id is null or u.status = 'ACTIVE')
       and (:address::inet is null or u.allowed_addresses is null or :address::inet <<= any(u.allowed_addresses))
     returning u.id, u.handle, u.role, s.id as "sessionId", s.via, s.shell_user as "shellUser",
       s.created_at + ${LONGEST} as "endsAt"`,
    { tokenHash, place, address, now },
  );
  const [seen] = rows;
  if (!seen) return undefined;
  const { shellUser, handle, role, ...session } = seen;
  return { ...session, address, handle: handle ?? `${BREAK_GLASS}:${shellUser}`, role: role ?? BREAK_GLASS };
}

/** Ends one session; false: it had ended. */
export async function endAdminSession(db: Db, id: string, now: Date): Promise<boolean> {
  return (await db('admin_sessions').where({ id }).whereNull('ended_at').update({ ended_at: now })) === 1;
}
