/**
 * Paying the recipient (spec §4.4, §5): the transfer row with reference, trading date and amount is committed before
 * the bank is asked. A row whose fate is unknown is queried, never sent anew; the same reference is sent again only
 * when the bank has not known it for the settle time.
 */
import { v7 as uuid } from 'uuid';
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, moveDeal, setWaiting } from '../../db/deals';
import { placeOf } from '../../db/encrypted-columns';
import { closeNews } from '../../db/provider-news';
import { readAccount } from '../../db/recipients';
import { isHeldBack, markSentAgain } from '../../db/transfer-holds';
import { claimJob } from '../../db/transfer-jobs';
import {
  addTransfer,
  decideTransfer,
  findTransfer,
  isUndecided,
  lastTransfer,
  markProcessing,
  needsAnotherAccount,
  type Transfer,
} from '../../db/transfers';
import type { Ruling } from '../../workflows/deal/messages';
import type { MoneyActivities, TransferOutcome, TransferRequest } from '../../workflows/deal/ports';
import { kstDayOf, opensAt } from '../../workflows/domain/bank-calendar';
import { DONE_CODE } from '../../workflows/domain/bank-codes';
import type { DealState } from '../../workflows/domain/deal-state';
import { transferReferenceOf } from '../../workflows/domain/ids';
import type { BankAccount, FindAnswer, SendAnswer, TransferStanding } from '../../workflows/domain/providers';
import { type Intent, takeMoneyStep } from '../money-step';
import type { MoneyDeps } from './money-deps';
import { bookPayout, bookReturn, completeDeal, failDeal } from './transfer-bookings';

type TransferIntent = Intent<Transfer, TransferOutcome>;

/** `transferToRecipient` over PostgreSQL and the bank. */
export function transferActivities(deps: MoneyDeps): Pick<MoneyActivities, 'transferToRecipient'> {
  const { db, bank, clock } = deps;

  async function accountOf(recipientId: string): Promise<BankAccount> {
    const { bankCode, accountNumberEncrypted, holderName } = await readAccount(db, recipientId);
    const accountNumber = await deps.keys.decrypt(accountNumberEncrypted, placeOf('accountNumber', recipientId));
    return { bankCode, accountNumber, holderName };
  }

  async function send(transfer: Transfer): Promise<SendAnswer> {
    return bank.transfer({ ...transfer, ...(await accountOf(transfer.recipientId)), memo: 'PLIC' });
  }

  /**
   * Asks the bank what became of a transfer sent before; sends the same reference again once the bank surely never had
   * it, and nothing holds it back: it would be a new payment.
   */
  async function resolve(transfer: Transfer, notFoundSettleMs: number): Promise<FindAnswer | SendAnswer> {
    const found = await bank.findTransfer(transfer);
    if (found.kind !== 'not-found') return found;
    const at = clock();
    if (transfer.status === 'PROCESSING') return found; // the bank said it had it: never sent again
    if (at.getTime() - transfer.lastSentAt.getTime() < notFoundSettleMs) return found;
    if (!(await markSentAgain(db, transfer, at))) return found;
    const sent = await send(transfer);
    return sent.kind === 'duplicate' ? bank.findTransfer(transfer) : sent;
  }

  return {
    transferToRecipient: (request) =>
      takeMoneyStep<Transfer, FindAnswer | SendAnswer, TransferOutcome>(deps, {
        ...{ dealId: request.dealId, waitsFor: 'transfer', ruling: request.ruling },
        open: (trx, at) => openTransfer(trx, request, at),
        ask: (transfer, fresh) => (fresh ? send(transfer) : resolve(transfer, request.notFoundSettleMs)),
        rule: ruledStanding,
        close: (trx, transfer, answer, ruling, at) => closeTransfer(trx, { ...request, ruling }, transfer, answer, at),
      }),
  };
}

function ruledStanding({ verdict }: Ruling): TransferStanding {
  return verdict === 'done' ? { kind: 'done' } : { kind: 'failed', code: 'ruled-failed', retryable: true };
}

/**
 * The intent: the attempt that is already under way, what became of it, or a new attempt committed before the bank is
 * asked.
 */
async function openTransfer(trx: Trx, request: TransferRequest, at: Date): Promise<TransferIntent> {
  const deal = await lockDeal(trx, request.dealId);
  const last = await lastTransfer(trx, deal.id);
  if (last && last.attempt >= request.attempt) {
    const own = last.attempt === request.attempt ? last : await findTransfer(trx, deal.id, request.attempt);
    if (!own) throw new Error(`deal ${deal.id}: transfer ${request.attempt} is missing`);
    return isUndecided(own) ? { row: own, fresh: false } : { outcome: storedOutcome(own) };
  }
  if (!isPayable(deal.status)) return { outcome: { kind: 'ended' } };
  if (request.attempt !== (last?.attempt ?? 0) + 1)
    throw new Error(`deal ${deal.id}: transfer ${request.attempt} is out of turn`);
  if (deal.status === 'PAID' && deal.cancelRequestedAt) return { outcome: { kind: 'cancelled' } };
  if (await isHeldBack(trx, deal.id, request.attempt))
    return { outcome: { kind: 'stopped', failed: await leaveInLine(trx, deal, at) } };
  const { bankCode } = await readAccount(trx, deal.recipientId);
  const opens = opensAt(bankCode, at);
  if (opens) return { outcome: { kind: 'bank-closed', opensInMs: opens.getTime() - at.getTime() } };
  return { row: await insertAttempt(trx, deal, request, at), fresh: true };
}

const isPayable = (status: DealState): boolean =>
  status === 'PAID' || status === 'TRANSFERRING' || status === 'TRANSFER_FAILED';

/** Between two attempts in line nothing is under way: the deal waits where operators can act on it. */
async function leaveInLine(trx: Trx, deal: Deal, at: Date): Promise<boolean> {
  if (deal.status !== 'TRANSFERRING') return false;
  await failDeal(trx, deal, { cause: 'held-back' }, true, at);
  return true;
}

async function insertAttempt(
  trx: Trx,
  deal: Deal,
  { attempt, actor, cause, note }: TransferRequest,
  at: Date,
): Promise<Transfer> {
  await claimJob(trx, deal.id, deal.principal, attempt, at);
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
  await addTransfer(trx, transfer);
  if (deal.status !== 'TRANSFERRING')
    await moveDeal(trx, deal, { to: 'TRANSFERRING', actor, cause, ...(note !== undefined && { note }) }, at);
  return transfer;
}

/** The result: row, ledger, edge and notice in one transaction. Another worker's result stands. */
async function closeTransfer(
  trx: Trx,
  request: TransferRequest,
  sent: Transfer,
  answer: FindAnswer | SendAnswer,
  at: Date,
): Promise<TransferOutcome> {
  if (answer.kind === 'not-found' || answer.kind === 'duplicate') return { kind: 'undecided' };
  const deal = await lockDeal(trx, request.dealId);
  const transfer = await lastTransfer(trx, deal.id);
  if (!transfer || transfer.id !== sent.id)
    throw new Error(`deal ${deal.id}: ${sent.reference} is no longer the last transfer`);
  if (!isUndecided(transfer)) return storedOutcome(transfer);
  if (answer.kind === 'processing') {
    await markProcessing(trx, transfer.id, answer.code);
    return { kind: 'undecided' };
  }
  if (answer.kind === 'failed') return fail(trx, deal, transfer, answer, request.lastInLine, at);
  await decideTransfer(trx, transfer, answer.kind === 'done' ? 'COMPLETED' : 'RETURNED', DONE_CODE, at);
  if (answer.kind === 'returned') {
    await bookPayout(trx, transfer);
    return bookReturn(trx, deal, transfer, at);
  }
  const why = request.ruling
    ? ({ cause: 'ruled', note: request.ruling.reason } as const)
    : ({ cause: 'transferred' } as const);
  await completeDeal(trx, deal, transfer, why, at);
  return { kind: 'completed' };
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
  await decideTransfer(trx, transfer, 'FAILED', code, at);
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'transfer', attempt: transfer.attempt, says: 'failed' });
  if (!retryable || lastInLine) await failDeal(trx, deal, { cause: 'transfer-failed', note: code }, retryable, at);
  else if (deal.waitingReason) await setWaiting(trx, deal, null, at); // the next attempt follows at once
  return { kind: 'failed', code, retryable, returned: false };
}
