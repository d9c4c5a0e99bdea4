/**
 * Paying the recipient (spec §4.4, §5): the transfer row with reference, trading date and amount is committed before
 * the bank is asked. A row whose fate is unknown is queried, never sent anew; the same reference is sent again only
 * when the bank has not known it for the settle time.
 */
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, memoOf, moveDeal, setWaiting } from '../../db/deals';
import { barOf } from '../../db/doubts';
import { placeOf } from '../../db/encrypted-columns';
import { closeNews, doubtNews } from '../../db/provider-news';
import { readAccount } from '../../db/recipients';
import { transferInLists } from '../../db/reconciliation/proof';
import type { PendingRuling } from '../../db/rulings';
import type { Answered } from '../../db/sends';
import { claimJob } from '../../db/transfer-jobs';
import {
  addTransfer,
  decideTransfer,
  findTransfer,
  isUndecided,
  lastTransfer,
  markProcessing,
  markSentAgain,
  needsAnotherAccount,
  type Transfer,
} from '../../db/transfers';
import type { MoneyActivities, TransferOutcome, TransferRequest } from '../../workflows/deal/ports';
import { kstDayOf, opensAt } from '../../workflows/domain/bank-calendar';
import { DONE_CODE } from '../../workflows/domain/bank-codes';
import type { DealState } from '../../workflows/domain/deal-state';
import { transferReferenceOf } from '../../workflows/domain/ids';
import type { FindAnswer, SendAnswer, TransferStanding } from '../../workflows/domain/providers';
import { unsettledMs } from '../../workflows/domain/verdicts';
import { type Heard, type Intent, type Judged, type Question, takeMoneyStep } from '../money-step';
import type { MoneyDeps } from './money-deps';
import { accountOf, type NextTransfer, nextTransfer } from './transfer-account';
import { bookFailure, bookIntent, bookPayout, bookReturn, completeDeal, failDeal } from './transfer-bookings';
import { hearLate } from './transfer-news';

type TransferIntent = Intent<Transfer, TransferOutcome>;
/** What was told about a transfer; a failure names its code and whether another reference may follow. */
type TransferHeard = Heard &
  (
    | { readonly told: 'sent-failed' | 'found-failed' | 'unlisted' | 'ruled-failed'; readonly failure: Failure }
    | { readonly told: 'sent-processing' | 'found-processing'; readonly code: string }
    | { readonly told: 'sent-done' | 'sent-refused' | 'found-done' | 'found-returned' | 'found-nothing' | 'ruled-done' }
  );
type Failure = Pick<Extract<TransferStanding, { kind: 'failed' }>, 'code' | 'retryable'>;

/** No list of the bank's has it, or a person says so: another reference may follow. */
const unlisted = (code: 'not-listed' | 'ruled-failed'): Failure => ({ code, retryable: true });

/** `transferToRecipient` over PostgreSQL and the bank. */
export function transferActivities(deps: MoneyDeps): Pick<MoneyActivities, 'transferToRecipient'> {
  const { db, keys, bank, clock } = deps;

  async function send(transfer: Transfer, { post }: Question, left: () => number): Promise<SendAnswer> {
    const account = await accountOf(deps, transfer);
    const memo = await keys.decrypt(await memoOf(db, transfer.dealId), placeOf('memo', transfer.dealId));
    return post(() => bank.transfer({ ...transfer, ...account, memo }, left()), readSend);
  }

  /**
   * Asks the bank what became of a transfer sent before; sends the same reference again once the bank surely never had
   * it, and nothing holds it back: it would be a new payment.
   */
  async function resolve(transfer: Transfer, question: Question, request: Round): Promise<TransferHeard> {
    const { ruling } = question;
    if (ruling?.verdict === 'done') return { told: 'ruled-done' };
    const { left, roundMs, notFoundSettleMs } = request;
    const found = heardFrom('found', await bank.findTransfer(transfer, left()));
    if (ruling && found.told === 'found-processing')
      return { ...found, ruling: { standing: 'refused', why: 'the bank says that it is still deciding' } };
    if (found.told !== 'found-nothing') return found;
    const listed = await transferInLists(db, transfer);
    if (listed === 'absent') return { told: 'unlisted', failure: unlisted('not-listed') };
    if (listed) return heardFrom('found', { kind: listed });
    if (ruling) return ruledFailed(transfer, ruling, notFoundSettleMs);
    const at = clock();
    if (left() < roundMs / 4 || !(await mayGoAgain(transfer, notFoundSettleMs, at))) return found;
    if (!(await markSentAgain(db, transfer, at))) return found;
    const sent = heardFrom('sent', await send(transfer, question, left));
    if (sent.told === 'sent-done') return sent;
    return heardFrom('found', await bank.findTransfer(transfer, left()));
  }

  /** The bank said that it had it: never again. Nor before the settle time, into a closed window, or on another day. */
  async function mayGoAgain(transfer: Transfer, notFoundSettleMs: number, at: Date): Promise<boolean> {
    if (transfer.status === 'PROCESSING' || kstDayOf(at) !== transfer.tradingDate) return false;
    if (unsettledMs(transfer.lastSentAt, notFoundSettleMs, at) > 0) return false;
    const { bankCode } = await readAccount(db, transfer.recipientId);
    return opensAt(bankCode, at) === null;
  }

  return {
    transferToRecipient: async (request) => {
      const next = await nextTransfer(deps, request);
      const until = performance.now() + request.roundMs;
      const left = () => Math.max(1, Math.trunc(until - performance.now()));
      const { roundMs, notFoundSettleMs } = request;
      return takeMoneyStep<Transfer, TransferHeard, TransferOutcome>(deps, {
        ...{ dealId: request.dealId, leg: 'transfer', waits: true, settleMs: notFoundSettleMs },
        open: (trx, at) => openTransfer(trx, { ...request, next }, at),
        ask: async (transfer, question) =>
          question.fresh
            ? heardFrom('sent', await send(transfer, question, left))
            : resolve(transfer, question, { left, roundMs, notFoundSettleMs }),
        close: (trx, transfer, heard, judged, at) => closeTransfer(trx, request, { sent: transfer, heard, judged }, at),
      });
    },
  };
}

interface Round extends Pick<TransferRequest, 'roundMs' | 'notFoundSettleMs'> {
  /** How much of its time is left, ms; none is sent in the last quarter: it would be given up at once. */
  readonly left: () => number;
}

/** The bank knows nothing of it: the ruling holds when the last send had surely ended by the time of its evidence. */
function ruledFailed(transfer: Transfer, { evidenceAt }: PendingRuling, notFoundSettleMs: number): TransferHeard {
  if (unsettledMs(transfer.lastSentAt, notFoundSettleMs, evidenceAt) === 0)
    return { told: 'ruled-failed', failure: unlisted('ruled-failed') };
  const why = 'its evidence is older than what was sent since';
  return { told: 'found-nothing', ruling: { standing: 'refused', why } };
}

/** What a POST's answer says of that one call: `processing` may yet be done, a code in its place judges the call. */
const readSend = ({ kind }: SendAnswer): Answered => ({ answer: kind, unknown: kind === 'processing' });

function heardFrom(by: 'sent' | 'found', answer: FindAnswer | SendAnswer): TransferHeard {
  switch (answer.kind) {
    case 'failed':
      return { told: `${by}-failed`, failure: answer };
    case 'processing':
      return { told: `${by}-processing`, code: answer.code };
    case 'duplicate':
      return { told: 'sent-refused' };
    case 'not-found':
      return { told: 'found-nothing' };
    case 'returned':
      return { told: 'found-returned' };
    case 'done':
      return { told: `${by}-done` };
  }
}

interface Opening extends TransferRequest {
  readonly next: NextTransfer | null;
}

/**
 * The intent: the attempt that is already under way, what became of it, or a new attempt committed before the bank is
 * asked.
 */
async function openTransfer(trx: Trx, request: Opening, at: Date): Promise<TransferIntent> {
  const deal = await lockDeal(trx, request.dealId);
  const last = await lastTransfer(trx, deal.id);
  if (last && last.attempt >= request.attempt) {
    const own = last.attempt === request.attempt ? last : await findTransfer(trx, deal.id, request.attempt);
    if (!own) throw new Error(`deal ${deal.id}: transfer ${request.attempt} is missing`);
    return isUndecided(own) ? intentOf(own, false) : { outcome: storedOutcome(own) };
  }
  if (!isPayable(deal.status)) return { outcome: { kind: 'ended' } };
  if (request.attempt !== (last?.attempt ?? 0) + 1)
    throw new Error(`deal ${deal.id}: transfer ${request.attempt} is out of turn`);
  // What cannot be paid, or came back, is not sent there again.
  if (last && needsAnotherAccount(last) && last.recipientId === deal.recipientId) return { outcome: { kind: 'ended' } };
  if (deal.status === 'PAID' && deal.cancelRequestedAt) return { outcome: { kind: 'cancelled' } };
  if ((await barOf(trx, deal.id, 'transfer')) !== null)
    return { outcome: { kind: 'stopped', failed: await leaveInLine(trx, deal, at) } };
  const { bankCode } = await readAccount(trx, deal.recipientId);
  const opens = opensAt(bankCode, at);
  if (opens) return { outcome: { kind: 'bank-closed', opensInMs: opens.getTime() - at.getTime() } };
  return intentOf(await insertAttempt(trx, deal, request, at), true);
}

const intentOf = (row: Transfer, fresh: boolean): TransferIntent => ({
  ...{ row, key: row.reference, attempt: row.attempt, fresh },
});

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
  { next, attempt, actor, cause, note }: Opening,
  at: Date,
): Promise<Transfer> {
  if (next?.recipientId !== deal.recipientId) throw new Error(`deal ${deal.id}: another account was chosen meanwhile`);
  await claimJob(trx, deal.id, deal.principal, attempt, at);
  const transfer: Transfer = {
    ...next,
    dealId: deal.id,
    attempt,
    reference: transferReferenceOf(deal.dealNo, attempt),
    tradingDate: kstDayOf(at),
    amount: deal.principal,
    status: 'PENDING',
    code: null,
    lastSentAt: at,
    bankReference: null,
  };
  await addTransfer(trx, transfer);
  await bookIntent(trx, transfer);
  if (deal.status !== 'TRANSFERRING')
    await moveDeal(trx, deal, { to: 'TRANSFERRING', actor, cause, ...(note !== undefined && { note }) }, at);
  return transfer;
}

interface Closing {
  readonly sent: Transfer;
  readonly heard: TransferHeard;
  readonly judged: Judged;
}

/**
 * The result: row, ledger, edge and notice in one transaction. Another worker's result stands; what comes after it is
 * evidence, and is judged as late news is.
 */
async function closeTransfer(
  trx: Trx,
  request: TransferRequest,
  { sent, heard, judged }: Closing,
  at: Date,
): Promise<TransferOutcome> {
  const deal = await lockDeal(trx, request.dealId);
  const transfer = await findTransfer(trx, deal.id, sent.attempt);
  if (!transfer || transfer.id !== sent.id) throw new Error(`deal ${deal.id}: ${sent.reference} vanished`);
  if (!isUndecided(transfer)) {
    if (heard.told === 'sent-done' || heard.told === 'found-done') await hearLate(trx, transfer, 'done', at);
    return storedOutcome((await findTransfer(trx, deal.id, sent.attempt)) ?? transfer);
  }
  // What was sent since it was asked about is not in that answer.
  const isOutdated =
    transfer.lastSentAt > sent.lastSentAt && (heard.told === 'ruled-failed' || heard.told === 'unlisted');
  if (judged.verdict === 'unknown' || isOutdated) {
    if (heard.told === 'found-processing' || heard.told === 'sent-processing')
      await markProcessing(trx, transfer.id, heard.code);
    return { kind: 'undecided' };
  }
  if ('failure' in heard) return fail(trx, deal, transfer, heard.failure, request.lastInLine, at);
  const returned = heard.told === 'found-returned';
  await decideTransfer(trx, transfer, returned ? 'RETURNED' : 'COMPLETED', DONE_CODE, at);
  await bookPayout(trx, transfer);
  if (returned) return bookReturn(trx, deal, transfer, at);
  const why =
    heard.told === 'ruled-done' && judged.ruling
      ? ({ cause: 'ruled', note: judged.ruling.reason } as const)
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
  { code, retryable }: Failure,
  lastInLine: boolean,
  at: Date,
): Promise<TransferOutcome> {
  await decideTransfer(trx, transfer, 'FAILED', code, at);
  await bookFailure(trx, transfer);
  const news = { dealNo: deal.dealNo, leg: 'transfer', attempt: transfer.attempt } as const;
  await closeNews(trx, { ...news, says: 'failed' });
  await doubtNews(trx, news);
  if (!retryable || lastInLine) await failDeal(trx, deal, { cause: 'transfer-failed', note: code }, retryable, at);
  else if (deal.waitingReason) await setWaiting(trx, deal, null, at); // the next attempt follows at once
  return { kind: 'failed', code, retryable, returned: false };
}
