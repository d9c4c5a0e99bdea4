/**
 * Requests of operators: what two different people give (docs/operators.md). A row is made PENDING and only its
 * standing moves, one way; the database refuses everything else (migration 0032).
 */
import type { DealId } from '../workflows/domain/ids';
import { type Doing, isAsAsked, type RequestKind, type RequestStanding } from '../workflows/domain/operator-requests';
import type { OperatorRole } from '../workflows/domain/operator-roles';
import { audit } from './admin-audit';
import type { Db, Trx } from './connection';

/** What is asked for, and by whom. */
export interface Asked {
  readonly id: string;
  readonly kind: RequestKind;
  /** What the order names beside its input. */
  readonly about: Readonly<Record<string, string | number>>;
  readonly subjectKind: string;
  readonly subject: string;
  readonly dealId: DealId | null;
  /** Without its reason, and without personal data. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What its maker saw. */
  readonly seen: object | null;
  readonly reason: string;
  /** Null: whoever broke the glass. */
  readonly makerId: string | null;
  /** `operator:<handle>`. */
  readonly maker: string;
}

export interface OperatorRequest extends Asked {
  readonly madeAt: Date;
  readonly expiresAt: Date;
  readonly isExpired: boolean;
  readonly standing: RequestStanding;
  readonly checkerId: string | null;
  /** Of what whoever broke the glass asks for: the first of the two who approve it. */
  readonly firstCheckerId: string | null;
  readonly outcome: string | null;
}

/** Nobody decided it within its day, or it was not carried out within the next one. */
const IS_EXPIRED = `(r.expires_at + case r.standing when 'APPROVED' then interval '24 hours' else interval '0' end
  <= now())`;

const COLUMNS = `r.id, r.kind, r.about, r.subject_kind as "subjectKind", r.subject, r.deal_id as "dealId", r.input,
  r.seen, r.reason, r.maker_id as "makerId", r.maker, r.created_at as "madeAt", r.expires_at as "expiresAt",
  ${IS_EXPIRED} as "isExpired", r.standing, r.checker_id as "checkerId",
  r.first_checker_id as "firstCheckerId", r.outcome`;

export async function findRequest(db: Db, id: string): Promise<OperatorRequest | undefined> {
  const { rows } = await db.raw<{ rows: OperatorRequest[] }>(
    `select ${COLUMNS} from operator_requests r where id = ?`,
    [id],
  );
  return rows[0];
}

/** Makes the request; undefined: the same order is asked for already, see `openRequestOf`. */
export async function makeRequest(trx: Trx, asked: Asked): Promise<OperatorRequest | undefined> {
  const { rows } = await trx.raw<{ rows: OperatorRequest[] }>(
    `insert into operator_requests as r (id, kind, about, subject_kind, subject, deal_id, input, evidence_id, seen,
       reason, maker_id, maker)
     values (:id, :kind, :about, :subjectKind, :subject, :dealId, :input, (:input::jsonb ->> 'evidenceId')::uuid, :seen,
       :reason, :makerId, :maker)
     on conflict (kind, subject, md5(input::text)) where standing in ('PENDING', 'APPROVED') do nothing
     returning ${COLUMNS}`,
    {
      ...{ id: asked.id, kind: asked.kind, subjectKind: asked.subjectKind, subject: asked.subject },
      ...{ dealId: asked.dealId, reason: asked.reason, makerId: asked.makerId, maker: asked.maker },
      ...{ about: JSON.stringify(asked.about), input: JSON.stringify(asked.input) },
      seen: asked.seen && JSON.stringify(asked.seen),
    },
  );
  return rows[0];
}

/** The open request of the same order. */
export async function openRequestOf(
  db: Db,
  { kind, subject, input }: Pick<Asked, 'kind' | 'subject' | 'input'>,
): Promise<OperatorRequest | undefined> {
  const { rows } = await db.raw<{ rows: OperatorRequest[] }>(
    `select ${COLUMNS} from operator_requests r
     where kind = :kind and subject = :subject and input = :input::jsonb and standing in ('PENDING', 'APPROVED')`,
    { kind, subject, input: JSON.stringify(input) },
  );
  return rows[0];
}

/** The open request of this kind about this; undefined: there is none. */
export async function openRequestAbout(db: Db, kind: RequestKind, subject: string): Promise<string | undefined> {
  const row = await db('operator_requests')
    .where({ kind, subject })
    .whereIn('standing', ['PENDING', 'APPROVED'])
    .first('id');
  return row?.id;
}

interface Approval {
  readonly checkerId: string;
  /** Roles that may check, and roles that may ask for this. */
  readonly checkers: readonly OperatorRole[];
  readonly makers: readonly OperatorRole[];
  readonly reason: string | null;
}

/**
 * `first`: one of the two approvals that a request of nobody who is known takes. `checker`, `maker`: they may not, or
 * no longer. `reset`, `invited`: the two may be one person, as far as the house knows. `moved`: it stands elsewhere by
 * now, or its time is over.
 */
export type Approved = 'approved' | 'first' | 'checker' | 'maker' | 'reset' | 'invited' | 'moved';

interface Person {
  readonly id: string;
  readonly role: OperatorRole;
  /** At the server, by one alone, within a day. */
  readonly isReset: boolean;
}

/** Operators as they are, locked until the transaction ends. */
const peopleOf = (trx: Trx, ids: readonly string[]): Promise<Person[]> =>
  trx('admin_users')
    .whereIn('id', ids)
    .where({ status: 'ACTIVE' })
    .orderBy('id')
    .forShare()
    .select('id', 'role')
    .select(trx.raw(`coalesce(server_reset_at > now() - interval '24 hours', false) as "isReset"`));

/** Who held the whole token of either, of whoever held it, and so on; by two people nobody held one whole. */
const HELD_BY_ONE = `
with recursive held as (select id as person, id as hand from admin_users where id in (:checkerId, :otherId)
  union select h.person, u.invited_by from held h join admin_users u on u.id = h.hand
  where u.invited_by is not null and not u.invited_by_two)
select 1 from held group by hand having count(*) > 1`;

/** Whether one hand may have both accounts: one alone invited or reset the other, or the same one did so with both. */
async function areOfOneHand(trx: Trx, checkerId: string, otherId: string): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: object[] }>(HELD_BY_ONE, { checkerId, otherId });
  return rows.length > 0;
}

/**
 * PENDING to APPROVED, by somebody else than its maker, in time, while both are operators of such roles, and two as far
 * as the house knows (migration 0037 says it too). What nobody who is known asks for another one approves first.
 */
export async function approveRequest(
  trx: Trx,
  { id, makerId }: Pick<OperatorRequest, 'id' | 'makerId'>,
  { checkerId, checkers, makers, reason }: Approval,
): Promise<Approved> {
  // The request before the people, as whoever carries one out about a person locks them.
  const row = await trx('operator_requests').where({ id }).forUpdate().first('first_checker_id');
  const otherId: string | null = makerId ?? row?.first_checker_id ?? null;
  const people = await peopleOf(trx, otherId === null ? [checkerId] : [checkerId, otherId]);
  const checker = people.find((one) => one.id === checkerId && checkers.includes(one.role));
  if (!checker || checkerId === otherId) return 'checker';
  const others = makerId === null ? checkers : makers;
  const other = people.find((one) => one.id === otherId && others.includes(one.role));
  if (otherId !== null && !other) return 'maker';
  if (checker.isReset || other?.isReset) return 'reset';
  if (other && (await areOfOneHand(trx, checkerId, other.id))) return 'invited';
  const waiting = trx('operator_requests').where({ id, standing: 'PENDING' }).whereRaw('expires_at > now()');
  const version = trx.raw('version + 1');
  if (otherId === null)
    return (await waiting.update({ first_checker_id: checkerId, version })) === 1 ? 'first' : 'moved';
  const decided = { checker_id: checkerId, decided_at: trx.raw('now()'), decided_reason: reason };
  const approved = await waiting
    .whereRaw('maker_id is distinct from ?', [checkerId])
    .update({ standing: 'APPROVED', ...decided, version });
  return approved === 1 ? 'approved' : 'moved';
}

interface End {
  readonly from: 'PENDING' | 'APPROVED';
  readonly to: Exclude<RequestStanding, 'PENDING' | 'APPROVED' | 'DONE'>;
  readonly outcome: string | null;
  /** Of one that is rejected. */
  readonly checkerId?: string;
}

/** Ends a request that was not carried out; false: it stands elsewhere by now. */
export async function endRequest(db: Db, id: string, { from, to, outcome, checkerId }: End): Promise<boolean> {
  const decided = checkerId ? { checker_id: checkerId, decided_at: db.raw('now()'), decided_reason: outcome } : {};
  const ended = { standing: to, ended_at: db.raw('now()'), outcome, version: db.raw('version + 1') };
  const query = db('operator_requests').where({ id, standing: from });
  if (checkerId) query.whereRaw('maker_id is distinct from ?', [checkerId]);
  return (await query.update({ ...ended, ...decided })) === 1;
}

/** Who takes an effect of two people under its request: the order's name, and its deal where it is of one. */
interface Taking {
  readonly request: string | undefined;
  readonly kind: RequestKind;
  readonly dealId?: DealId;
  /** What is about to be done, compared with what was asked for: whoever names a request may do another thing. */
  readonly doing: Doing;
}

/** `seen`: what its maker saw. `done`: its effect is recorded, by a try whose answer got lost. */
type Taken =
  | { readonly kind: 'taken'; readonly request: string; readonly seen: object | null }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): Taken => ({ kind: 'refused', why });

/** Locks the request until the transaction ends, in which `finishRequest` ends it beside its effect. */
export async function takeRequest(trx: Trx, { request, kind, dealId, doing }: Taking): Promise<Taken> {
  if (request === undefined) return refused('it takes two people: a request that another operator has approved');
  const row = await trx('operator_requests as r')
    .where({ id: request })
    .forUpdate()
    .first('kind', 'deal_id', 'subject', 'input', 'standing', 'seen', trx.raw(`${IS_EXPIRED} as "isExpired"`));
  if (row?.kind !== kind || (dealId !== undefined && row.deal_id !== dealId))
    return refused('its request is of something else');
  if (!isAsAsked(row, doing)) return refused('its request says something else');
  if (row.standing === 'DONE') return { kind: 'done' };
  if (row.standing !== 'APPROVED') return refused(`its request is ${row.standing}`);
  if (row.isExpired) return refused(OVER.APPROVED);
  return { kind: 'taken', request, seen: row.seen };
}

/** The request that was taken is done: its effect is recorded in this transaction. */
export async function finishRequest(trx: Trx, request: string): Promise<void> {
  const [now, version] = [trx.raw('now()'), trx.raw('version + 1')];
  const done = { standing: 'DONE', ended_at: now, outcome: 'carried out', version };
  const ended = await trx('operator_requests').where({ id: request, standing: 'APPROVED' }).update(done);
  if (ended !== 1) throw new Error(`request ${request} was not taken`);
}

const EXPIRE = `
update operator_requests r set ended_at = now(), version = version + 1,
  standing = case standing when 'PENDING' then 'EXPIRED' else 'REFUSED' end,
  outcome = case standing when 'PENDING' then :undecided else :notCarriedOut end
where standing in ('PENDING', 'APPROVED') and ${IS_EXPIRED} and (:only::uuid is null or id = :only)
returning id, kind, subject`;

/** Why a request of this standing is over when its time is. */
export const OVER = {
  PENDING: 'nobody decided it in time: ask again',
  APPROVED: 'it was not carried out within a day of its time: ask again',
} as const;

/** Ends what was not decided, or not carried out, in time, of all requests or of `only` this one; tells the audit. */
export async function expireRequests(trx: Trx, only: string | null = null): Promise<void> {
  const { rows } = await trx.raw<{ rows: { id: string; kind: RequestKind; subject: string }[] }>(EXPIRE, {
    ...{ undecided: OVER.PENDING, notCarriedOut: OVER.APPROVED, only },
  });
  for (const { id, kind, subject } of rows) {
    const entry = { action: 'request-expired', subjectKind: 'request', subject: id, outcome: 'done' } as const;
    await audit(trx, { actor: 'system' }, { ...entry, after: { kind, subject } });
  }
}

/** Approved two minutes ago or earlier, and neither done nor refused. */
export async function requestsNotCarriedOut(db: Db): Promise<string[]> {
  return db('operator_requests')
    .where({ standing: 'APPROVED' })
    .whereRaw(`decided_at < now() - interval '2 minutes'`)
    .orderBy('created_at')
    .pluck('id');
}
