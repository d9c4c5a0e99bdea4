/** The bank's list of one trading date (spec §6), read as a stream. */
import { ProviderError } from '../../../workflows/domain/providers';
import type { BankLine } from '../../../workflows/domain/reconciliation';
import type { ProviderAddress } from '../http';
import { type Fields, type ListForm, readJsonList } from '../json-list';
import { isText, isTime, wholeOf } from '../line-fields';

const LIST = 'bank day list';
const PATHS = ['$.rspCode', '$.bankRspCode', '$.tradingDate', '$.transfers.*'];

/**
 * The list's lines, in batches, in the order of the bank. Throws ProviderError; what the answer says of itself is
 * judged at its end.
 */
export async function* readDayList(address: ProviderAddress, tradingDate: string): AsyncGenerator<readonly BankLine[]> {
  const url = `${address.url.replace(/\/+$/, '')}/transfers?tradingDate=${encodeURIComponent(tradingDate)}`;
  const isLine = (key: unknown, depth: number) => typeof key === 'number' && depth === 2;
  const isEmptyList = (body: unknown) => Array.isArray((body as Fields | null)?.transfers);
  const form: ListForm = { isLine, isEmptyList, said: new Map() };
  const read = (line: Fields) => (line.tradingDate === tradingDate ? bankLine(line) : 'its tradingDate is another');
  yield* readJsonList({ operation: LIST, url, paths: PATHS }, address, form, read);
  const { rspCode, bankRspCode, tradingDate: day } = Object.fromEntries(form.said);
  if (rspCode !== 'A0000' || bankRspCode !== '0000')
    throw new ProviderError('OutcomeUnknown', LIST, 'not accepted by both layers');
  if (day !== tradingDate) throw new ProviderError('ContractBroken', LIST, 'the list of another trading date');
}

const BANK_CODE = /^\d{3}$/;
const LAST4 = /^\d{4}$/;
/** Told in its form, or not told; more of an account number than its end must not get into our rows. */
const isUntoldOr = (form: RegExp, value: unknown): value is string | null | undefined =>
  value === undefined || value === null || (typeof value === 'string' && form.test(value));

function bankLine(line: Fields): BankLine | string {
  const { reference, status, bankRspCode, bankCode, accountLast4, at } = line;
  if (!isText(reference)) return 'reference is not a text';
  const amount = wholeOf(line.amount);
  if (amount === null) return 'amount is not a whole number of won';
  if (!isText(status)) return 'status is not a text';
  if (!isTime(at)) return 'at is not a time with its offset';
  if (!isUntoldOr(BANK_CODE, bankCode)) return 'bankCode is not three digits';
  if (!isUntoldOr(LAST4, accountLast4)) return 'accountLast4 is not four digits';
  const code = isText(bankRspCode) ? bankRspCode : null;
  return { reference, amount, status, code, bankCode: bankCode ?? null, accountLast4: accountLast4 ?? null, at };
}
