/**
 * Idempotency keys of money requests (spec §9): a key is claimed in one statement and its answer stored in another. A
 * claim is a lease: whoever dies with it leaves the key to the next request after 20 s.
 */
import type { Db } from './connection';

const LEASE = "interval '20 seconds'";

/** Where a key counts: per user, method and path. */
export interface KeyScope {
  readonly userId: string;
  readonly method: string;
  readonly path: string;
  readonly key: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** `lease` proves that the answer comes from the request that holds the key. `firstSeenAt`: when the key came first. */
interface Claimed {
  readonly kind: 'claimed';
  readonly lease: string;
  readonly firstSeenAt: Date;
}
type Claim = Claimed | { readonly kind: 'in-flight' } | { readonly kind: 'reused' } | StoredReplay;
interface StoredReplay {
  readonly kind: 'replay';
  readonly answer: StoredAnswer;
}

interface Row {
  body_hash: string;
  status_code: number | null;
  content_type: string;
  response: string;
}

/**
 * Claims the key for a request with this body. `reused`: it came before with another body or on another path;
 * `in-flight`: it is being worked on; `replay`: it was answered.
 */
export async function claimKey(db: Db, scope: KeyScope, bodyHash: string): Promise<Claim> {
  const claimed = await db.raw<{ rows: { lease: string; created_at: Date }[] }>(
    `insert into idempotency_keys as k (user_id, method, path, key, body_hash, lease_until)
     select :userId, :method, :path, :key, :bodyHash, now() + ${LEASE}
     where not exists (select 1 from idempotency_keys o
       where o.user_id = :userId and o.key = :key and (o.method, o.path) <> (:method, :path))
     on conflict (user_id, method, path, key) do update set lease_until = excluded.lease_until
     where k.status_code is null and k.body_hash = excluded.body_hash and coalesce(k.lease_until < now(), true)
     returning lease_until::text as lease, created_at`,
    { ...scope, bodyHash },
  );
  const [row] = claimed.rows;
  if (row) return { kind: 'claimed', lease: row.lease, firstSeenAt: row.created_at };
  return holderOf(db, scope, bodyHash);
}

async function holderOf(db: Db, scope: KeyScope, bodyHash: string): Promise<Claim> {
  const row = await db<Row>('idempotency_keys').where(where(scope)).first();
  if (row?.body_hash !== bodyHash) return { kind: 'reused' };
  if (row.status_code === null) return { kind: 'in-flight' };
  return { kind: 'replay', answer: { status: row.status_code, contentType: row.content_type, body: row.response } };
}

/** Stores the answer for ever; does nothing when the lease has passed to another request. */
export async function storeAnswer(db: Db, scope: KeyScope, lease: string, answer: StoredAnswer): Promise<void> {
  const { status, contentType, body } = answer;
  await held(db, scope, lease).update({
    status_code: status,
    content_type: contentType,
    response: body,
    lease_until: null,
  });
}

/** Gives the key back unanswered: the same request may run again. */
export async function releaseKey(db: Db, scope: KeyScope, lease: string): Promise<void> {
  await held(db, scope, lease).update({ lease_until: null });
}

const where = ({ userId, method, path, key }: KeyScope) => ({ user_id: userId, method, path, key });
const held = (db: Db, scope: KeyScope, lease: string) =>
  db('idempotency_keys').where(where(scope)).whereRaw('lease_until = ?::timestamptz', [lease]);
