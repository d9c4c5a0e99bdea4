/** The bank-transfer provider (spec §6, modelled on Korean firm banking): knows the wire, not the business. */
import { z } from 'zod';
import { DONE_CODE, isTerminalBankCode } from '../../../workflows/domain/bank-codes';
import { isSameHolder } from '../../../workflows/domain/holder-names';
import { won } from '../../../workflows/domain/money';
import {
  type AccountAnswer,
  ProviderError,
  type TransferBank,
  type TransferKey,
  type TransferStanding,
} from '../../../workflows/domain/providers';
import { callProvider, type ProviderAddress, type ProviderAnswer, type ProviderCall } from '../http';
import { wholeWon } from '../wire';
import { DUPLICATE_CODE, isProcessingBankCode, isRetryableBankCode } from './codes';
import { readDayList } from './day-list';
import { readStatement } from './statement';

/** The provider's layer; the second layer, `bankRspCode`, is the bank's. Both must be good. */
const ACCEPTED = 'A0000';
const NOT_FOUND = 'A0404';
const layers = z.object({ rspCode: z.string(), bankRspCode: z.string().nullish() });
const standing = z.object({
  reference: z.string(),
  tradingDate: z.string(),
  amount: wholeWon,
  status: z.enum(['done', 'processing', 'failed', 'returned']),
});
const verified = z.object({ holderName: z.string().trim().min(1).max(100).optional() });
const float = z.object({ balance: wholeWon });

/**
 * Questions that move no money, and that a person or a watch waits for, are asked again soon rather than waited for.
 */
const QUESTION_TIMEOUT_MS = 4_000;

/** The bank keeps so many bytes of a holder's name (assumed: docs/external-interfaces.md). */
const NAME_BYTES = 20;

const VERIFY = 'bank verify';
const TRANSFER = 'bank transfer';
const FIND = 'bank query';
const BALANCE = 'bank balance';

/** The client of one bank-transfer provider. */
export function createBank(address: ProviderAddress): TransferBank {
  const call = (request: ProviderCall, timeoutMs = address.timeoutMs) =>
    callProvider(
      { ...address, timeoutMs: Math.min(address.timeoutMs, timeoutMs) },
      { ...request, headers: { 'x-api-key': address.apiKey } },
    );
  const patience = Math.min(address.timeoutMs, QUESTION_TIMEOUT_MS);
  return {
    async verifyAccount({ bankCode, accountNumber, holderName }) {
      const json = { bankCode, accountNumber, holderName };
      const answer = await call({ operation: VERIFY, method: 'POST', path: '/accounts/verify', json }, patience);
      return readVerification(answer, holderName);
    },
    async transfer({ reference, tradingDate, bankCode, accountNumber, holderName, amount, memo }, withinMs) {
      const json = { reference, tradingDate, bankCode, accountNumber, holderName, amount, memo };
      const answer = await call({ operation: TRANSFER, method: 'POST', path: '/transfers', json }, withinMs);
      const code = bankCodeOf(TRANSFER, answer);
      const status = statusOf(TRANSFER, answer, { reference, tradingDate, amount });
      return code === DUPLICATE_CODE ? { kind: 'duplicate' } : standingOf(TRANSFER, code, status);
    },
    async findTransfer({ reference, tradingDate, amount }, withinMs) {
      const path = `/transfers/${encodeURIComponent(reference)}?tradingDate=${encodeURIComponent(tradingDate)}`;
      const answer = await call({ operation: FIND, method: 'GET', path }, withinMs);
      if (answer.status === 404 && layers.safeParse(answer.body).data?.rspCode === NOT_FOUND)
        return { kind: 'not-found' };
      const code = bankCodeOf(FIND, answer);
      return standingOf(FIND, code, statusOf(FIND, answer, { reference, tradingDate, amount }));
    },
    async balance() {
      const answer = await call({ operation: BALANCE, method: 'GET', path: '/balance' }, patience);
      const said = float.safeParse(answer.body);
      if (bankCodeOf(BALANCE, answer) !== DONE_CODE || !said.success)
        throw new ProviderError('OutcomeUnknown', BALANCE, 'the answer tells no balance');
      return won(Math.max(0, said.data.balance));
    },
    dayList: (tradingDate) => readDayList(address, tradingDate),
    statement: (day) => readStatement(address, day),
  };
}

function readVerification(answer: ProviderAnswer, holderName: string): AccountAnswer {
  const code = bankCodeOf(VERIFY, answer);
  if (isTerminalBankCode(code)) return { kind: 'rejected', code };
  if (isRetryableBankCode(code)) throw new ProviderError('Unavailable', VERIFY, `code ${code}`);
  const said = verified.safeParse(answer.body);
  if (code !== DONE_CODE || !said.success)
    throw new ProviderError('OutcomeUnknown', VERIFY, 'an unknown code or answer');
  const told = said.data.holderName?.normalize('NFC'); // none: the bank itself compared the names
  if (told === undefined || isSameHolder(holderName, told, NAME_BYTES)) return { kind: 'verified' };
  return { kind: 'differs', holderName: told };
}

/** The bank's own code, once the provider's layer is good. */
function bankCodeOf(operation: string, { status, body }: ProviderAnswer): string {
  const said = layers.safeParse(body).data;
  if (status !== 200 || said?.rspCode !== ACCEPTED || !said.bankRspCode) {
    throw new ProviderError('OutcomeUnknown', operation, `HTTP ${status}, not accepted by the provider`);
  }
  return said.bankRspCode;
}

/** The status told about our transfer; ContractBroken when the answer is about another one. */
function statusOf(operation: string, { body }: ProviderAnswer, asked: TransferKey): z.infer<typeof standing>['status'] {
  const said = standing.safeParse(body);
  if (!said.success) throw new ProviderError('OutcomeUnknown', operation, 'the answer is not that of a transfer');
  const { reference, tradingDate, amount, status } = said.data;
  if (reference !== asked.reference || tradingDate !== asked.tradingDate) {
    throw new ProviderError('ContractBroken', operation, 'the answer is about another transfer');
  }
  if (amount !== asked.amount) {
    throw new ProviderError('ContractBroken', operation, `another amount (${amount}, not ${asked.amount})`);
  }
  return status;
}

function standingOf(operation: string, code: string, status: TransferStanding['kind']): TransferStanding {
  const retryable = isRetryableBankCode(code);
  let read: TransferStanding;
  if (code === DONE_CODE) read = status === 'returned' ? { kind: 'returned' } : { kind: 'done' };
  else if (isProcessingBankCode(code)) read = { kind: 'processing', code };
  else if (retryable || isTerminalBankCode(code)) read = { kind: 'failed', code, retryable };
  else throw new ProviderError('OutcomeUnknown', operation, 'an unknown code');
  if (read.kind !== status)
    throw new ProviderError('ContractBroken', operation, `code ${code} beside status ${status}`);
  return read;
}
