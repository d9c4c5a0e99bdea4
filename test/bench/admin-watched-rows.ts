/** The books, what is watched, and what was told, as rows of the long history. */
import { A_DAY, BACK, each, IS_BACK, later, ofMember, PAID, REFUND, type Rows, SENT, unless, v7 } from './admin-sql';

/** Of a webhook. */
const BODY = `convert_to(deal_no || repeat(' ', 200), 'UTF8')`;

const JOURNAL = `(values ('charge', '-1', ${PAID}), ('transfer-intent', '-T1', ${SENT}),
  ('transfer', '-T1', ${SENT} and (fate = 'completed' or fate = 'fee-refunded' or ${IS_BACK} or fate = 'returned')),
  ('transfer-failed', '-T1', fate in ('failed', 'retry-due', 'refund-unknown')), ('return', '-T1', ${IS_BACK}),
  ('refund', '-R1', ${BACK} and fate <> 'refund-unknown')) as j(kind, tail, is_there)`;
const ENTRY = `(values
  ('charge', 'pg_receivable', total), ('charge', 'recipient_payable', 0 - principal),
  ('charge', 'fee_revenue', 0 - fee),
  ('charge', 'pg_fee_expense', total / 40), ('charge', 'pg_receivable', 0 - total / 40),
  ('transfer-intent', 'recipient_payable', principal), ('transfer-intent', 'transfers_in_flight', 0 - principal),
  ('transfer-failed', 'transfers_in_flight', principal), ('transfer-failed', 'recipient_payable', 0 - principal),
  ('transfer', 'transfers_in_flight', principal), ('transfer', 'bank_float', 0 - principal),
  ('return', 'bank_float', principal), ('return', 'recipient_payable', 0 - principal),
  ('refund', 'recipient_payable', case fate when 'fee-refunded' then 0 else principal end),
  ('refund', 'fee_revenue', case fate when 'fee-refunded' then 100 else fee end),
  ('refund', 'pg_receivable', 0 - ${REFUND}))
  as e(kind, account, amount)`;

export const BOOKS: readonly Rows[] = [
  {
    table: 'ledger_journals',
    from: `made cross join lateral ${JOURNAL}`,
    where: 'j.is_there',
    columns: { deal_id: 'deal_id', kind: 'j.kind', key: `j.kind || ':' || deal_no || j.tail`, at: later(40) },
  },
  {
    table: 'ledger_entries',
    from: `made join ledger_journals j using (deal_id) cross join lateral ${ENTRY}`,
    where: 'e.kind = j.kind and e.amount <> 0',
    columns: { journal_id: 'j.id', deal_id: 'deal_id', account: 'e.account', amount: 'e.amount' },
  },
  {
    table: 'reconciliation_runs',
    from: `generate_series(1, ceil(:count / ${A_DAY}.0)::int8) n`,
    columns: {
      ...{ engine_run: `'night ' || n`, business_day: `:until::date - n::int`, status: `'done'`, result: `'{}'` },
      ...{
        started_at: `:until::timestamptz - n * interval '1 day'`,
        finished_at: `:until::timestamptz - n * interval '1 day'`,
      },
    },
  },
  {
    table: 'settlement_days',
    from: `generate_series(1, ceil(:count / ${A_DAY}.0)::int8) n`,
    columns: {
      ...{
        file_day: `:until::date - n::int`,
        settle_date: `:until::date - n::int + 2`,
        lines: '10000',
        net: '1',
        posted: '1',
        postings: '1',
      },
    },
  },
];

export const WATCHED: readonly Rows[] = [
  {
    table: 'operator_tasks',
    where: `waiting is not null or ${each(50, 1)}`,
    columns: {
      ...{
        deal_id: 'deal_id',
        severity: `case when ${each(1_000, 1)} then 'alarm' else 'task' end`,
        reason: `'overdue'`,
      },
      ...{ opened_at: later(60), closed_at: `case when waiting is null then ${unless(1_000, 1, later(900))} end` },
    },
  },
  {
    table: 'doubts',
    where: each(500, 2),
    columns: {
      ...{ deal_id: 'deal_id', kind: `'charge-denied'`, raised_by: `'webhook'`, opened_at: later(60) },
      ...{ closed_at: unless(1_000, 2, later(900)), closed_by: unless(1_000, 2, `'operator'`) },
    },
  },
  {
    table: 'rulings',
    where: each(1_000, 43),
    columns: {
      ...{
        deal_id: 'deal_id',
        leg: `'charge'`,
        attempt: '1',
        verdict: `'done'`,
        evidence: `'mail'`,
        evidence_at: later(60),
      },
      ...{ actor: `'operator:kim'`, reason: `'seen'`, standing: `'carried-out'`, decided_at: later(900) },
    },
  },
  {
    table: 'operator_requests',
    where: each(1_000, 44),
    columns: {
      ...{ id: v7('request', 'at'), kind: `'rule'`, about: `'{}'`, subject_kind: `'deal'`, subject: 'deal_no' },
      ...{ deal_id: 'deal_id', input: `'{}'`, reason: `'seen'`, maker: `'operator:kim'`, created_at: later(60) },
      standing: `case when live then 'PENDING' else 'DONE' end`,
      checker_id: `case when not live then ${ofMember('operator', 'n')} end`,
      decided_at: `case when not live then ${later(600)} end`,
      ended_at: `case when not live then ${later(601)} end`,
    },
  },
  {
    table: 'reconciliation_breaks',
    where: each(500, 3),
    columns: {
      ...{ class: `'missing-at-pg'`, key: `'B' || n`, source: `'charge'`, subject: `deal_no || '-1'`, amount: 'total' },
      ...{
        business_day: `(at at time zone 'Asia/Seoul')::date`,
        deal_id: 'deal_id',
        first_run: '1',
        last_run: '1',
        opened_at: later(900),
      },
      ...{ resolved_at: unless(1_000, 3, later(999)), resolution: unless(1_000, 3, `'matched'`) },
    },
  },
  {
    table: 'notices',
    from: `made cross join (values (1, 'push'), (2, 'sms')) as way(k, channel)`,
    columns: {
      ...{
        id: v7('notice', 'at', `n || '-' || k`),
        user_id: 'user_id',
        deal_id: 'deal_id',
        template: `'deal-completed'`,
      },
      ...{
        channel: 'way.channel',
        event: `deal_no || ':completed'`,
        params: `jsonb_build_object('dealNo', deal_no, 'amount', principal)`,
      },
      ...{ attempts: '1', created_at: later(90), failed_at: `case when ${each(500, 4)} then ${later(900)} end` },
      sent_at: `case when not ${each(500, 4)} then ${unless(200, 5, later(91))} end`,
    },
  },
  {
    table: 'pg_webhook_events',
    from: `made cross join (values ('softpayment', 'payment.done', 'charge'), ('bank', 'transfer.done', 'transfer'))
      as of(provider, type, leg)`,
    where: SENT,
    columns: {
      ...{
        provider: 'of.provider',
        event_id: `'evt_' || md5(of.provider || n)`,
        type: 'of.type',
        body: BODY,
        deal_no: 'deal_no',
      },
      ...{
        leg: 'of.leg',
        attempt: '1',
        says: `'done'`,
        amount: 'total',
        received_at: later(50),
        processed_at: unless(200, 6, later(51)),
      },
    },
  },
  {
    table: 'idempotency_keys',
    where: PAID,
    columns: {
      ...{
        user_id: 'user_id',
        method: `'POST'`,
        path: `'/v1/deals/' || deal_id || '/confirm'`,
        key: `md5('key' || n)`,
        body_hash: `'h'`,
      },
      ...{
        request_id: ofMember('request', 'n'),
        status_code: '200',
        created_at: later(30),
        response_encrypted: `'v1.' || repeat('x', 300)`,
      },
    },
  },
];
