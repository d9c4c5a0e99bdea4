/**
 * Idempotency keys of money requests (spec §9): a key is claimed in one statement and its answer stored in another. A
 * claim is a lease: whoever dies with it leaves the key to the next request after 20 s. That a payer's key belongs to
 * one path is the database's law (`idempotency_keys_one_path`): of two requests at once on two paths one gets it.
 */
import type { Db } from './connection';

const LEASE = "interval '20 seconds'";
/** A request takes its time though the clock is put forward (fast-clock.ts). */
const REAL_NOW = 'pg_catalog.clock_timestamp()';

/** Where a key counts: per caller, method and path. The keys of payers and those of operators never meet. */
export interface KeyScope {
  readonly caller: { readonly kind: 'payer' | 'operator'; readonly id: string };
  readonly method: string;
  readonly path: string;
  readonly key: string;
  /** `X-Request-Id` of the request that brings it. */
  readonly requestId?: string | undefined;
}

export interface StoredAnswer {
  readonly status: number;
  readonly contentType: string;
  /** It holds what only the payer may read. */
  readonly bodyEncrypted: string;
  /** Those of the answer itself; not what each sending of it has anew (its date, its request id). */
  readonly headers: Readonly<Record<string, string>>;
}

/** `lease` proves that the answer comes from the request that holds the key. `firstSeenAt`: when the key came first. */
interface Claimed {
  readonly kind: 'claimed';
  readonly lease: string;
  readonly firstSeenAt: Date;
}
type Claim = Claimed | { readonly kind: 'in-flight' } | { readonly kind: 'reused' } | StoredReplay | Destroyed;
interface StoredReplay {
  readonly kind: 'replay';
  readonly answer: StoredAnswer;
}
/** It was answered long ago: of what it was told the address is left, `/v1/deals/<id>` (docs/personal-data.md). */
interface Destroyed extends Pick<StoredAnswer, 'status' | 'headers'> {
  readonly kind: 'destroyed';
  readonly resource: string;
}

interface Row {
  body_hash: string;
  status_code: number | null;
  content_type: string;
  response_encrypted: string | null;
  headers: Record<string, string>;
  /** Of a payer's. Not null: it stands for the answer, which was destroyed. */
  resource?: string | null;
}
interface Lease {
  lease: string;
  created_at: Date;
}

/** Where the keys of each kind of caller lie, and by which column. */
const PLACES = {
  payer: { table: 'idempotency_keys', column: 'user_id' },
  operator: { table: 'admin_idempotency_keys', column: 'operator_id' },
} as const;
const bindingsOf = ({ caller, ...scope }: KeyScope) => ({
  ...{ ...scope, callerId: caller.id, requestId: scope.requestId ?? null },
});

/**
 * Claims the key for a request with this body. `reused`: it came before with another body or on another path;
 * `in-flight`: it is being worked on; `replay`: it was answered; `destroyed`: so long ago that the answer is gone.
 */
export async function claimKey(db: Db, scope: KeyScope, bodyHash: string): Promise<Claim> {
  const row = (await takeNew(db, scope, bodyHash)) ?? (await takeOver(db, scope, bodyHash));
  if (row) return { kind: 'claimed', lease: row.lease, firstSeenAt: row.created_at };
  return holderOf(db, scope, bodyHash);
}

/** The lease of a key that never came before, on this path or another. Waits for a request that takes it just now. */
async function takeNew(db: Db, scope: KeyScope, bodyHash: string): Promise<Lease | undefined> {
  const { table, column } = PLACES[scope.caller.kind];
  const { rows } = await db.raw<{ rows: Lease[] }>(
    `insert into ${table} (${column}, method, path, key, body_hash, request_id, lease_until)
     values (:callerId, :method, :path, :key, :bodyHash, :requestId, ${REAL_NOW} + ${LEASE})
     on conflict do nothing returning lease_until::text as lease, created_at`,
    { ...bindingsOf(scope), bodyHash },
  );
  return rows[0];
}

/** The lease of a key that came before with this very request, was not answered, and is held by nobody. */
async function takeOver(db: Db, scope: KeyScope, bodyHash: string): Promise<Lease | undefined> {
  const { table, column } = PLACES[scope.caller.kind];
  const { rows } = await db.raw<{ rows: Lease[] }>(
    `update ${table} set lease_until = ${REAL_NOW} + ${LEASE}
     where ${column} = :callerId and method = :method and path = :path and key = :key and body_hash = :bodyHash
       and status_code is null and coalesce(lease_until < ${REAL_NOW}, true)
     returning lease_until::text as lease, created_at`,
    { ...bindingsOf(scope), bodyHash },
  );
  return rows[0];
}

async function holderOf(db: Db, scope: KeyScope, bodyHash: string): Promise<Claim> {
  const row: Row | undefined = await keyRow(db, scope).first();
  if (row?.body_hash !== bodyHash) return { kind: 'reused' };
  if (row.status_code === null) return { kind: 'in-flight' };
  const { status_code: status, content_type: contentType, response_encrypted: bodyEncrypted, headers, resource } = row;
  if (resource) return { kind: 'destroyed', status, headers, resource };
  if (bodyEncrypted === null) return { kind: 'reused' }; // an operator's, of more than 30 days ago
  return { kind: 'replay', answer: { status, contentType, bodyEncrypted, headers } };
}

/** Stores the answer; does nothing when the lease has passed to another request. */
export async function storeAnswer(db: Db, scope: KeyScope, lease: string, answer: StoredAnswer): Promise<void> {
  const { status, contentType, bodyEncrypted, headers } = answer;
  await held(db, scope, lease).update({
    status_code: status,
    content_type: contentType,
    response_encrypted: bodyEncrypted,
    headers: JSON.stringify(headers),
    lease_until: null,
  });
}

/** Gives the key back unanswered: the same request may run again. */
export async function releaseKey(db: Db, scope: KeyScope, lease: string): Promise<void> {
  await held(db, scope, lease).update({ lease_until: null });
}

function keyRow(db: Db, { caller: { kind, id }, method, path, key }: KeyScope) {
  const { table, column } = PLACES[kind];
  return db(table).where({ [column]: id, method, path, key });
}
const held = (db: Db, scope: KeyScope, lease: string) =>
  keyRow(db, scope).whereRaw('lease_until = ?::timestamptz', [lease]);
