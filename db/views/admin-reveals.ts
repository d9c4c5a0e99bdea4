/** Single fields of people, for an operator who asked for one with a reason; and who asked for whose. */

import type { Db } from '../connection';
import { ENCRYPTED_COLUMNS, type EncryptedColumn } from '../encrypted-columns';

/** Where a field lies: ciphertext, or text that only its row has in the clear. */
type Place = { readonly secret: EncryptedColumn } | { readonly clear: string };
interface Subject {
  readonly table: string;
  /** In SQL: whose it is. */
  readonly member: string;
  /** Its rows are named `<provider>/<event id>`, or by their handle; absent: by their `id`. */
  readonly by?: 'event' | 'handle';
  readonly fields: Readonly<Record<string, Place>>;
}

const dealOwner = (table: string): string => `(select d.user_id from deals d where d.id = ${table}.deal_id)`;

/** Every field that can be revealed, by what it is a field of. */
const REVEALABLE = {
  member: {
    ...{ table: 'users', member: 'id' },
    fields: { name: { secret: 'name' }, phone: { secret: 'phone' }, email: { secret: 'email' } },
  },
  recipient: {
    ...{ table: 'bank_accounts', member: 'user_id' },
    fields: {
      ...{ account: { secret: 'accountNumber' }, holderName: { secret: 'holderName' } },
      ...{ bankHolderName: { secret: 'bankHolderName' }, nickname: { secret: 'nickname' } },
    },
  },
  card: { ...{ table: 'cards', member: 'user_id' }, fields: { nickname: { secret: 'cardNickname' } } },
  device: { ...{ table: 'devices', member: 'user_id' }, fields: { label: { clear: 'label' } } },
  deal: {
    ...{ table: 'deals', member: 'user_id' },
    fields: { memo: { secret: 'memo' }, purpose: { clear: `nullif(purpose, '')` } },
  },
  transfer: {
    ...{ table: 'transfers', member: dealOwner('transfers') },
    fields: { holderName: { secret: 'sentHolderName' } },
  },
  notice: { ...{ table: 'notices', member: 'user_id' }, fields: { params: { clear: 'params::text' } } },
  evidence: {
    ...{ table: 'evidence_files', member: dealOwner('evidence_files') },
    fields: { content: { secret: 'evidence' } },
  },
  request: {
    ...{ table: 'operator_requests', member: dealOwner('operator_requests') },
    fields: {
      bankReference: { clear: `input ->> 'bankReference'` },
      allowedAddresses: { clear: `input ->> 'allowedAddresses'` },
    },
  },
  operator: {
    ...{ table: 'admin_users', by: 'handle', member: 'null::uuid' },
    fields: { allowedAddresses: { clear: 'allowed_addresses::text' } },
  },
  'webhook-event': {
    ...{ table: 'pg_webhook_events', by: 'event' },
    member: '(select d.user_id from deals d where d.deal_no = pg_webhook_events.deal_no)',
    fields: { body: { clear: `convert_from(body, 'UTF8')` } },
  },
} as const satisfies Readonly<Record<string, Subject>>;

export type SubjectKind = keyof typeof REVEALABLE;
export const SUBJECT_KINDS = Object.keys(REVEALABLE) as SubjectKind[];
/** The fields of a kind. */
export const fieldsOf = (kind: SubjectKind): string[] => Object.keys(REVEALABLE[kind].fields);

interface Found {
  readonly memberId: string | null;
  /** The text, or with `secret` its ciphertext; null: there is none, or its term is over. */
  readonly value: string | null;
  readonly secret: EncryptedColumn | null;
}

/** The field; undefined: there is no such row. */
export async function findField(
  db: Db,
  { kind, id, field }: { readonly kind: SubjectKind; readonly id: string; readonly field: string },
): Promise<Found | undefined> {
  const subject: Subject = REVEALABLE[kind];
  const place = subject.fields[field];
  if (!place) return undefined;
  const secret = 'secret' in place ? place.secret : null;
  const column = 'secret' in place ? ENCRYPTED_COLUMNS[place.secret].column : place.clear;
  const [provider = '', ...event] = id.split('/');
  const rows = db(subject.table);
  if (subject.by === 'event') rows.where({ provider, event_id: event.join('/') });
  else rows.where(subject.by === 'handle' ? { handle: id } : { id });
  const row = await rows.first(db.raw(`${subject.member} as "memberId", ${column} as value`));
  return row && { ...row, secret };
}

/** One operator and one member in one month. */
interface Reveals {
  readonly operator: string;
  /** Null: of nobody who is known. */
  readonly memberId: string | null;
  readonly times: number;
  readonly fields: readonly string[];
  readonly lastAt: Date;
}

/** The action under which reveals are audited. */
export const REVEAL_ACTION = 'reveal';

/** Who saw whose fields how often, from an instant to another; the most first. */
export async function revealsBetween(db: Db, since: Date, until: Date): Promise<Reveals[]> {
  return db('admin_audit_logs')
    .where({ action: REVEAL_ACTION, outcome: 'done' })
    .where('at', '>=', since)
    .where('at', '<', until)
    .groupByRaw(`actor, after->>'memberId'`)
    .orderByRaw('count(*) desc, actor')
    .select(
      db.raw(`actor as operator, after->>'memberId' as "memberId", count(*)::int as times,
        array_agg(distinct subject_kind || '.' || (after->>'field')) as fields, max(at) as "lastAt"`),
    );
}
