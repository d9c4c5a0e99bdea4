/** The bank's statement of PLIC's account for one KST day (assumed: docs/external-interfaces.md), read as a stream. */
import { kstDayOf } from '../../../workflows/domain/bank-calendar';
import { ProviderError, type Statement } from '../../../workflows/domain/providers';
import type { StatementBalances, StatementLine } from '../../../workflows/domain/reconciliation';
import type { ProviderAddress } from '../http';
import { type Fields, type ListForm, readJsonList } from '../json-list';
import { isDay, isText, isTime, wholeOf } from '../line-fields';

const STATEMENT = 'bank statement';
const PATHS = ['$.rspCode', '$.bankRspCode', '$.date', '$.openingBalance', '$.closingBalance', '$.lines.*'];

/**
 * The statement; its lines come in batches, in the order of the bank. Reading them throws ProviderError; what the
 * answer says of itself is judged at its end.
 */
export function readStatement(address: ProviderAddress, day: string): Statement {
  let balances: StatementBalances | undefined;
  return {
    lines: linesOf(address, day, (told) => {
      balances = told;
    }),
    balances() {
      if (!balances) throw new ProviderError('OutcomeUnknown', STATEMENT, 'it was not read to its end');
      return balances;
    },
  };
}

async function* linesOf(
  address: ProviderAddress,
  day: string,
  ended: (balances: StatementBalances) => void,
): AsyncGenerator<readonly StatementLine[]> {
  const url = `${address.url.replace(/\/+$/, '')}/statements?date=${encodeURIComponent(day)}`;
  const isLine = (key: unknown, depth: number) => typeof key === 'number' && depth === 2;
  const isEmptyList = (body: unknown) => Array.isArray((body as Fields | null)?.lines);
  const form: ListForm = { isLine, isEmptyList, said: new Map() };
  let sum = 0;
  const read = (fields: Fields) => statementLine(fields, day);
  for await (const batch of readJsonList({ operation: STATEMENT, url, paths: PATHS }, address, form, read)) {
    for (const { amount } of batch) sum += amount;
    yield batch;
  }
  const balances = balancesOf(Object.fromEntries(form.said), day);
  if (balances.opening + sum !== balances.closing) throw broken('it does not add up to its closing balance');
  ended(balances);
}

const broken = (reason: string) => new ProviderError('ContractBroken', STATEMENT, reason);

function balancesOf(said: Fields, day: string): StatementBalances {
  if (said.rspCode !== 'A0000' || said.bankRspCode !== '0000')
    throw new ProviderError('OutcomeUnknown', STATEMENT, 'not accepted by both layers');
  if (said.date !== day) throw broken('the statement of another day');
  const [opening, closing] = [wholeOf(said.openingBalance), wholeOf(said.closingBalance)];
  if (opening === null || closing === null) throw broken('a balance is not a whole number of won');
  return { opening, closing };
}

/** The PG's payments name their settle date; a second one of a date ends with its number. */
const SETTLEMENT = /^SOFTPAYMENT-(\d{4}-\d\d-\d\d)(-\d+)?$/;

function statementLine(line: Fields, day: string): StatementLine | string {
  const { id, at, kind, reference } = line;
  if (!isText(id)) return 'id is not a text';
  const amount = wholeOf(line.amount);
  if (amount === null || amount === 0) return 'amount is not a whole number of won, or is 0';
  if (!isTime(at)) return 'at is not a time with its offset';
  if (kstDayOf(new Date(at)) !== day) return 'it is of another day';
  if (!isText(kind)) return 'kind is not a text';
  if (!isText(reference)) return 'reference is not a text';
  return { id, at, amount, ...eventOf(kind, reference) };
}

/** Whatever is neither a transfer, a return nor a settlement is for the owner's orders to explain. */
function eventOf(kind: string, reference: string): Pick<StatementLine, 'kind' | 'reference'> {
  if (kind === 'transfer' || kind === 'return') return { kind, reference };
  const settleDate = SETTLEMENT.exec(reference)?.[1];
  return isDay(settleDate) ? { kind: 'settlement', reference: settleDate } : { kind: 'owner-funds', reference };
}
