/** What members agreed to, and what they took back: every change is a row, and none is ever altered. */
import type { ConsentKind } from '../workflows/domain/consents';
import type { Db, Trx } from './connection';

interface ConsentChange {
  readonly kind: ConsentKind;
  /** Which text (workflows/domain/consents.ts). */
  readonly version: string;
  readonly given: boolean;
  /** Whether the payer named the version; else it was the one in force. */
  readonly stated: boolean;
}

/** The last word of a member about one text. */
export interface Consent {
  readonly kind: ConsentKind;
  readonly version: string;
  readonly given: boolean;
  readonly at: Date;
}

/** Keeps these changes of the member, made at `at`. */
export async function addConsents(trx: Trx, userId: string, changes: readonly ConsentChange[], at: Date) {
  if (changes.length === 0) return;
  const rows = changes.map(({ version, ...change }) => ({ ...change, user_id: userId, version_name: version, at }));
  await trx('consents').insert(rows);
}

/** The member's last word about each kind; one that was never spoken of is missing. */
export async function consentsOf(db: Db, userId: string): Promise<Consent[]> {
  const rows: (Omit<Consent, 'version'> & { version_name: string })[] = await db('consents')
    .where({ user_id: userId })
    .distinctOn('kind')
    .orderBy([{ column: 'kind' }, { column: 'id', order: 'desc' }])
    .select('kind', 'version_name', 'given', 'at');
  return rows.map(({ kind, version_name: version, given, at }) => ({ kind, version, given, at }));
}
