/**
 * A provider's list, read as a stream: however long it is, memory holds one batch of it. A line that is not what the
 * contract says ends the reading with its number; nothing of its content goes into the error.
 */
import { JSONParser } from '@streamparser/json';
import { ProviderError } from '../../workflows/domain/providers';
import { failureOf, type ProviderAddress, refusalOf } from './http';

/** Small: what a batch holds survives the collector's first rounds, and a process grows with what survives. */
const BATCH_LINES = 200;
/** More than this without the end of a line is no list. */
const LINE_BYTES_MAX = 65_536;

interface ListCall {
  /** Our name for it in errors, e.g. `softpayment settlement file`. */
  readonly operation: string;
  readonly url: string;
  /** Where the lines are, and what else of the answer is heard. */
  readonly paths: readonly string[];
}

export interface ListForm {
  isLine(key: unknown, depth: number): boolean;
  /** Whether an answer without a line is a list at all. */
  isEmptyList(body: unknown): boolean;
  /** The answer's other fields, by name, as far as they were read. */
  readonly said: Map<string, unknown>;
}

export type Fields = Readonly<Record<string, unknown>>;
/** The line, or what is wrong with it, in our own words. */
type ReadLine<T extends object> = (line: Fields) => T | string;

/**
 * The list in batches, in the order of the provider; throws ProviderError. The address' `timeoutMs` limits the wait for
 * the first byte, and for each next one.
 */
export async function* readJsonList<T extends object>(
  { operation, url, paths }: ListCall,
  address: ProviderAddress,
  form: ListForm,
  readLine: ReadLine<T>,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  let lines = 0;
  let bytesSinceLine = 0;
  const head: Uint8Array[] = [];
  const parser = new JSONParser({ paths: [...paths], keepStack: false });
  parser.onValue = ({ value, key, stack }) => {
    if (!form.isLine(key, stack.length)) {
      if (typeof key === 'number') throw broken(operation, 'a list in an unexpected place');
      form.said.set(String(key), value);
      return;
    }
    lines += 1;
    bytesSinceLine = 0;
    const line = typeof value === 'object' && value !== null ? readLine(value as Fields) : 'it is not an object';
    if (typeof line === 'string') throw broken(operation, `line ${lines}: ${line}`);
    batch.push(line);
  };
  for await (const chunk of withoutMark(bytesOf(operation, url, address))) {
    bytesSinceLine += chunk.length;
    if (bytesSinceLine > LINE_BYTES_MAX + chunk.length) throw broken(operation, `line ${lines + 1} does not end`);
    write(operation, parser, chunk);
    if (lines === 0) head.push(chunk);
    if (batch.length < BATCH_LINES) continue;
    yield batch;
    batch = [];
  }
  if (!parser.isEnded) throw new ProviderError('OutcomeUnknown', operation, `the list ends within line ${lines + 1}`);
  if (lines === 0 && !form.isEmptyList(JSON.parse(Buffer.concat(head).toString())))
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

const MARK = Buffer.from('\ufeff');

/** A byte-order mark says nothing, and is no JSON. */
async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head) head = Buffer.concat([head, chunk]);
    if (head && head.length < MARK.length) continue;
    yield head ? head.subarray(head.indexOf(MARK) === 0 ? MARK.length : 0) : chunk;
    head = null;
  }
  if (head) yield head;
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
