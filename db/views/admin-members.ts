/** Members as operators see them. Who they are is ciphertext here; whoever shows it masks it. */
import type { Db } from '../connection';
import { type Listing, newestFirst, shownOf, whole } from './admin-list';

/** Which members; what is absent narrows nothing. */
interface MemberFilter {
  /** `left`: no member any more. */
  readonly standing?: 'living' | 'left' | undefined;
  readonly grade?: string | undefined;
}

export interface AdminMember {
  readonly id: string;
  readonly grade: string;
  readonly createdAt: Date;
  /** When they left; null: they have not. */
  readonly leftAt: Date | null;
  readonly identityVerifiedAt: Date | null;
  readonly emailVerifiedAt: Date | null;
  readonly emailUnreachableAt: Date | null;
  /** Null: its term is over, as with the two others. */
  readonly nameEncrypted: string | null;
  readonly phoneEncrypted: string | null;
  readonly emailEncrypted: string | null;
}

const MEMBER: Listing<MemberFilter, AdminMember>['shown'] = {
  ...{ id: 'users.id', grade: 'users.grade', createdAt: 'users.created_at', leftAt: 'users.deleted_at' },
  ...{ identityVerifiedAt: 'users.identity_verified_at', emailVerifiedAt: 'users.email_verified_at' },
  emailUnreachableAt: 'users.email_unreachable_at',
  ...{ nameEncrypted: 'users.name_encrypted', phoneEncrypted: 'users.phone_encrypted' },
  emailEncrypted: 'users.email_encrypted',
};

/** Newest first. */
export const adminMembers: Listing<MemberFilter, AdminMember> = {
  find(db, { standing, grade }) {
    const query = db('users');
    if (standing === 'living') query.whereNull('users.deleted_at');
    if (standing === 'left') query.whereNotNull('users.deleted_at');
    if (grade !== undefined) query.where('users.grade', grade);
    return query;
  },
  order: () => newestFirst('users'),
  since: 'users.created_at',
  shown: MEMBER,
};

interface AdminCard {
  readonly id: string;
  readonly number: string;
  readonly issuer: string;
  readonly isDefault: boolean;
  readonly createdAt: Date;
  readonly removedAt: Date | null;
}

export interface AdminRecipient {
  readonly id: string;
  readonly bankCode: string;
  readonly accountLast4: string;
  readonly holderNameEncrypted: string | null;
  /** What the bank answered when it did not confirm the name. */
  readonly verifyCode: string | null;
  readonly verifiedAt: Date | null;
  readonly createdAt: Date;
  readonly removedAt: Date | null;
}

interface AdminDevice {
  readonly id: string;
  readonly recognisedAt: Date | null;
  readonly createdAt: Date;
  readonly removedAt: Date | null;
}

interface Hold {
  readonly code: string;
  readonly heldAt: Date;
  readonly until: string | null;
}

/** One member with what is theirs. */
interface AdminMemberWhole extends AdminMember {
  readonly cards: readonly AdminCard[];
  readonly recipients: readonly AdminRecipient[];
  readonly devices: readonly AdminDevice[];
  /** Legal holds in force. */
  readonly holds: readonly Hold[];
  readonly deals: { readonly count: number; readonly completedPrincipal: number };
}

/** Of each kind the newest so many are shown. */
const MOST = 100;

/** The member, also one who has left; undefined: there is none. */
export async function findAdminMember(db: Db, id: string): Promise<AdminMemberWhole | undefined> {
  const [member] = await shownOf<AdminMember>(db, db('users').where({ id }), MEMBER);
  if (!member) return undefined;
  const of = (table: string) => db(table).where({ user_id: id }).orderBy('created_at', 'desc').limit(MOST);
  const removedAt = 'deleted_at';
  const [cards, recipients, devices, holds, [deals]] = await Promise.all([
    shownOf<AdminCard>(db, of('cards'), {
      ...{ id: 'id', number: 'masked_number', issuer: 'issuer', isDefault: 'is_default', createdAt: 'created_at' },
      removedAt,
    }),
    shownOf<AdminRecipient>(db, of('bank_accounts'), {
      ...{ id: 'id', bankCode: 'bank_code', accountLast4: 'account_last4', createdAt: 'created_at', removedAt },
      ...{ holderNameEncrypted: 'holder_name_encrypted', verifyCode: 'verify_code', verifiedAt: 'verified_at' },
    }),
    shownOf<AdminDevice>(db, of('devices'), {
      ...{ id: 'id', recognisedAt: 'recognised_at', createdAt: 'created_at', removedAt },
    }),
    shownOf<Hold>(db, of('legal_holds').whereNull('lifted_at'), {
      ...{ code: 'code', heldAt: 'held_at', until: '"until"::text' },
    }),
    shownOf<AdminMemberWhole['deals']>(db, db('deals').where({ user_id: id }), {
      count: whole('count(*)'),
      completedPrincipal: whole(`coalesce(sum(principal) filter (where status = 'COMPLETED'), 0)`),
    }),
  ]);
  return { ...member, cards, recipients, devices, holds, deals: deals ?? { count: 0, completedPrincipal: 0 } };
}
