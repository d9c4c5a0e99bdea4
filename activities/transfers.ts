/**
 * Paying the recipient (spec §4.4, §5): the transfer row with reference, trading date and amount is committed before the bank is
 * asked. A row whose fate is unknown is queried, never sent anew; the same reference is sent again only when the bank has not
 * known it for the settle time.
 */
import { v7 as uuid } from 'uuid';
import type { Trx } from '../db/connection';
import { type Deal, lockDeal, moveDeal, noteUnknown, readDeal, setWaiting, type Waiting } from '../db/deals';
import { postEntries } from '../db/ledger';
import { enqueueNotice } from '../db/notices';
import { closeTasks } from '../db/operator-tasks';
import { closeNews, type NewsKey, newsClock } from '../db/provider-news';
import { refundsOf } from '../db/refunds';
import { findTransfer, isUndecided, lastTransfer, needsAnotherAccount, type Transfer } from '../db/transfers';
import { kstDayOf, nextRetryBatchAt, opensAt } from '../workflows/domain/bank-calendar';
import type { DealState } from '../workflows/domain/deal-state';
import { type DealId, transferReferenceOf } from '../workflows/domain/ids';
import { returnPostings, transferPostings } from '../workflows/domain/ledger';
import type { Ruling } from '../workflows/messages';
import { closeWithTask } from './alarms';
import { ProviderError } from './failures';
import type { MoneyActivities, TransferOutcome, TransferRequest } from './index';
import type { MoneyDeps } from './money-deps';
import type { FindAnswer, SendAnswer, TransferStanding } from './providers/bank';

type Intent = { readonly outcome: TransferOutcome } | { readonly transfer: Transfer; readonly fresh: boolean };
type Account = { bankCode: string; accountNumber: string; holderName: string };

/** `transferToRecipient` and `recheckTransfer` over PostgreSQL and the bank. */
export function transferActivities(deps: MoneyDeps): Pick<MoneyActivities, 'transferToRecipient' | 'recheckTransfer'> {
  const { db, bank, clock } = deps;

  async function accountOf(recipientId: string): Promise<Account> {
    const row = await db('bank_accounts').where({ id: recipientId }).first();
    const place = { table: 'bank_accounts', row: recipientId, column: 'account_number_encrypted' };
    const accountNumber = await deps.keys.decrypt(row.account_number_encrypted, place);
    return { bankCode: row.bank_code, accountNumber, holderName: row.holder_name };
  }

  async function send(transfer: Transfer): Promise<SendAnswer> {
    return bank.transfer({ ...transfer, ...(await accountOf(transfer.recipientId)), memo: 'PLIC' });
  }

  /**
   * Asks the bank what became of a transfer sent before; sends the same reference again once the bank surely never had it, and nothing
   * holds it back: it would be a new payment.
   */
  async function resolve(transfer: Transfer, notFoundSettleMs: number): Promise<FindAnswer | SendAnswer> {
    const found = await bank.findTransfer(transfer);
    if (found.kind !== 'not-found') return found;
    const at = clock();
    if (transfer.status === 'PROCESSING') return found; // the bank said it had it: never sent again
    if (at.getTime() - transfer.lastSentAt.getTime() < notFoundSettleMs) return found;
    if (!(await db.transaction((trx) => markSentAgain(trx, transfer, at)))) return found;
    const sent = await send(transfer);
    return sent.kind === 'duplicate' ? bank.findTransfer(transfer) : sent;
  }

  return {
    async transferToRecipient(request) {
      const intent = await db.transaction((trx) => openTransfer(trx, request, clock()));
      if ('outcome' in intent) return intent.outcome;
      const { transfer, fresh } = intent;
      // A ruling decides what was sent before, never an intent that has only now been made.
      const ruling = fresh ? undefined : request.ruling;
      const ask = ruling
        ? Promise.resolve(ruledStanding(ruling))
        : fresh
          ? send(transfer)
          : resolve(transfer, request.notFoundSettleMs);
      const answer = await ask.catch(async (error: unknown) => {
        if (error instanceof ProviderError) await noteUnknown(db, request.dealId, 'transfer', clock());
        throw error;
      });
      if (answer.kind === 'not-found' || answer.kind === 'duplicate') return { kind: 'undecided' };
      return db.transaction((trx) => closeTransfer(trx, { ...request, ruling }, transfer, answer, clock()));
    },

    async recheckTransfer({ dealId, attempt }) {
      const { dealNo } = await readDeal(db, dealId);
      const transfer = await findTransfer(db, dealId, attempt);
      if (!transfer || isUndecided(transfer)) return 'unchanged'; // whoever is asking about it hears the answer
      const news: NewsKey = { dealNo, leg: 'transfer', attempt, receivedBefore: await newsClock(db) };
      const answer = transfer.status === 'RETURNED' ? 'returned' : (await bank.findTransfer(transfer)).kind;
      await db.transaction((trx) => hear(trx, transfer, answer, news, clock()));
      await closeTasks(db, dealId, ['late-news-unanswered']);
      return standingOf(await readDeal(db, dealId), await lastTransfer(db, dealId), attempt);
    },
  };
}

function ruledStanding({ verdict }: Ruling): TransferStanding {
  return verdict === 'done' ? { kind: 'done' } : { kind: 'failed', code: 'ruled-failed', retryable: true };
}

/** The intent: the attempt that is already under way, what became of it, or a new attempt committed before the bank is asked. */
async function openTransfer(trx: Trx, request: TransferRequest, at: Date): Promise<Intent> {
  const deal = await lockDeal(trx, request.dealId);
  const last = await lastTransfer(trx, deal.id);
  if (last && last.attempt >= request.attempt) {
    const own = last.attempt === request.attempt ? last : await findTransfer(trx, deal.id, request.attempt);
    if (!own) throw new Error(`deal ${deal.id}: transfer ${request.attempt} is missing`);
    return isUndecided(own) ? { transfer: own, fresh: false } : { outcome: storedOutcome(own) };
  }
  if (!isPayable(deal.status)) return { outcome: { kind: 'ended' } };
  if (request.attempt !== (last?.attempt ?? 0) + 1)
    throw new Error(`deal ${deal.id}: transfer ${request.attempt} is out of turn`);
  if (deal.status === 'PAID' && deal.cancelRequestedAt) return { outcome: { kind: 'cancelled' } };
  if (await isHeldBack(trx, deal.id)) return { outcome: { kind: 'stopped', failed: await leaveInLine(trx, deal, at) } };
  const recipient = await trx('bank_accounts').where({ id: deal.recipientId }).first('bank_code');
  const opens = opensAt(recipient.bank_code, at);
  if (opens) return { outcome: { kind: 'bank-closed', opensInMs: opens.getTime() - at.getTime() } };
  return { transfer: await insertAttempt(trx, deal, request, at), fresh: true };
}

/**
 * Operators stopped transfers, or the charge may be taken back, or was given back by somebody else, or the recipient has the money of a
 * transfer that was called failed: nothing is paid out before a person has looked.
 */
async function isHeldBack(trx: Trx, dealId: DealId): Promise<boolean> {
  const { rows } = await trx.raw(
    `select 1 from stop_switches where leg = 'transfer'
     union all select 1 from chargebacks where deal_id = :dealId and status <> 'WON'
     union all select 1 from operator_tasks where deal_id = :dealId and closed_at is null
       and reason in ('paid-after-failure', 'refund-not-ours') limit 1`,
    { dealId },
  );
  return rows.length > 0;
}

/** Whether this reference may be sent once more; noted before it is. Not while news of another attempt waits: that one may have paid. */
async function markSentAgain(trx: Trx, { id, dealId, attempt }: Transfer, at: Date): Promise<boolean> {
  const { dealNo } = await lockDeal(trx, dealId);
  const others = trx('pg_webhook_events').where({ deal_no: dealNo, leg: 'transfer' }).whereNot({ attempt });
  if ((await others.whereNull('processed_at').first('event_id')) || (await isHeldBack(trx, dealId))) return false;
  return (await trx('transfers').where({ id, status: 'PENDING' }).update({ last_sent_at: at })) === 1;
}

const isPayable = (status: DealState): boolean =>
  status === 'PAID' || status === 'TRANSFERRING' || status === 'TRANSFER_FAILED';

/** Between two attempts in line nothing is under way: the deal waits where operators can act on it. */
async function leaveInLine(trx: Trx, deal: Deal, at: Date): Promise<boolean> {
  if (deal.status !== 'TRANSFERRING') return false;
  await failDeal(trx, deal, 'held back', true, at);
  return true;
}

async function insertAttempt(
  trx: Trx,
  deal: Deal,
  { attempt, actor, cause }: TransferRequest,
  at: Date,
): Promise<Transfer> {
  await trx('transfer_jobs')
    .insert({ deal_id: deal.id, amount: deal.principal, status: 'PROCESSING', attempts: 1 })
    .onConflict('deal_id')
    .merge({ status: 'PROCESSING', attempts: attempt, updated_at: at });
  const transfer: Transfer = {
    id: uuid(),
    dealId: deal.id,
    attempt,
    reference: transferReferenceOf(deal.dealNo, attempt),
    tradingDate: kstDayOf(at),
    recipientId: deal.recipientId,
    amount: deal.principal,
    status: 'PENDING',
    code: null,
    lastSentAt: at,
  };
  await trx('transfers').insert({
    id: transfer.id,
    deal_id: transfer.dealId,
    attempt,
    reference: transfer.reference,
    trading_date: transfer.tradingDate,
    recipient_id: transfer.recipientId,
    amount: transfer.amount,
    last_sent_at: at,
  });
  if (deal.status !== 'TRANSFERRING') await moveDeal(trx, deal, { to: 'TRANSFERRING', actor, cause }, at);
  return transfer;
}

/** The result: row, ledger, edge and notice in one transaction. Another worker's result stands. */
async function closeTransfer(
  trx: Trx,
  request: TransferRequest,
  sent: Transfer,
  answer: TransferStanding,
  at: Date,
): Promise<TransferOutcome> {
  const deal = await lockDeal(trx, request.dealId);
  const transfer = await lastTransfer(trx, deal.id);
  if (!transfer || transfer.id !== sent.id)
    throw new Error(`deal ${deal.id}: ${sent.reference} is no longer the last transfer`);
  if (!isUndecided(transfer)) return storedOutcome(transfer);
  if (answer.kind === 'processing') {
    await trx('transfers').where({ id: transfer.id }).update({ status: 'PROCESSING', code: answer.code });
    return { kind: 'undecided' };
  }
  if (answer.kind === 'failed') return fail(trx, deal, transfer, answer, request.lastInLine, at);
  await decide(trx, transfer, answer.kind === 'done' ? 'COMPLETED' : 'RETURNED', '0000', at);
  if (answer.kind === 'returned') {
    await postPayout(trx, transfer);
    return bookReturn(trx, deal, transfer, at);
  }
  await complete(trx, deal, transfer, request.ruling ? `ruled: ${request.ruling.reason}` : 'transferred', at);
  return { kind: 'completed' };
}

/** The recipient has the principal: ledger, edge and notice. */
async function complete(trx: Trx, deal: Deal, transfer: Transfer, cause: string, at: Date): Promise<void> {
  await postPayout(trx, transfer);
  await moveDeal(trx, deal, { to: 'COMPLETED', actor: 'system', cause }, at);
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'transfer', attempt: transfer.attempt, types: ['transfer.done'] });
  await tellPayer(trx, deal, 'deal-completed', deal.principal);
}

function postPayout(trx: Trx, { dealId, reference, amount }: Transfer): Promise<void> {
  const journal = { dealId, kind: 'transfer', key: `transfer:${reference}` } as const;
  return postEntries(trx, { ...journal, postings: transferPostings(amount) });
}

/** What an earlier run decided; whether a failure may be retried is read from its code again. */
function storedOutcome(transfer: Transfer): TransferOutcome {
  if (transfer.status === 'COMPLETED') return { kind: 'completed' };
  const returned = transfer.status === 'RETURNED';
  return { kind: 'failed', code: transfer.code ?? 'unknown', retryable: !needsAnotherAccount(transfer), returned };
}

async function fail(
  trx: Trx,
  deal: Deal,
  transfer: Transfer,
  { code, retryable }: Extract<TransferStanding, { kind: 'failed' }>,
  lastInLine: boolean,
  at: Date,
): Promise<TransferOutcome> {
  await decide(trx, transfer, 'FAILED', code, at);
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'transfer', attempt: transfer.attempt, types: ['transfer.failed'] });
  if (!retryable || lastInLine) await failDeal(trx, deal, code, retryable, at);
  else if (deal.waitingReason) await setWaiting(trx, deal, null, at); // the next attempt follows at once
  return { kind: 'failed', code, retryable, returned: false };
}

async function failDeal(trx: Trx, deal: Deal, code: string, retryable: boolean, at: Date): Promise<void> {
  const waiting: Waiting = retryable
    ? { reason: 'retry-due', nextMoveAt: nextRetryBatchAt(at) }
    : { reason: 'operator-needed', nextMoveAt: null };
  await moveDeal(trx, deal, { to: 'TRANSFER_FAILED', actor: 'system', cause: `transfer failed: ${code}`, waiting }, at);
  if (!deal.failingSince) await tellPayer(trx, deal, 'deal-failed', deal.principal);
}

/** The bank gave the money back: the deal owes it to the recipient again, and only another account or a refund mends it. */
async function bookReturn(trx: Trx, deal: Deal, transfer: Transfer, at: Date): Promise<TransferOutcome> {
  await trx('transfer_jobs').where({ deal_id: deal.id }).update({ status: 'FAILED', updated_at: at });
  await postEntries(trx, {
    dealId: deal.id,
    kind: 'return',
    key: `return:${transfer.reference}`,
    postings: returnPostings(transfer.amount),
  });
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'transfer', attempt: transfer.attempt });
  await failDeal(trx, deal, 'returned', false, at);
  return { kind: 'failed', code: 'returned', retryable: false, returned: true };
}

type BankWord = FindAnswer['kind'];

/**
 * What the bank says of a transfer that was decided before: money that came back reopens the deal, money that arrived after all
 * completes it, and what fits neither is told to a person. While the bank itself does not know, the news stays open.
 */
async function hear(trx: Trx, { id, dealId }: Transfer, answer: BankWord, news: NewsKey, at: Date): Promise<void> {
  const deal = await lockDeal(trx, dealId);
  const transfer = await findTransfer(trx, dealId, news.attempt ?? 0);
  if (transfer?.id !== id || answer === 'processing' || answer === 'not-found') return;
  if (transfer.status === 'COMPLETED' && answer === 'returned') {
    await trx('transfers').where({ id }).update({ status: 'RETURNED', code: 'returned' });
    await bookReturn(trx, deal, transfer, at);
  } else if (transfer.status === 'COMPLETED' && answer === 'failed') {
    return closeWithTask(trx, dealId, news, 'transfer-contradicted');
  } else if (transfer.status === 'FAILED' && answer !== 'failed') {
    const stands = answer === 'done' && (await canStillComplete(trx, deal, transfer));
    if (!stands) return closeWithTask(trx, dealId, news, 'paid-after-failure');
    await completeLate(trx, deal, transfer, at);
  }
  await closeNews(trx, news);
}

/** No other attempt was made meanwhile, and no refund begun. */
async function canStillComplete(trx: Trx, deal: Deal, { attempt }: Transfer): Promise<boolean> {
  if (deal.status !== 'TRANSFERRING' && deal.status !== 'TRANSFER_FAILED') return false;
  const last = await lastTransfer(trx, deal.id);
  const refunds = await refundsOf(trx, deal.id);
  return (
    last?.attempt === attempt && refunds.every(({ principal, status }) => principal === 0 || status === 'REJECTED')
  );
}

/** The recipient was paid by a transfer that was called failed: that is the one payout of this deal (spec §5.2). */
async function completeLate(trx: Trx, deal: Deal, transfer: Transfer, at: Date): Promise<void> {
  const edge = { actor: 'system', cause: 'the bank paid it after all' } as const;
  if (deal.status === 'TRANSFER_FAILED') await moveDeal(trx, deal, { ...edge, to: 'TRANSFERRING' }, at);
  await decide(trx, transfer, 'COMPLETED', '0000', at);
  await complete(trx, await lockDeal(trx, deal.id), transfer, edge.cause, at);
}

/** What the deal's workflow has to know of this attempt; the answer may be given again. */
function standingOf(deal: Deal, last: Transfer | undefined, attempt: number): 'returned' | 'completed' | 'unchanged' {
  if (last?.attempt !== attempt) return 'unchanged';
  if (last.status === 'COMPLETED' && deal.status === 'COMPLETED') return 'completed';
  const isOpen = deal.status === 'COMPLETED' || deal.status === 'TRANSFER_FAILED';
  return last.status === 'RETURNED' && isOpen ? 'returned' : 'unchanged';
}

async function decide(
  trx: Trx,
  { id, dealId }: Transfer,
  status: 'COMPLETED' | 'FAILED' | 'RETURNED',
  code: string,
  at: Date,
) {
  await trx('transfers')
    .where({ id })
    .update({ status, code: status === 'RETURNED' ? 'returned' : code, decided_at: at });
  await trx('transfer_jobs')
    .where({ deal_id: dealId })
    .update({ status: status === 'COMPLETED' ? 'COMPLETED' : 'FAILED', updated_at: at });
}

async function tellPayer(
  trx: Trx,
  deal: Deal,
  template: 'deal-completed' | 'deal-failed',
  amount: number,
): Promise<void> {
  const { id: dealId, userId, dealNo } = deal;
  await enqueueNotice(trx, { userId, dealId, template, params: { dealNo, amount } });
}
