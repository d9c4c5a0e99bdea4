/** What an operator reads of deals: one deal whole, and everything that waits. Read-only, and without personal data. */
import type { DealId } from '../../workflows/domain/ids';
import type { Db } from '../connection';

export interface WaitingDeal {
  readonly dealNo: string;
  readonly status: string;
  readonly reason: string | null;
  readonly since: Date | null;
  readonly nextMoveAt: Date | null;
  /** The gravest open alarm: `task`, `alarm` or null. */
  readonly attention: string | null;
  /** What else people are told of it, beside its wait. */
  readonly tasks: readonly string[];
  readonly principal: number;
}

/** Deals that wait for anything but a payer's card, and deals with an open alarm or task; the longest wait first. */
export async function waitingDeals(db: Db): Promise<WaitingDeal[]> {
  const { rows } = await db.raw(`
    select d.deal_no, d.status, d.waiting_reason, d.waiting_since, d.next_move_at, d.principal,
      t.severity, t.reason, t.opened_at,
      array(select distinct o.reason from operator_tasks o where o.deal_id = d.id and o.closed_at is null
        and o.reason is distinct from d.waiting_reason order by o.reason) as tasks
    from deals d
    left join lateral (select severity, reason, opened_at from operator_tasks
      where deal_id = d.id and closed_at is null order by severity desc, opened_at limit 1) t on true
    where (d.waiting_reason is not null and d.waiting_reason <> 'card-needed') or t.severity is not null
    order by coalesce(d.waiting_since, t.opened_at)`);
  return rows.map((row: Record<string, never>) => ({
    dealNo: row.deal_no,
    status: row.status,
    reason: row.waiting_reason ?? row.reason,
    since: row.waiting_since ?? row.opened_at,
    nextMoveAt: row.next_move_at,
    attention: row.severity,
    tasks: row.tasks,
    principal: Number(row.principal),
  }));
}

/** An alarm or a task that is not settled. */
export interface OpenTask extends Line {
  readonly severity: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly opened_at: Date;
}

/** Open alarms and tasks of the whole system, the oldest first. */
export async function systemTasks(db: Db): Promise<OpenTask[]> {
  return db('operator_tasks')
    .whereNull('deal_id')
    .whereNull('closed_at')
    .orderBy('opened_at')
    .select('severity', 'reason', 'detail', 'opened_at');
}

/**
 * The deal of this number, or undefined. One that was never confirmed has no workflow, and nothing can be ordered of
 * it.
 */
export async function findDeal(db: Db, dealNo: string): Promise<{ id: DealId; confirmed: boolean } | undefined> {
  const row = await db('deals').where({ deal_no: dealNo }).first('id', 'confirmed_at');
  return row && { id: row.id, confirmed: row.confirmed_at !== null };
}

/** What a deal is at. */
export interface DealStanding {
  readonly id: DealId;
  readonly status: string;
  readonly version: number;
  readonly waiting: string | null;
  /** Won. */
  readonly principal: number;
  readonly recipientId: string;
}

/** What the deal is at, for the audit; undefined: there is no such deal. */
export async function dealStanding(db: Db, dealNo: string): Promise<DealStanding | undefined> {
  const row = await db('deals')
    .where({ deal_no: dealNo })
    .first('id', 'status', 'version', 'principal', { waiting: 'waiting_reason', recipientId: 'recipient_id' });
  return row && { ...row, principal: Number(row.principal) };
}

interface Line {
  readonly [column: string]: string | number | boolean | Date | null;
}

export interface DealReport {
  readonly deal: Line;
  readonly payments: Line[];
  readonly transfers: Line[];
  readonly refunds: Line[];
  readonly chargebacks: Line[];
  /** Every POST at a provider, and what was answered. */
  readonly sends: Line[];
  readonly rulings: Line[];
  /** What was doubted, by whom, and which evidence ended it; an open one bars what docs/operations.md says. */
  readonly doubts: Line[];
  readonly events: Line[];
  readonly ledger: Line[];
  readonly tasks: OpenTask[];
}

/** Everything about one deal that helps to decide; accounts and cards by their last four digits only. */
export async function reportOf(db: Db, dealId: DealId): Promise<DealReport> {
  const of = (table: string) => db(table).where({ [`${table}.deal_id`]: dealId });
  const [deal, payments, transfers, refunds, chargebacks, sends, rulings, doubts, events, ledger, tasks] =
    await Promise.all([
      db('deals')
        .join('bank_accounts as a', 'a.id', 'deals.recipient_id')
        .where('deals.id', dealId)
        .first(
          ...[
            'deals.id',
            'deal_no',
            'status',
            'principal',
            'fee',
            'total',
            'waiting_reason',
            'waiting_since',
            'next_move_at',
            'memo_changed as memo changed by the payer',
          ],
          ...['cancel_requested_at', 'expires_at', 'recipient_id', 'bank_code', 'account_last4', 'deals.version'],
        ),
      of('payments')
        .orderBy('attempt')
        .select(
          'attempt',
          'order_id',
          'status',
          'amount',
          'refunded_amount',
          'installment_months',
          'decline_code',
          'payment_key',
          'sent_at',
          'late',
        ),
      of('transfers')
        .orderBy('attempt')
        .select(
          ...['attempt', 'reference', 'status', 'amount', 'code', 'last_sent_at'],
          ...['bank_reference', 'evidence', 'evidence_at', 'paid_by'],
        ),
      of('refunds')
        .orderBy('n')
        .select('n', 'idempotency_key', 'status', 'principal', 'fee', 'amount', 'cause', 'actor', 'note'),
      of('chargebacks')
        .orderBy('opened_at')
        .select('reference', 'status', 'amount', 'evidence', 'opened_at', 'decided_at'),
      of('sends').orderBy('id').select('sent_at', 'leg', 'key', 'answer', 'unknown'),
      of('rulings')
        .orderBy('id')
        .select('leg', 'attempt', 'verdict', 'evidence', 'evidence_at', 'standing', 'why', 'actor'),
      of('doubts')
        .orderBy('id')
        .select('kind', 'attempt', 'raised_by', 'detail', 'opened_at', 'closed_at', 'closed_by'),
      of('deal_events').orderBy('id').select('at', 'deal_version', 'from_state', 'to_state', 'actor', 'cause', 'note'),
      of('ledger_entries')
        .join('ledger_journals as j', 'j.id', 'ledger_entries.journal_id')
        .orderBy('ledger_entries.id')
        .select('j.kind', 'j.key', 'account', 'amount'),
      of('operator_tasks').whereNull('closed_at').orderBy('id').select('severity', 'reason', 'detail', 'opened_at'),
    ]);
  return { deal, payments, transfers, refunds, chargebacks, sends, rulings, doubts, events, ledger, tasks };
}
