/**
 * How an operator ends a break: our own books are put right, or the provider's word is booked and
 * kept. Nothing here touches a row of a deal's money; what is posted stays named after the break.
 */

import type { BreakClass } from '../../workflows/domain/breaks';
import type { ActionBy } from '../../workflows/domain/deal-actions';
import type { DealId } from '../../workflows/domain/ids';
import { parseWon, type Won } from '../../workflows/domain/money';
import { type Chargeback, findChargeback } from '../chargebacks';
import type { Db, Trx } from '../connection';
import { lockDeal } from '../deals';
import { canStillComplete } from '../late-payouts';
import { chargedOn, paidOn } from '../manual-transfers';
import { finishRequest, takeRequest } from '../operator-requests';
import { findTransfer } from '../transfers';
import { eventOf } from './booked';
import type { Facts } from './breaks';
import { bookDifference, bookOverpaid, correctBooks, receivableOf } from './corrections';
import { endAccepted } from './doubted';
import { tryTurn } from './matching';

/** What ends the break. */
interface Acceptance extends ActionBy {
  readonly breakId: number;
  /** The PG's number of the dispute that a strange line of the settlement file is of; `none`: of no dispute. */
  readonly chargeback: string | null;
  /** The deal whose workflow carries the order; null: the break is of no deal of ours. */
  readonly dealId: DealId | null;
}

export interface BreakToEnd {
  readonly id: number;
  readonly class: BreakClass;
  readonly source: 'charge' | 'refund' | 'transfer' | 'ledger' | 'cash';
  readonly subject: string;
  readonly dealId: DealId | null;
  readonly attempt: number | null;
  /** Won; of a line that has another amount than our row: the line's, or the difference where that is the class. */
  readonly amount: Won;
  readonly ours: Facts | null;
  readonly theirs: Facts | null;
  /** What the line pays beyond what our books say, won. */
  readonly unsettled: number;
  readonly ofSettlement: boolean;
  readonly resolution: string | null;
  readonly version: number;
}

/** What was known of a break by those who decided to end it: its `version`, with which its facts change. */
interface Seen {
  readonly version?: number;
}

/** `ended`: by this order, now or before (`again`). */
type Accepted =
  | { readonly kind: 'ended'; readonly again: boolean }
  | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): Accepted => ({ kind: 'refused', why });

/**
 * Ends an open break, with who and why, while it is as it was `seen`; undefined: however it is. The same order twice is
 * one. A matching works on all open breaks, so an order that comes in the middle of one is refused.
 */
export async function acceptBreak(trx: Trx, order: Acceptance, seen?: Seen): Promise<Accepted> {
  if (!(await tryTurn(trx))) return refused('a reconciliation is under way: order it again when it has ended');
  const found = await lockBreak(trx, order.breakId);
  if (!found) return refused(`there is no break ${order.breakId}`);
  if (isEndedBy(found.resolution, order)) return { kind: 'ended', again: true };
  if (found.resolution !== null) return refused(`break ${found.id} has ended: ${found.resolution}`);
  if (seen && seen.version !== found.version)
    return refused(`the facts of break ${found.id} have changed since it was asked for: look, then ask again`);
  return found.class === 'ledger-differs' ? endByBooks(trx, found, order) : endByWord(trx, found, order);
}

/** The same under the request that two people made of it: the break names it, and both end together. */
export async function acceptByTwo(trx: Trx, order: Acceptance): Promise<Accepted> {
  const { breakId, request, dealId, chargeback } = order;
  const doing = { subject: `${breakId}`, input: { case: chargeback ?? undefined } };
  const taken = await takeRequest(trx, { request, kind: 'accept', doing, ...(dealId !== null && { dealId }) });
  if (taken.kind === 'refused') return taken;
  if (taken.kind === 'done') return { kind: 'ended', again: true };
  const answer = await acceptBreak(trx, order, taken.seen ?? {});
  if (answer.kind === 'refused') return answer;
  if (answer.again) return refused(`break ${breakId} has ended by another order`);
  await finishRequest(trx, taken.request);
  await trx('reconciliation_breaks').where({ id: breakId }).update({ request_id: taken.request });
  return answer;
}

/** Whether the break was ended by this very order. */
export const isEndedBy = (
  resolution: string | null,
  order: Pick<Acceptance, 'actor' | 'reason' | 'chargeback'>,
): boolean => resolution === wordsOf('accepted', order) || resolution === wordsOf('books corrected', order);

const wordsOf = (
  how: 'accepted' | 'books corrected',
  { actor, reason, chargeback }: Pick<Acceptance, 'actor' | 'reason' | 'chargeback'>,
): string =>
  `${how}${chargeback === null || chargeback === 'none' ? '' : ` as dispute ${chargeback}`} by ${actor}: ${reason}`;

/**
 * The deal whose workflow is to carry the order, and whether it has one; undefined: the break is of no deal of ours.
 */
export async function dealOfOrder(
  db: Db,
  { breakId, chargeback }: Pick<Acceptance, 'breakId' | 'chargeback'>,
): Promise<{ readonly id: DealId; readonly confirmed: boolean } | undefined> {
  const { rows } = await db.raw<{ rows: { id: DealId; confirmed: boolean }[] }>(
    `select d.id, d.confirmed_at is not null as confirmed from reconciliation_breaks b
     left join chargebacks c on c.reference = :chargeback join deals d on d.id = coalesce(b.deal_id, c.deal_id)
     where b.id = :breakId`,
    { breakId, chargeback },
  );
  return rows[0];
}

/**
 * Our row and our journals disagree: the row says what happened. Once the books are right, nothing is left to accept.
 */
async function endByBooks(trx: Trx, found: BreakToEnd, order: Acceptance): Promise<Accepted> {
  if (found.dealId !== order.dealId) return refused(`break ${found.id} is another deal's`);
  const posted = await correctBooks(trx, found, eventsOf(found));
  if (posted) await end(trx, found.id, { resolution: wordsOf('books corrected', order) });
  // A journal without row and postings: there is nothing to correct, and it stays.
  else if (found.source === 'ledger')
    await end(trx, found.id, { resolution: wordsOf('accepted', order), accepted: true });
  else return refused('its books agree by now: the next run ends it');
  return { kind: 'ended', again: false };
}

/**
 * The provider's word is kept while its facts are the same; what its line pays otherwise than our books say is booked.
 */
async function endByWord(trx: Trx, found: BreakToEnd, order: Acceptance): Promise<Accepted> {
  const strange = found.class === 'unknown-line' && found.ofSettlement;
  if (strange && order.chargeback === null)
    return refused('a strange line needs its dispute (--case), or "--case none"');
  const dispute =
    order.chargeback === null || order.chargeback === 'none' ? null : await findChargeback(trx, order.chargeback);
  if (dispute === undefined) return refused(`there is no chargeback ${order.chargeback}`);
  const dealId = found.dealId ?? dispute?.dealId ?? null;
  if (dealId !== order.dealId) return refused(`break ${found.id} is another deal's`);
  const why =
    dispute && (strange ? await misfit(trx, found, dispute) : 'only a strange line of the PG is of a dispute');
  if (why) return refused(why);
  if (await hasMoved(trx, found)) return refused('its books have changed since: reconcile the day again');
  if (await isPartOfReturn(trx, found))
    return refused(
      'not the whole amount came back: ask the bank for the rest, or what it kept, and leave the break open',
    );
  const paid = await paymentOnStatement(trx, found);
  if (paid !== undefined)
    return refused(`the statement of ${paid} has its slip, so it was paid: reconcile that day again`);
  if (await isStillThePayout(trx, found))
    return refused('its deal has not gone on: it asks the bank, and this transfer completes it');
  await end(trx, found.id, {
    ...{ resolution: wordsOf('accepted', order), accepted: true, chargeback_id: dispute?.id ?? null },
  });
  await endAccepted(trx, found);
  if (found.class === 'paid-after-failure') await bookOverpaid(trx, found);
  else await bookDifference(trx, found, { dealId, owed: dispute ? owedBy(found, dispute) : null });
  return { kind: 'ended', again: false };
}

/** What our books say that the PG owes for a line of the dispute: the charge, kept or given back. */
const owedBy = ({ unsettled }: BreakToEnd, { amount }: Chargeback): number => (unsettled < 0 ? 0 - amount : amount);

/** Why the line is not of this dispute; null: it is. */
async function misfit(trx: Trx, found: BreakToEnd, dispute: Chargeback): Promise<string | null> {
  const amount = Number(found.theirs?.amount);
  if (found.dealId !== null && dispute.dealId !== found.dealId)
    return `chargeback ${dispute.reference} is another deal's`;
  if (amount !== owedBy(found, dispute))
    return `chargeback ${dispute.reference} is of ${dispute.amount} won, and the line of ${amount}`;
  if (amount > 0 && dispute.status !== 'WON')
    return `chargeback ${dispute.reference} is not won: note the verdict first`;
  const settled = await trx('reconciliation_breaks')
    .where({ chargeback_id: dispute.id, accepted: true })
    .whereRaw('(unsettled > 0) = ?', [amount > 0])
    .first('id');
  return settled ? `break ${settled.id} is this line of chargeback ${dispute.reference} already` : null;
}

/** Whether our ledger says by now that the PG owes something else for the line than when it was matched. */
async function hasMoved(trx: Trx, found: BreakToEnd): Promise<boolean> {
  const [event] = eventsOf(found);
  if (!found.ofSettlement || found.ours === null || event === undefined) return false;
  return (await receivableOf(trx, event)) !== Number(found.ours.ledger ?? 0);
}

/** Whether of what was paid by hand another amount came back: no journal knows a part of a return. */
async function isPartOfReturn(trx: Trx, { class: kind, dealId, attempt, amount }: BreakToEnd): Promise<boolean> {
  if (kind !== 'manual-transfer-returned' || dealId === null) return false;
  const transfer = await findTransfer(trx, dealId, attempt ?? 0);
  return transfer !== undefined && transfer.amount !== amount;
}

/**
 * The day whose statement has what a person is said not to have paid by hand after all: one that nobody matched yet, or
 * another one than was told. Reopened, its deal would be paid twice.
 */
async function paymentOnStatement(trx: Trx, { class: kind, dealId, attempt }: BreakToEnd): Promise<string | undefined> {
  if (kind !== 'manual-transfer-unproven' || dealId === null) return undefined;
  const transfer = await findTransfer(trx, dealId, attempt ?? 0);
  return transfer?.bankReference ? paidOn(trx, transfer.bankReference, await chargedOn(trx, dealId)) : undefined;
}

/** Whether the transfer that the bank paid after all is not one too many, but the payout that its deal waits for. */
async function isStillThePayout(trx: Trx, { class: kind, dealId, attempt }: BreakToEnd): Promise<boolean> {
  if (kind !== 'paid-after-failure' || dealId === null) return false;
  const transfer = await findTransfer(trx, dealId, attempt ?? 0);
  return transfer !== undefined && canStillComplete(trx, await lockDeal(trx, dealId), transfer);
}

/** The keys of the money events that the break is about; none for a line that no row of ours is behind. */
function eventsOf({ source, subject, ours }: BreakToEnd): string[] {
  if (source === 'ledger') return [eventOf(subject)];
  if (source === 'refund') return typeof ours?.refund === 'string' ? [`refund:${ours.refund}`] : [];
  if (source === 'charge') return [`charge:${subject}`];
  return [`transfer:${subject}`, `return:${subject}`];
}

async function end(trx: Trx, id: number, values: object): Promise<void> {
  await trx('reconciliation_breaks')
    .where({ id })
    .update({ resolved_at: trx.raw('now()'), version: trx.raw('version + 1'), ...values });
}

async function lockBreak(trx: Trx, id: number): Promise<BreakToEnd | undefined> {
  const row = await trx('reconciliation_breaks')
    .where({ id })
    .forUpdate()
    .first(
      ...['class', 'source', 'subject', 'attempt', 'amount', 'ours', 'theirs', 'unsettled', 'resolution', 'version'],
      trx.raw('file_day is not null as "ofSettlement"'),
      { dealId: 'deal_id' },
    );
  return row && { ...row, id, amount: parseWon(row.amount), unsettled: Number(row.unsettled) };
}
