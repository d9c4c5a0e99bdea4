/** What two people give, as operators read it: who asks for what, who decided it, and what became of it. */
import { OPEN_STANDINGS, type RequestKind, type RequestStanding } from '../../workflows/domain/operator-requests';
import type { Db } from '../connection';
import { type Listing, newestFirst, shownOf } from './admin-list';

export interface AdminRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly subjectKind: string;
  readonly subject: string;
  /** Of a deal, or of a break of one. */
  readonly dealNo: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly evidenceId: string | null;
  readonly reason: string;
  readonly maker: string;
  readonly madeAt: Date;
  readonly expiresAt: Date;
  readonly standing: RequestStanding;
  /** Who approved or rejected it. */
  readonly checker: string | null;
  /** Of what whoever broke the glass asks for: the first of the two who approve it. */
  readonly firstChecker: string | null;
  readonly decidedAt: Date | null;
  readonly decidedReason: string | null;
  readonly endedAt: Date | null;
  readonly outcome: string | null;
}

interface RequestFilter {
  /** Of those that somebody has to decide, or that are being carried out; the oldest first. */
  readonly open?: boolean | undefined;
  readonly standing?: RequestStanding | undefined;
  readonly kind?: RequestKind | undefined;
  /** `operator:<handle>`. */
  readonly maker?: string | undefined;
  /** A deal's number, a handle, the number of a break. */
  readonly subject?: string | undefined;
}

/** Masked as the audit has it (`maskedSlip`, `maskedAddresses`), without the hash of a token. */
const INPUT = `q.input - 'inviteHash'
  || case when q.input -> 'bankReference' is null then '{}' else jsonb_build_object('bankReference',
    case when length(q.input ->> 'bankReference') < 8 then '***'
      else '***' || right(q.input ->> 'bankReference', 4) end) end
  || case when q.input -> 'allowedAddresses' is null then '{}' else jsonb_build_object('allowedAddresses',
    (select jsonb_agg('***'::text) from jsonb_array_elements(q.input -> 'allowedAddresses'))) end`;

export const adminRequests: Listing<RequestFilter, AdminRequest> = {
  find(db, { open, standing, kind, maker, subject }) {
    const query = db('operator_requests as q');
    if (open) query.whereIn('q.standing', OPEN_STANDINGS);
    if (standing !== undefined) query.where('q.standing', standing);
    if (kind !== undefined) query.where('q.kind', kind);
    if (maker !== undefined) query.where('q.maker', maker);
    if (subject !== undefined) query.where('q.subject', subject);
    return query;
  },
  order: ({ open }) => ({ ...newestFirst('q'), ...(open && { direction: 'asc' }) }),
  since: 'q.created_at',
  shown: {
    ...{ id: 'q.id', kind: 'q.kind', subjectKind: 'q.subject_kind', subject: 'q.subject', evidenceId: 'q.evidence_id' },
    ...{ dealNo: '(select deal_no from deals where id = q.deal_id)', reason: 'q.reason', maker: 'q.maker' },
    input: INPUT,
    firstChecker: `(select 'operator:' || handle from admin_users where id = q.first_checker_id)`,
    ...{ madeAt: 'q.created_at', expiresAt: 'q.expires_at', standing: 'q.standing', decidedAt: 'q.decided_at' },
    checker: `(select 'operator:' || handle from admin_users where id = q.checker_id)`,
    ...{ decidedReason: 'q.decided_reason', endedAt: 'q.ended_at', outcome: 'q.outcome' },
  },
};

/** One request; undefined: there is none. */
export async function findAdminRequest(db: Db, id: string): Promise<AdminRequest | undefined> {
  const [found] = await shownOf<AdminRequest>(db, db('operator_requests as q').where('q.id', id), adminRequests.shown);
  return found;
}
