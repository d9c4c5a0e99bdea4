/** Deals as the workflow's activities write them: every edge with its event, under the deal's row lock. */

import { nextRetryBatchAt } from '../workflows/domain/bank-calendar';
import type { By } from '../workflows/domain/causes';
import type { ActionBy, DealAction, WaitRecord } from '../workflows/domain/deal-actions';
import { type DealState, isLegalEdge, isTerminal, WAIT_REASONS, type WaitReason } from '../workflows/domain/deal-state';
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db, Trx } from './connection';
import { closeTasks, raise } from './operator-tasks';

export interface Deal {
  readonly id: DealId;
  readonly dealNo: string;
  readonly userId: string;
  readonly recipientId: string;
  readonly principal: Won;
  readonly fee: Won;
  readonly total: Won;
  readonly status: DealState;
  readonly version: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly cancelRequestedAt: Date | null;
  readonly reviewDueAt: Date | null;
  readonly releasedAt: Date | null;
  readonly failingSince: Date | null;
  readonly waitingReason: WaitReason | null;
  /** When the wait was to end; null when it said nothing of it. */
  readonly nextMoveAt: Date | null;
}

interface Row {
  id: DealId;
  deal_no: string;
  user_id: string;
  recipient_id: string;
  principal: string;
  fee: string;
  total: string;
  status: DealState;
  version: number;
  created_at: Date;
  expires_at: Date;
  cancel_requested_at: Date | null;
  review_due_at: Date | null;
  released_at: Date | null;
  failing_since: Date | null;
  waiting_reason: WaitReason | null;
  next_move_at: Date | null;
}

const fromRow = (row: Row): Deal => ({
  id: row.id,
  dealNo: row.deal_no,
  userId: row.user_id,
  recipientId: row.recipient_id,
  principal: parseWon(row.principal),
  fee: parseWon(row.fee),
  total: parseWon(row.total),
  status: row.status,
  version: row.version,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  cancelRequestedAt: row.cancel_requested_at,
  reviewDueAt: row.review_due_at,
  releasedAt: row.released_at,
  failingSince: row.failing_since,
  waitingReason: row.waiting_reason,
  nextMoveAt: row.next_move_at,
});

/** The deal without a lock. Throws when there is none. */
export async function readDeal(db: Db, dealId: DealId): Promise<Deal> {
  const row = await db<Row>('deals').where({ id: dealId }).first();
  if (!row) throw new Error(`no deal ${dealId}`);
  return fromRow(row);
}

/**
 * What the recipient's statement shows of the deal, as ciphertext. Throws when there is no such deal, and when its memo
 * was destroyed.
 */
export async function memoOf(db: Db, dealId: DealId): Promise<string> {
  const row = await db('deals').where({ id: dealId }).first('memo_encrypted');
  if (!row?.memo_encrypted) throw new Error(`no deal ${dealId}, or its memo is gone`);
  return row.memo_encrypted;
}

/** The deal, locked until the transaction ends: whoever changes money of a deal holds this lock. */
export async function lockDeal(trx: Trx, dealId: DealId): Promise<Deal> {
  const row = await trx<Row>('deals').where({ id: dealId }).forUpdate().first();
  if (!row) throw new Error(`no deal ${dealId}`);
  return fromRow(row);
}

/** What the deal waits for after the edge; `nextMoveAt` null when only a person or a provider moves it. */
export interface Waiting {
  readonly reason: WaitReason;
  readonly nextMoveAt: Date | null;
}

interface Edge extends By {
  readonly to: DealState;
  readonly waiting?: Waiting;
}

const FAILING_SINCE = `case when :to = 'TRANSFER_FAILED' then coalesce(failing_since, :at::timestamptz)
  when :to = 'COMPLETED' then null else failing_since end`;

/** What people were told of a deal that stood still; the sweep may have told it while the deal waited for nothing. */
export const ENDED_BY_A_MOVE = [...WAIT_REASONS, 'overdue'];

/**
 * Moves the locked deal along one legal edge and records it; the wait that ended is cleared, and its alarms are closed.
 * Throws on an illegal edge, as the database would.
 */
export async function moveDeal(
  trx: Trx,
  deal: Deal,
  { to, actor, cause, note, waiting }: Edge,
  at: Date,
): Promise<void> {
  if (!isLegalEdge(deal.status, to)) throw new Error(`deal ${deal.id}: illegal edge ${deal.status} -> ${to}`);
  await trx.raw(
    `with event as (insert into deal_events (deal_id, deal_version, from_state, to_state, actor, cause, note, at)
       values (:id, :version, :from, :to, :actor, :cause, :note, :at)),
     told as (update operator_tasks set closed_at = now()
       where deal_id = :id and closed_at is null and reason = any(:ended))
     update deals set status = :to, version = :version, waiting_reason = :reason, next_move_at = :nextMoveAt,
       waiting_since = case when :reason::text is null then null else :at::timestamptz end,
       failing_since = ${FAILING_SINCE},
       completed_at = case when :to = 'COMPLETED' then :at::timestamptz else completed_at end
     where id = :id`,
    {
      id: deal.id,
      version: deal.version + 1,
      from: deal.status,
      to,
      actor,
      cause,
      note: note ?? null,
      at,
      reason: waiting?.reason ?? null,
      nextMoveAt: waiting?.nextMoveAt ?? null,
      ended: ENDED_BY_A_MOVE,
    },
  );
}

/**
 * Sets or clears why the locked deal waits, without an edge; `since` stays while the reason does, and the alarms of a
 * wait that ended are closed.
 */
export async function setWaiting(
  trx: Trx,
  { id, waitingReason }: Pick<Deal, 'id' | 'waitingReason'>,
  waiting: Waiting | null,
  at: Date,
): Promise<void> {
  await trx.raw(
    `update deals set next_move_at = :nextMoveAt, waiting_reason = :reason, waiting_since = case
       when :reason::text is null then null when waiting_reason = :reason then waiting_since else :at::timestamptz end
     where id = :id`,
    { id, reason: waiting?.reason ?? null, nextMoveAt: waiting?.nextMoveAt ?? null, at },
  );
  if (waitingReason !== null && waitingReason !== waiting?.reason) await closeTasks(trx, id, [waitingReason]);
}

/**
 * A card was named, whatever becomes of it; the locked deal no longer expires by itself. `waiting` begins now; null: an
 * answer is on its way.
 */
export async function markConfirmed(trx: Trx, { id }: Deal, waiting: Waiting | null, at: Date): Promise<void> {
  await trx('deals')
    .where({ id })
    .update({
      confirmed_at: trx.raw('coalesce(confirmed_at, ?)', [at]),
      waiting_reason: waiting?.reason ?? null,
      waiting_since: waiting ? at : null,
      next_move_at: waiting?.nextMoveAt ?? null,
    });
}

/** Risk said ALERT or HOLD: the deal is held until it is released, at most until this moment. */
export async function holdForReview(trx: Trx, { id }: Deal, dueAt: Date): Promise<void> {
  await trx<Row>('deals').where({ id }).update({ review_due_at: dueAt });
}

/** The payer wants it cancelled. */
export async function markCancelRequested(trx: Trx, { id }: Deal, at: Date): Promise<void> {
  await trx<Row>('deals').where({ id }).update({ cancel_requested_at: at });
}

/** An operator ended its risk review. */
export async function markReleased(trx: Trx, { id }: Deal, at: Date): Promise<void> {
  await trx<Row>('deals').where({ id }).update({ released_at: at });
}

/** From now on it pays this account of the recipient. */
export async function changeRecipient(trx: Trx, { id }: Deal, recipientId: string): Promise<void> {
  await trx<Row>('deals').where({ id }).update({ recipient_id: recipientId });
}

/**
 * Whether a leg of the deal is undecided, as SQL over `deals`; what a slow worker says of a decided one comes too late.
 */
const UNDECIDED = {
  charge: `exists (select 1 from payments where deal_id = deals.id and status = 'PENDING')`,
  transfer: `exists (select 1 from transfers where deal_id = deals.id and status in ('PENDING', 'PROCESSING'))`,
  refund: `exists (select 1 from refunds r join payments p on p.id = r.payment_id
    where r.deal_id = deals.id and r.status = 'PENDING' and not p.late)`,
} as const;

/**
 * Shows at once that a provider's answer is missing, before the workflow hears of it. The deal is locked first: a
 * statement that waits for its row while another try writes the result would still see the leg as it was before.
 */
export async function noteUnknown(db: Db, dealId: DealId, leg: keyof typeof UNDECIDED, at: Date): Promise<void> {
  await db.transaction(async (trx) => {
    await trx('deals').where({ id: dealId }).forUpdate().first('id');
    await trx('deals')
      .where({ id: dealId })
      .whereNull('waiting_reason')
      .whereRaw(UNDECIDED[leg])
      .update({ waiting_reason: `${leg}-unknown`, waiting_since: at });
  });
}

/**
 * Records a wait that the workflow begins, and raises its alarm or task once. Not when the deal has ended, nor while a
 * person pays it by hand, nor when the leg it waits to hear of was decided meanwhile: what the decision wrote stands.
 * Answers whether it was recorded.
 */
export async function recordWaiting(db: Db, wait: WaitRecord, at: Date): Promise<boolean> {
  return db.transaction(async (trx) => {
    const deal = await lockDeal(trx, wait.dealId);
    if (isTerminal(deal.status)) return false;
    // What a person pays by hand waits for that and nothing else, and a run that still waits for it comes too late.
    if ((deal.waitingReason === 'paying-by-hand') !== (wait.reason === 'paying-by-hand')) return false;
    if (wait.about && (await wasDecided(trx, deal.id, wait.about))) return false;
    await setWaiting(trx, deal, { reason: wait.reason, nextMoveAt: nextMoveOf(wait, at) }, at);
    if (wait.raise) await raise(trx, deal.id, wait.raise, wait.reason);
    return true;
  });
}

/** Whether this attempt has its result; refunds have no attempts, and end with the deal or with their own row. */
async function wasDecided(
  trx: Trx,
  dealId: DealId,
  { leg, attempt }: NonNullable<WaitRecord['about']>,
): Promise<boolean> {
  if (leg === 'refund') return false;
  const row = await trx(leg === 'charge' ? 'payments' : 'transfers')
    .where({ deal_id: dealId, attempt })
    .first('status');
  return row !== undefined && row.status !== 'PENDING' && row.status !== 'PROCESSING';
}

/** A deal that waits for the retry batch may be given up before it comes. */
function nextMoveOf({ reason, nextMoveInMs }: WaitRecord, at: Date): Date | null {
  const said = nextMoveInMs === null ? null : new Date(at.getTime() + nextMoveInMs);
  if (reason !== 'retry-due') return said;
  const batch = nextRetryBatchAt(at);
  return said && said < batch ? said : batch;
}

/** Keeps an action that moves no state; its event carries no version. */
export async function recordAction(trx: Trx, deal: Deal, action: DealAction, by: ActionBy): Promise<void> {
  await trx('deal_events').insert({
    deal_id: deal.id,
    from_state: deal.status,
    to_state: deal.status,
    actor: by.actor,
    cause: action,
    note: by.reason,
    request_id: by.request ?? null,
  });
}
