/**
 * The providers' lists of one KST day, read as streams: however long a list is, memory holds one batch of it. A line that is not
 * what the contract says ends the reading with its number; nothing of its content goes into the error.
 */
import { JSONParser } from '@streamparser/json';
import { ProviderError } from '../../workflows/domain/providers';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import { failureOf, type ProviderAddress, refusalOf } from './http';

/** Where the two providers are; `timeoutMs` limits the wait for the first byte, and for each next one. */
export interface DayListAddresses {
  readonly softpayment: ProviderAddress;
  readonly bank: ProviderAddress;
}

/** The lists, in batches, in the order of the provider. Both throw ProviderError. */
export interface DayLists {
  settlementFile(day: string): AsyncGenerator<readonly SettlementLine[]>;
  bankList(tradingDate: string): AsyncGenerator<readonly BankLine[]>;
}

/** Small: what a batch holds survives the collector's first rounds, and a process grows with what survives. */
const BATCH_LINES = 200;
/** More than this without the end of a line is no list. */
const LINE_BYTES_MAX = 65_536;

const SETTLEMENT = 'softpayment settlement file';
const BANK = 'bank day list';

/** The readers of both lists. */
export function createDayLists({ softpayment, bank }: DayListAddresses): DayLists {
  const base = new URL(softpayment.url).pathname === '/' ? new URL('/v1', softpayment.url).href : softpayment.url;
  return {
    async *settlementFile(day) {
      const list = {
        operation: SETTLEMENT,
        url: `${base}/settlements?date=${encodeURIComponent(day)}`,
        paths: ['$.*'],
      };
      const isLine = (key: unknown, depth: number) => typeof key === 'number' && depth === 1;
      const root: Root = { isLine, isEmptyList: Array.isArray, said: new Map() };
      yield* batchesOf(list, softpayment, root, settlementLine);
    },
    async *bankList(tradingDate) {
      const url = `${bank.url.replace(/\/+$/, '')}/transfers?tradingDate=${encodeURIComponent(tradingDate)}`;
      const paths = ['$.rspCode', '$.bankRspCode', '$.tradingDate', '$.transfers.*'];
      const isLine = (key: unknown, depth: number) => typeof key === 'number' && depth === 2;
      const isEmptyList = (body: unknown) => Array.isArray((body as Fields | null)?.transfers);
      const root: Root = { isLine, isEmptyList, said: new Map() };
      const read = (line: Fields) => (line.tradingDate === tradingDate ? bankLine(line) : 'its tradingDate is another');
      yield* batchesOf({ operation: BANK, url, paths }, bank, root, read);
      const { rspCode, bankRspCode, tradingDate: day } = Object.fromEntries(root.said);
      if (rspCode !== 'A0000' || bankRspCode !== '0000')
        throw new ProviderError('OutcomeUnknown', BANK, 'not accepted by both layers');
      if (day !== tradingDate) throw new ProviderError('ContractBroken', BANK, 'the list of another trading date');
    },
  };
}

interface ListCall {
  readonly operation: string;
  readonly url: string;
  /** Where the lines are, and what else of the answer is heard. */
  readonly paths: readonly string[];
}

interface Root {
  isLine(key: unknown, depth: number): boolean;
  /** Whether an answer without a line is a list at all. */
  isEmptyList(body: unknown): boolean;
  /** The answer's other fields, by name. */
  readonly said: Map<string, unknown>;
}

type Fields = Readonly<Record<string, unknown>>;
/** The line, or what is wrong with it, in our own words. */
type ReadLine<T extends object> = (line: Fields) => T | string;

async function* batchesOf<T extends object>(
  { operation, url, paths }: ListCall,
  address: ProviderAddress,
  root: Root,
  readLine: ReadLine<T>,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  let lines = 0;
  let bytesSinceLine = 0;
  const head: Uint8Array[] = [];
  const parser = new JSONParser({ paths: [...paths], keepStack: false });
  parser.onValue = ({ value, key, stack }) => {
    if (!root.isLine(key, stack.length)) {
      if (typeof key === 'number') throw broken(operation, 'a list in an unexpected place');
      root.said.set(String(key), value);
      return;
    }
    lines += 1;
    bytesSinceLine = 0;
    const line = typeof value === 'object' && value !== null ? readLine(value as Fields) : 'it is not an object';
    if (typeof line === 'string') throw broken(operation, `line ${lines}: ${line}`);
    batch.push(line);
  };
  for await (const chunk of bytesOf(operation, url, address)) {
    bytesSinceLine += chunk.length;
    if (bytesSinceLine > LINE_BYTES_MAX + chunk.length) throw broken(operation, `line ${lines + 1} does not end`);
    write(operation, parser, chunk);
    if (lines === 0) head.push(chunk);
    if (batch.length < BATCH_LINES) continue;
    yield batch;
    batch = [];
  }
  if (!parser.isEnded) throw new ProviderError('OutcomeUnknown', operation, `the list ends within line ${lines + 1}`);
  if (lines === 0 && !root.isEmptyList(JSON.parse(Buffer.concat(head).toString())))
    throw new ProviderError('OutcomeUnknown', operation, 'the answer is no list');
  if (batch.length > 0) yield batch;
}

const broken = (operation: string, reason: string) => new ProviderError('ContractBroken', operation, reason);

/** The parser's own errors quote the text they could not read. */
function write(operation: string, parser: JSONParser, chunk: Uint8Array): void {
  try {
    parser.write(chunk);
  } catch (error) {
    throw error instanceof ProviderError ? error : new ProviderError('OutcomeUnknown', operation, 'it is not JSON');
  }
}

/** The body as it comes; the clock runs only while we wait for the provider, not while a batch is stored. */
async function* bytesOf(operation: string, url: string, address: ProviderAddress): AsyncGenerator<Uint8Array> {
  const { timeoutMs, apiKey } = address;
  const patience = new AbortController();
  const waitFor = async <T>(promise: Promise<T>): Promise<T> => {
    const tooLong = new DOMException('too long', 'TimeoutError');
    const timer = setTimeout(() => patience.abort(tooLong), timeoutMs);
    return promise.finally(() => clearTimeout(timer));
  };
  try {
    const headers = { accept: 'application/json', 'x-api-key': apiKey };
    const response = await waitFor(fetch(url, { headers, redirect: 'error', signal: patience.signal }));
    const refusal = refusalOf(operation, response);
    if (refusal) throw refusal;
    if (response.status !== 200) throw new ProviderError('OutcomeUnknown', operation, `HTTP ${response.status}`);
    const reader = response.body?.getReader();
    for (let part = reader && (await waitFor(reader.read())); part && !part.done; ) {
      yield part.value;
      part = reader && (await waitFor(reader.read()));
    }
  } catch (error) {
    throw error instanceof ProviderError ? error : failureOf(operation, error, timeoutMs);
  } finally {
    patience.abort(); // a reader that stopped early, on a line that is wrong, lets the connection go
  }
}

// Guards by hand: a schema for each of a million lines costs more than everything else here.
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 200;
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const DAY = /^\d{4}-\d\d-\d\d$/;
const isDay = (value: unknown): value is string =>
  typeof value === 'string' && DAY.test(value) && isCalendarDay(value, Date.parse(value));
/** `Date.parse` takes the 30th of February for the 2nd of March; PostgreSQL does not. */
const isCalendarDay = (text: string, at: number): boolean =>
  !Number.isNaN(at) && Number(text.slice(8)) === new Date(at).getUTCDate();
const TIME = /^T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const isTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  isDay(value.slice(0, 10)) &&
  TIME.test(value.slice(10)) &&
  !Number.isNaN(Date.parse(value));

function settlementLine({
  orderId,
  paymentKey,
  kind,
  amount,
  fee,
  net,
  at,
  settleDate,
}: Fields): SettlementLine | string {
  if (!isText(orderId)) return 'orderId is not a text';
  if (!isText(paymentKey)) return 'paymentKey is not a text';
  if (!isText(kind)) return 'kind is not a text';
  if (!isWhole(amount) || !isWhole(fee) || !isWhole(net)) return 'amount, fee or net is not a whole number of won';
  if (!isTime(at)) return 'at is not a time with its offset';
  if (!isDay(settleDate)) return 'settleDate is not a day';
  return { orderId, paymentKey, kind, amount, fee, net, at, settleDate };
}

const BANK_CODE = /^\d{3}$/;
const LAST4 = /^\d{4}$/;
/** Told in its form, or not told; more of an account number than its end must not get into our rows. */
const isUntoldOr = (form: RegExp, value: unknown): value is string | null | undefined =>
  value === undefined || value === null || (typeof value === 'string' && form.test(value));

function bankLine(line: Fields): BankLine | string {
  const { reference, amount, status, bankRspCode, bankCode, accountLast4, at } = line;
  if (!isText(reference)) return 'reference is not a text';
  if (!isWhole(amount)) return 'amount is not a whole number of won';
  if (!isText(status)) return 'status is not a text';
  if (!isTime(at)) return 'at is not a time with its offset';
  if (!isUntoldOr(BANK_CODE, bankCode)) return 'bankCode is not three digits';
  if (!isUntoldOr(LAST4, accountLast4)) return 'accountLast4 is not four digits';
  const code = isText(bankRspCode) ? bankRspCode : null;
  return { reference, amount, status, code, bankCode: bankCode ?? null, accountLast4: accountLast4 ?? null, at };
}
