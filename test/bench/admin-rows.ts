/** Members, and the money of their deals, as rows of the long history. */
import { SEALED } from '../fixtures/rows';
import { BACK, each, IS_BACK, later, ofMember, PAID, REFUND, type Rows, SENT, STATUS, v7 } from './admin-sql';

const HASH = 'A'.repeat(43);

const MEMBERS = 'generate_series(0, :members::int8 - 1) n';
const JOINED = `:until::timestamptz - interval '200 days' + n * interval '1 second'`;

/** One in fifty has left, and what named them is gone. */
const ifLeft = (then: string): string => `case when n % 50 = 0 then ${then} end`;
const unlessLeft = (then: string): string => `case when n % 50 <> 0 then ${then} end`;

export const PEOPLE: readonly Rows[] = [
  {
    table: 'users',
    from: MEMBERS,
    columns: {
      ...{
        id: ofMember('user', 'n'),
        created_at: JOINED,
        phone_encrypted: unlessLeft(`'${SEALED}'`),
        email_encrypted: unlessLeft(`'${SEALED}'`),
      },
      ...{ name_encrypted: unlessLeft(`'${SEALED}'`), password_hash: unlessLeft(`'-'`) },
      ...{ phone_hash: unlessLeft(`'p' || n`), email_hash: unlessLeft(`'e' || n`), deleted_at: ifLeft(JOINED) },
      ...{ log_in_emptied_at: ifLeft(JOINED), person_emptied_at: ifLeft(JOINED) },
      grade: `case when n % 100 = 1 then 'VIP' else 'BASIC' end`,
    },
  },
  {
    table: 'cards',
    from: MEMBERS,
    columns: {
      ...{
        id: ofMember('card', 'n'),
        user_id: ofMember('user', 'n'),
        billing_key_encrypted: `'-'`,
        billing_key_hash: `'b' || n`,
      },
      masked_number: `(400000 + n % 300)::text || '******' || lpad((n / 300 % 10000)::text, 4, '0')`,
      ...{ issuer: `'카드'`, is_default: 'true', created_at: JOINED },
    },
  },
  {
    table: 'bank_accounts',
    from: `${MEMBERS}, generate_series(0, 1) k`,
    columns: {
      ...{
        id: ofMember('account', `n || '-' || k`),
        user_id: ofMember('user', 'n'),
        bank_code: `'088'`,
        account_number_encrypted: `'-'`,
      },
      ...{
        account_hash: `'a' || n || '-' || k`,
        account_last4: `lpad((n % 10000)::text, 4, '0')`,
        holder_name_encrypted: `'${SEALED}'`,
      },
      ...{ created_at: JOINED, verified_at: JOINED },
    },
  },
];

export const MONEY: readonly Rows[] = [
  {
    table: 'deals',
    columns: {
      ...{
        id: 'deal_id',
        deal_no: 'deal_no',
        user_id: 'user_id',
        recipient_id: 'account_id',
        created_at: 'at',
        purpose: `'월세'`,
      },
      ...{
        principal: 'principal',
        fee: 'fee',
        fee_bps: '300',
        total: 'total',
        expires_at: later(600),
        confirmed_at: later(30),
      },
      ...{ memo_encrypted: `'${SEALED}'`, status: STATUS, version: 'cardinality(path)', waiting_reason: 'waiting' },
      ...{ waiting_since: `case when waiting is not null then ${later(60)} end`, updated_at: later(90) },
      completed_at: `case when ${STATUS} = 'COMPLETED' then ${later(90)} end`,
    },
  },
  {
    table: 'deal_events',
    from: 'made cross join unnest(path) with ordinality as step(state, nth)',
    columns: {
      ...{
        deal_id: 'deal_id',
        deal_version: 'nth',
        from_state: 'path[(nth - 1)::int]',
        to_state: 'state',
        actor: `'workflow'`,
      },
      cause: `case state when 'PENDING' then 'created' when 'PAID' then 'charged' when 'TRANSFERRING'
        then 'transfer-begins' when 'COMPLETED' then 'transferred' when 'TRANSFER_FAILED'
        then case when ${IS_BACK} then 'returned' else 'transfer-failed' end
        when 'REFUNDED' then 'gave-up' else 'quote-expired' end`,
      at: `at + nth * interval '20 seconds'`,
    },
  },
  {
    table: 'risk_decisions',
    where: `fate <> 'expired'`,
    columns: {
      ...{
        deal_id: 'deal_id',
        attempt: '1',
        user_id: 'user_id',
        card_id: 'card_id',
        device_id: ofMember('device', 'm'),
      },
      ...{
        device_text_hash: `'${HASH}'`,
        rules: `'[]'`,
        counters: `'{}'`,
        kst_day: `(at at time zone 'Asia/Seoul')::date`,
      },
      verdict: `case when ${each(1_000, 51)} then 'BLOCK' when ${each(100, 50)} then 'ALERT' else 'PASS' end`,
      ...{ principal: 'principal', reserved: 'true', created_at: 'at' },
    },
  },
  {
    table: 'payments',
    where: `fate not in ('expired', 'card-needed')`,
    columns: {
      ...{
        id: 'payment_id',
        deal_id: 'deal_id',
        attempt: '1',
        order_id: `deal_no || '-1'`,
        amount: 'total',
        card_id: 'card_id',
      },
      status: `case when fate = 'charge-unknown' then 'PENDING' when ${STATUS} = 'REFUNDED' then 'REFUNDED'
        when fate = 'fee-refunded' then 'PARTIALLY_REFUNDED' else 'PAID' end`,
      refunded_amount: `case when ${STATUS} = 'REFUNDED' then total when fate = 'fee-refunded' then 100 else 0 end`,
      ...{
        device_id: ofMember('device', 'm'),
        device_text_hash: `'${HASH}'`,
        sent_at: later(31),
        created_at: later(30),
      },
      ...{
        payment_key: `case when ${PAID} then 'pay_' || md5(deal_no) end`,
        decided_at: `case when ${PAID} then ${later(32)} end`,
      },
      approved_at: `case when ${PAID} then ${later(32)} end`,
    },
  },
  {
    table: 'transfer_jobs',
    where: SENT,
    columns: {
      ...{ deal_id: 'deal_id', amount: 'principal', attempts: '1', created_at: later(40) },
      status: `case ${STATUS} when 'COMPLETED' then 'COMPLETED' when 'TRANSFERRING' then 'PROCESSING'
        else 'FAILED' end`,
    },
  },
  {
    table: 'transfers',
    where: SENT,
    columns: {
      ...{
        id: v7('transfer', 'at'),
        deal_id: 'deal_id',
        attempt: '1',
        reference: `deal_no || '-T1'`,
        recipient_id: 'account_id',
      },
      ...{
        trading_date: `(at at time zone 'Asia/Seoul')::date`,
        amount: 'principal',
        last_sent_at: later(41),
        created_at: later(40),
      },
      status: `case when ${STATUS} = 'COMPLETED' then 'COMPLETED' when ${STATUS} = 'TRANSFERRING' then 'PROCESSING'
        when ${IS_BACK} then 'RETURNED' else 'FAILED' end`,
    },
  },
  {
    table: 'refunds',
    where: BACK,
    columns: {
      ...{
        id: v7('refund', 'at'),
        deal_id: 'deal_id',
        payment_id: 'payment_id',
        n: '1',
        idempotency_key: `deal_no || '-R1'`,
      },
      ...{
        principal: `${REFUND} - case fate when 'fee-refunded' then 100 else fee end`,
        amount: REFUND,
        created_at: later(80),
      },
      ...{ fee: `case fate when 'fee-refunded' then 100 else fee end`, actor: `'operator:kim'` },
      ...{ cause: `case fate when 'fee-refunded' then 'fee-refunded' else 'gave-up' end` },
      ...{ status: `case fate when 'refund-unknown' then 'PENDING' else 'DONE' end` },
      request_id: `case fate when 'fee-refunded' then 'ask-' || n end`,
    },
  },
  {
    table: 'chargebacks',
    where: each(1_000, 41),
    columns: {
      ...{
        id: v7('case', 'at'),
        deal_id: 'deal_id',
        payment_id: 'payment_id',
        reference: `'CB-' || n`,
        amount: 'total',
      },
      ...{
        status: `case when live then 'OPEN' else 'WON' end`,
        evidence: `'mail'`,
        opened_at: later(600),
        created_at: later(600),
      },
      decided_at: `case when not live then ${later(900)} end`,
    },
  },
  {
    table: 'sends',
    from: `made cross join (values ('charge', '-1', 31), ('transfer', '-T1', 41)) as sent(leg, tail, s)`,
    where: `case sent.leg when 'charge' then ${PAID} else ${SENT} end`,
    columns: {
      ...{ deal_id: 'deal_id', leg: 'sent.leg', key: 'deal_no || sent.tail', sent_at: `at + s * interval '1 second'` },
      ...{ answer: `'done'`, unknown: 'false' },
    },
  },
];
