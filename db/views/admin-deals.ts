/** Deals as operators list them, over all payers. */
import type { Knex } from 'knex';
import type { DealState, WaitReason } from '../../workflows/domain/deal-state';
import type { Db } from '../connection';
import { type Listing, newestFirst, whole } from './admin-list';

/** Which deals; what is absent narrows nothing. */
interface AdminDealFilter {
  readonly states?: readonly DealState[] | undefined;
  readonly waiting?: readonly WaitReason[] | undefined;
  /** Made at this instant or later, and before the other. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Principal in won, both included. */
  readonly amountFrom?: number | undefined;
  readonly amountTo?: number | undefined;
  readonly memberId?: string | undefined;
  readonly recipientId?: string | undefined;
  /** Only those with an open doubt; with an open alarm or task; whose transfer the bank has returned. */
  readonly doubted?: boolean | undefined;
  readonly tasked?: boolean | undefined;
  readonly returned?: boolean | undefined;
}

export interface AdminDeal {
  readonly id: string;
  readonly dealNo: string;
  readonly status: DealState;
  readonly version: number;
  readonly principal: number;
  readonly fee: number;
  readonly total: number;
  readonly category: string;
  readonly memberId: string;
  readonly recipientId: string;
  readonly bankCode: string;
  readonly accountLast4: string;
  readonly waitingReason: WaitReason | null;
  readonly waitingSince: Date | null;
  readonly nextMoveAt: Date | null;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
  /** Open ones: reasons, each once. */
  readonly tasks: readonly string[];
  /** Open ones: kinds, each once. */
  readonly doubts: readonly string[];
}

const account = (column: string): string => `(select ${column} from bank_accounts where id = deals.recipient_id)`;

/** What is shown of a deal, in a list and alone. */
export const adminDealShown: Listing<AdminDealFilter, AdminDeal>['shown'] = {
  ...{ id: 'deals.id', dealNo: 'deal_no', status: 'status', version: 'deals.version', category: 'category' },
  ...{ principal: whole('principal'), fee: whole('fee'), total: whole('total') },
  ...{ memberId: 'user_id', recipientId: 'recipient_id' },
  ...{ bankCode: account('bank_code'), accountLast4: account('account_last4') },
  ...{ waitingReason: 'waiting_reason', waitingSince: 'waiting_since', nextMoveAt: 'next_move_at' },
  ...{ createdAt: 'deals.created_at', completedAt: `case when status = 'COMPLETED' then completed_at end` },
  tasks: `array(select distinct t.reason from operator_tasks t
    where t.deal_id = deals.id and t.closed_at is null order by t.reason)`,
  doubts: `array(select distinct o.kind from doubts o
    where o.deal_id = deals.id and o.closed_at is null order by o.kind)`,
};

/** Those that wait for one reason stand by how long they wait, the longest first; the others newest first. */
export const adminDeals: Listing<AdminDealFilter, AdminDeal> = {
  find(db, filter) {
    const query = db('deals');
    narrow(db, query, filter);
    return query;
  },
  order: ({ waiting }) =>
    waiting
      ? {
          by: [
            { column: 'deals.waiting_since', type: 'timestamptz' },
            { column: 'deals.id', type: 'uuid' },
          ],
          direction: 'asc',
        }
      : newestFirst('deals'),
  since: 'coalesce(deals.waiting_since, deals.updated_at)',
  shown: adminDealShown,
};

function narrow(db: Db, query: Knex.QueryBuilder, filter: AdminDealFilter): void {
  const { states, waiting, since, until, amountFrom, amountTo, memberId, recipientId } = filter;
  if (states) query.whereIn('deals.status', states);
  if (waiting) query.whereIn('deals.waiting_reason', waiting);
  if (since) query.where('deals.created_at', '>=', since);
  if (until) query.where('deals.created_at', '<', until);
  if (amountFrom !== undefined) query.where('deals.principal', '>=', amountFrom);
  if (amountTo !== undefined) query.where('deals.principal', '<=', amountTo);
  if (memberId !== undefined) query.where('deals.user_id', memberId);
  if (recipientId !== undefined) query.where('deals.recipient_id', recipientId);
  const open = (table: 'doubts' | 'operator_tasks') =>
    db(table).whereNull('closed_at').whereNotNull('deal_id').select('deal_id');
  if (filter.doubted) query.whereIn('deals.id', open('doubts'));
  if (filter.tasked) query.whereIn('deals.id', open('operator_tasks'));
  if (filter.returned)
    query
      .where('deals.status', 'TRANSFER_FAILED')
      .whereRaw(`exists (select 1 from transfers t where t.deal_id = deals.id and t.status = 'RETURNED')`);
}
