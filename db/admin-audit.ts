/**
 * The audit of what operators did: only ever added to, each entry sealed by the database with the hash of the one
 * before it (migration 0030). `npm run check` reads the whole chain.
 */
import type { Operator } from './admin-sessions';
import type { Db } from './connection';

/** `asked` is written before anything is done; without an end of its own nobody knows what became of it. */
type AuditOutcome = 'asked' | 'done' | 'refused' | 'failed';

/** What was done, to what. No text of it holds personal data. */
export interface AuditEntry {
  /** As the command or the operation calls it: `release`, `log-in`. */
  readonly action: string;
  readonly subjectKind: string;
  /** A deal's number, a handle, an id; null: the whole system. */
  readonly subject?: string | null;
  readonly reason?: string | null;
  /** What the subject looked like before, and after. */
  readonly before?: object | null;
  readonly after?: object | null;
  readonly outcome: AuditOutcome;
  readonly requestId?: string | null;
}

/** Who did it; of somebody without a session the name alone. */
export type AuditActor =
  | Pick<Operator, 'id' | 'handle' | 'role' | 'via' | 'address'>
  | { readonly actor: string; readonly operatorId?: string };

const whoIs = (by: AuditActor) =>
  'actor' in by
    ? { operator_id: by.operatorId ?? null, actor: by.actor, role: 'none', via: 'none', address: null }
    : {
        ...{ operator_id: by.id, actor: `operator:${by.handle}`, role: by.role },
        ...{ via: by.via, address: by.address },
      };

const json = (value: object | null | undefined) => (value ? JSON.stringify(value) : null);

/** Adds an entry. Entries follow one another: the lock of the last one is held until the transaction ends. */
export async function audit(db: Db, by: AuditActor, entry: AuditEntry): Promise<void> {
  await db('admin_audit_logs').insert({
    ...whoIs(by),
    ...{ action: entry.action, subject_kind: entry.subjectKind, subject: entry.subject ?? null },
    ...{ reason: entry.reason ?? null, before: json(entry.before), after: json(entry.after) },
    ...{ outcome: entry.outcome, request_id: entry.requestId ?? null },
  });
}
