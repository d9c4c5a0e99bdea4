/** Damage to the ledger, to charges, refunds and transfers. */
import type { Planted } from './planted';

const posting = (kind: string, account: string, amount: number): string => `
  insert into ledger_entries (journal_id, deal_id, account, amount)
  select id, deal_id, '${account}', ${amount} from ledger_journals where deal_id = :deal and kind = '${kind}';`;
const renamed = (kind: string): string =>
  `update ledger_journals set key = 'elsewhere:' || key where deal_id = :deal and kind = '${kind}';`;

/** A break of the deal: 40 won that the PG pays less than our books say. */
const breakOf = (ended: string): string => `
  insert into reconciliation_runs (engine_run, business_day) values ('planted', '2026-03-02');
  insert into reconciliation_breaks (class, key, source, subject, business_day, deal_id, amount, unsettled, first_run, last_run,
    resolved_at, resolution, accepted)
  select 'fee-differs', :dealNo || '-1', 'charge', :dealNo || '-1', '2026-03-02', :deal, 40, -40, id, id, ${ended}
  from reconciliation_runs;`;
const correctionOf = (account: string, won: number, against: string): string => `
  insert into ledger_journals (deal_id, kind, key, break_id) select :deal, 'correction', 'correction:' || id, id from reconciliation_breaks;
  ${posting('correction', account, won)} ${posting('correction', against, 0 - won)}`;
const correction = (fee: number): string => correctionOf('pg_fee_expense', fee, 'pg_receivable');
/** 40 won that the bank paid too, and an operator accepted. */
const payoutAccepted = `${breakOf(`now(), 'accepted', true`)}
  update reconciliation_breaks set class = 'paid-after-failure', source = 'transfer', unsettled = 0;`;

/** A day that was reconciled, with a line of so many won that no break tells of. */
const statement = (won: number): string => `
  insert into statement_days (day, opening, closing) values ('2026-03-02', 0, ${won});
  insert into statement_lines (day, line_no, line_id, kind, reference, amount, at)
    values ('2026-03-02', 1, 'L1', 'owner-funds', 'NOBODY', ${won}, '2026-03-02T12:00:00+09:00');
  insert into provider_lists (source, day, read_at, lines) values ('statement', '2026-03-02', '2026-03-03T23:00:00+09:00', 1);
  insert into reconciliation_runs (engine_run, business_day, status, finished_at)
    values ('planted', '2026-03-02', 'done', '2026-03-03T23:01:00+09:00');`;

const LEDGER: readonly Planted[] = [
  {
    law: 'journals-balance',
    of: 'completed',
    also: ['charge-postings'],
    sql: posting('charge', 'pg_receivable', 1),
  },
  {
    law: 'journals-have-postings',
    of: 'completed',
    sql: `insert into ledger_journals (deal_id, kind, key) values (:deal, 'settlement', 'empty')`,
  },
  {
    law: 'journals-have-postings',
    of: 'completed',
    sql: `update ledger_entries set deal_id = (select id from deals where id <> :deal limit 1)
      where deal_id = :deal and account = 'fee_revenue'`,
  },
  {
    law: 'ended-deals-owe-nothing',
    of: 'completed',
    also: ['ledger-owes-what-stands', 'transfer-postings'],
    sql: posting('transfer', 'recipient_payable', -1) + posting('transfer', 'bank_float', 1),
  },
  {
    law: 'ledger-owes-what-stands',
    of: 'held',
    also: ['charge-postings'],
    sql: posting('charge', 'recipient_payable', -1) + posting('charge', 'fee_revenue', 1),
  },
  { law: 'charges-are-posted', of: 'completed', sql: renamed('charge') },
  {
    law: 'charges-are-posted',
    of: 'completed',
    also: ['ended-deals-owe-nothing', 'ledger-owes-what-stands', 'recipient-is-paid-from-the-charge'],
    sql: `delete from ledger_entries where journal_id in (select id from ledger_journals where key = 'charge:' || :dealNo || '-1');
      delete from ledger_journals where key = 'charge:' || :dealNo || '-1'`,
  },
  { law: 'transfers-are-posted', of: 'completed', also: ['transfer-postings'], sql: renamed('transfer') },
  {
    law: 'in-flight-is-undecided',
    of: 'completed',
    also: ['ended-deals-owe-nothing', 'transfer-postings'],
    sql: posting('transfer', 'transfers_in_flight', -1) + posting('transfer', 'bank_float', 1),
  },
  {
    law: 'failures-are-reversed',
    of: 'retried',
    sql: posting('transfer-failed', 'fee_revenue', -1) + posting('transfer-failed', 'pg_fee_expense', 1),
  },
  {
    law: 'failures-are-reversed',
    of: 'failing',
    also: ['in-flight-is-undecided', 'ledger-owes-what-stands'],
    sql: `delete from ledger_entries where journal_id = (select id from ledger_journals where key = 'transfer-failed:' || :dealNo || '-T2');
      delete from ledger_journals where key = 'transfer-failed:' || :dealNo || '-T2'`,
  },
  { law: 'overpaid-is-accepted', of: 'retried', sql: payoutAccepted },
  {
    law: 'overpaid-is-accepted',
    of: 'retried',
    sql: `${payoutAccepted} ${correctionOf('recipient_overpaid', 39, 'bank_float')}`,
  },
  {
    law: 'suspense-is-accepted',
    of: 'completed',
    also: ['charge-postings'],
    sql: posting('charge', 'suspense', 1) + posting('charge', 'fee_revenue', -1),
  },
  { law: 'returns-are-posted', of: 'returned', sql: renamed('return') },
  { law: 'refunds-are-posted', of: 'refunded', sql: renamed('refund') },
  { law: 'chargebacks-are-posted', of: 'disputed', sql: renamed('chargeback') },
  {
    law: 'disputes-are-in-the-ledger',
    of: 'disputed',
    sql: `update chargebacks set status = 'WON', decided_at = now() where deal_id = :deal`,
  },
  {
    law: 'corrections-end-their-break',
    of: 'completed',
    also: ['accepted-differences-are-posted'],
    sql: breakOf('null, null, false') + correction(40),
  },
  { law: 'accepted-differences-are-posted', of: 'completed', sql: breakOf(`now(), 'accepted', true`) },
  {
    law: 'accepted-differences-are-posted',
    of: 'completed',
    sql: breakOf(`now(), 'accepted', true`) + correction(39),
  },
  {
    law: 'owner-funds-are-posted',
    of: null,
    also: ['requests-have-two-people'],
    sql: `insert into owner_funds (reference, amount, at, actor, reason) values ('TOP-UP-9', 1000, now(), 'operator:kim', 'planted')`,
  },
  {
    law: 'owner-funds-are-posted',
    of: null,
    sql: `insert into ledger_journals (kind, key) values ('owner-funds', 'owner-funds:TOP-UP-9');
      insert into ledger_entries (journal_id, account, amount) select j.id, e.account, e.amount from ledger_journals j,
        (values ('bank_float', 1000), ('owner_funds', -1000)) e(account, amount) where key = 'owner-funds:TOP-UP-9'`,
  },
  { law: 'cash-is-proven', of: null, sql: statement(5) },
  { law: 'cash-is-proven', of: null, sql: `${statement(5)} delete from statement_lines` },
  {
    law: 'charge-postings',
    of: 'completed',
    sql: posting('charge', 'fee_revenue', -1) + posting('charge', 'pg_fee_expense', 1),
  },
  {
    law: 'transfer-postings',
    of: 'completed',
    sql: posting('transfer', 'bank_float', -1) + posting('transfer', 'fee_revenue', 1),
  },
  {
    law: 'return-postings',
    of: 'returned',
    sql: posting('return', 'bank_float', -1) + posting('return', 'fee_revenue', 1),
  },
  {
    law: 'refund-postings',
    of: 'partRefunded',
    sql: posting('refund', 'pg_fee_expense', -1) + posting('refund', 'pg_receivable', 1),
  },
  { law: 'quotes-add-up', of: 'quote', sql: 'update deals set fee = fee + 1, total = total + 1 where id = :deal' },
  {
    law: 'recipient-is-paid-from-the-charge',
    of: 'refunded',
    also: ['ended-deals-owe-nothing', 'ledger-owes-what-stands', 'refund-postings'],
    sql: posting('refund', 'recipient_payable', 1) + posting('refund', 'fee_revenue', -1),
  },
];

const anotherCharge = `
  drop index payments_one_live;
  insert into payments (id, deal_id, attempt, order_id, status, amount, card_id, device_id, device_text_hash, sent_at)
  select gen_random_uuid(), deal_id, 2, :dealNo || '-2', 'PENDING', amount, card_id, device_id, device_text_hash, sent_at from payments where deal_id = :deal;
  insert into risk_decisions (deal_id, attempt, user_id, card_id, device_id, device_text_hash, verdict, rules, counters, kst_day, principal, reserved)
  select deal_id, 2, user_id, card_id, device_id, device_text_hash, verdict, rules, counters, kst_day, principal, reserved from risk_decisions
  where deal_id = :deal;
  update cards set hour_charges = 2 where id = (select card_id from payments where deal_id = :deal limit 1);`;
const refund = (n: number, principal: string, fee: number): string => `
  insert into refunds (id, deal_id, payment_id, n, idempotency_key, principal, fee, amount, cause, actor)
  select gen_random_uuid(), d.id, p.id, ${n}, :dealNo || '-R${n}', ${principal}, ${fee}, ${principal} + ${fee}, 'gave-up', 'system'
  from deals d join payments p on p.deal_id = d.id where d.id = :deal;`;

const CHARGES: readonly Planted[] = [
  {
    law: 'one-standing-charge',
    of: 'completed',
    also: ['charge-attempts-in-turn', 'deal-and-charge-agree', 'keys-are-unique'],
    sql: anotherCharge,
  },
  {
    law: 'charges-fit-their-deal',
    of: 'completed',
    sql: 'update payments set amount = amount + 1 where deal_id = :deal',
  },
  {
    law: 'charges-fit-their-deal',
    of: 'declined',
    sql: 'update deals set confirmed_at = null where id = :deal',
  },
  {
    law: 'charge-attempts-in-turn',
    of: 'declined',
    sql: `update payments set attempt = 2, order_id = :dealNo || '-2' where deal_id = :deal;
      update risk_decisions set attempt = 2 where deal_id = :deal`,
  },
  {
    law: 'deal-and-charge-agree',
    of: 'held',
    also: ['charges-are-posted', 'ledger-owes-what-stands'],
    sql: `update payments set status = 'PENDING' where deal_id = :deal`,
  },
  {
    law: 'refunds-within-charge',
    of: 'partRefunded',
    sql: 'update payments set refunded_amount = refunded_amount + 1 where deal_id = :deal',
  },
  {
    law: 'refunds-within-charge',
    of: 'completed',
    sql: refund(1, '0', 1_000_000),
  },
  { law: 'refunds-fit-their-deal', of: 'refunded', sql: 'update refunds set n = 5 where deal_id = :deal' },
  {
    law: 'one-undecided-refund',
    of: 'completed',
    also: ['keys-are-unique'],
    sql: `drop index refunds_one_undecided; ${refund(1, '0', 1)} ${refund(2, '0', 1)}`,
  },
  {
    law: 'disputes-within-charge',
    of: 'disputed',
    also: ['disputes-are-in-the-ledger'],
    sql: 'update chargebacks set amount = amount + 1 where deal_id = :deal',
  },
];

const TRANSFERS: readonly Planted[] = [
  {
    law: 'one-standing-transfer',
    of: 'completed',
    also: [
      ...['deal-and-transfer-agree', 'transfer-attempts-in-turn', 'keys-are-unique'],
      ...['in-flight-is-undecided', 'ledger-owes-what-stands', 'transfers-are-posted'],
    ],
    sql: `drop index transfers_one_live;
      insert into transfers (id, deal_id, attempt, reference, trading_date, recipient_id, amount, last_sent_at)
      select gen_random_uuid(), deal_id, 2, :dealNo || '-T2', trading_date, recipient_id, amount, now() from transfers
      where deal_id = :deal`,
  },
  {
    law: 'transfers-fit-their-deal',
    of: 'completed',
    sql: 'update transfers set amount = amount + 1 where deal_id = :deal',
  },
  {
    law: 'transfers-fit-their-deal',
    of: 'completed',
    sql: 'update deals set recipient_id = gen_random_uuid() where id = :deal',
  },
  {
    law: 'transfer-attempts-in-turn',
    of: 'retried',
    sql: 'update transfer_jobs set attempts = 7 where deal_id = :deal',
  },
  {
    law: 'transfer-attempts-in-turn',
    of: 'completed',
    sql: `update transfer_jobs set status = 'PROCESSING' where deal_id = :deal`,
  },
  {
    law: 'deal-and-transfer-agree',
    of: 'held',
    sql: `insert into transfer_jobs (deal_id, amount, status, attempts) select id, principal, 'FAILED', 1 from deals where id = :deal;
      insert into transfers (id, deal_id, attempt, reference, trading_date, recipient_id, amount, status, last_sent_at, decided_at)
      select gen_random_uuid(), id, 1, :dealNo || '-T1', now()::date, recipient_id, principal, 'FAILED', now(), now() from deals
      where id = :deal`,
  },
  { law: 'no-refund-beside-a-transfer', of: 'completed', sql: refund(1, 'd.principal', 0) },
  {
    law: 'no-transfer-after-a-refund',
    of: 'refunded',
    sql: `update transfers set created_at = now() + interval '1 minute' where deal_id = :deal`,
  },
];

export const PLANTED_MONEY: readonly Planted[] = [...LEDGER, ...CHARGES, ...TRANSFERS];
