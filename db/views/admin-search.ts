/** Rows by the keys that people quote: each look is exact, over all payers, and reads an index. */
import type { Knex } from 'knex';
import type { Db } from '../connection';
import type { HashColumn, Hashes } from '../hash-keys';

/** What was found. */
type HitKind =
  | 'deal'
  | 'member'
  | 'payment'
  | 'transfer'
  | 'refund'
  | 'chargeback'
  | 'webhook-event'
  | 'recipient'
  | 'card'
  | 'request';

export interface Hit {
  readonly kind: HitKind;
  readonly id: string;
  readonly dealId: string | null;
  readonly dealNo: string | null;
  readonly memberId: string | null;
}

/** A key that was told: in the clear what tells nothing of a person, else its hashes. */
export type Sought = string | readonly Hashes[];

interface Look {
  readonly table: string;
  readonly kind: HitKind;
  /** In SQL: what identifies the row, its deal and its member. */
  readonly id: string;
  readonly deal: string;
  readonly member: string;
  readonly where: (query: Knex.QueryBuilder, sought: Sought) => void;
}

const NONE = 'null::uuid';
const is =
  (column: string) =>
  (query: Knex.QueryBuilder, sought: Sought): void => {
    query.where(column, sought as string);
  };
const isHashed =
  (column: HashColumn) =>
  (query: Knex.QueryBuilder, sought: Sought): void => {
    const hashes = sought as readonly Hashes[];
    const under = (side: keyof Hashes) => hashes.flatMap((one) => one[side] ?? []);
    query.where((found) => {
      found.whereIn(column, under('odd')).orWhereIn(`${column}_even`, under('even'));
    });
  };

type Place = Omit<Look, 'where'>;
const deals: Place = { table: 'deals', kind: 'deal', id: 'id::text', deal: 'id', member: 'user_id' };
const users: Place = { table: 'users', kind: 'member', id: 'id::text', deal: NONE, member: 'id' };
const ofDeal = (table: string, kind: HitKind): Place => ({
  table,
  kind,
  id: 'id::text',
  deal: 'deal_id',
  member: NONE,
});
const ofMember = (table: string, kind: HitKind): Place => ({
  ...{ table, kind, id: 'id::text', deal: NONE, member: 'user_id' },
});
const events: Place = {
  ...{ table: 'pg_webhook_events', kind: 'webhook-event', id: 'event_id', member: NONE },
  deal: '(select d.id from deals d where d.deal_no = pg_webhook_events.deal_no)',
};
/** The path of a money request names the deal, unless it made one. */
const requests: Place = {
  ...{ table: 'idempotency_keys', kind: 'request', id: 'request_id::text', member: 'user_id' },
  deal: `substring(path from '^/v1/deals/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})')::uuid`,
};

/** What an operator did in a request: its subject is the number of a deal, if it was one. */
const audited: Place = {
  ...{ table: 'admin_audit_logs', kind: 'request', id: 'request_id', member: NONE },
  deal: `(select d.id from deals d where d.deal_no = admin_audit_logs.subject)`,
};

/** Every key that is looked for. */
export const SEARCH_KEYS = [
  ...(['deal-no', 'order-id', 'payment-key', 'transfer-reference', 'refund-key', 'chargeback-case'] as const),
  ...(['webhook-id', 'fee-refund-request', 'request-id', 'id', 'phone', 'email', 'account', 'card'] as const),
] as const;
export type SearchKey = (typeof SEARCH_KEYS)[number];

const LOOKS: Readonly<Record<SearchKey, readonly Look[]>> = {
  'deal-no': [{ ...deals, where: is('deal_no') }],
  'order-id': [{ ...ofDeal('payments', 'payment'), where: is('order_id') }],
  'payment-key': [{ ...ofDeal('payments', 'payment'), where: is('payment_key') }],
  'transfer-reference': [{ ...ofDeal('transfers', 'transfer'), where: is('reference') }],
  'refund-key': [{ ...ofDeal('refunds', 'refund'), where: is('idempotency_key') }],
  'chargeback-case': [{ ...ofDeal('chargebacks', 'chargeback'), where: is('reference') }],
  'webhook-id': [{ ...events, where: is('event_id') }],
  'fee-refund-request': [{ ...ofDeal('refunds', 'refund'), where: is('request_id') }],
  'request-id': [
    { ...requests, where: is('request_id') },
    { ...audited, where: is('request_id') },
  ],
  id: [
    { ...deals, where: is('id') },
    { ...users, where: is('id') },
    { ...ofDeal('payments', 'payment'), where: is('id') },
    { ...ofDeal('transfers', 'transfer'), where: is('id') },
    { ...ofDeal('refunds', 'refund'), where: is('id') },
    { ...ofDeal('chargebacks', 'chargeback'), where: is('id') },
    { ...ofMember('bank_accounts', 'recipient'), where: is('id') },
    { ...ofMember('cards', 'card'), where: is('id') },
  ],
  phone: [{ ...users, where: isHashed('phone_hash') }],
  email: [{ ...users, where: isHashed('email_hash') }],
  account: [{ ...ofMember('bank_accounts', 'recipient'), where: isHashed('account_hash') }],
  card: [
    {
      ...ofMember('cards', 'card'),
      where: (query: Knex.QueryBuilder, sought: Sought) =>
        void query.whereRaw('left(masked_number, 6) || right(masked_number, 4) = ?', [sought as string]),
    },
  ],
};

/** Of one key no more than these are told; a card's shown digits may be many members'. */
export const HITS_MAX = 50;

/** Rows that have exactly this key, at most 50. */
export async function lookFor(db: Db, key: SearchKey, sought: Sought): Promise<Hit[]> {
  const found = await Promise.all(
    LOOKS[key].map(({ table, kind, id, deal, member, where }) => {
      const query = db(table);
      where(query, sought);
      const shown = db.raw(`? as kind, ${id} as id, ${deal} as deal_id, ${member} as member_id`, [kind]);
      const rows = query.select(shown).limit(HITS_MAX).as('found');
      return db
        .from(rows)
        .select({ kind: 'kind', id: 'found.id', dealId: 'deal_id', memberId: 'member_id' })
        .select(db.raw('(select d.deal_no from deals d where d.id = found.deal_id) as "dealNo"'));
    }),
  );
  return found.flat();
}
