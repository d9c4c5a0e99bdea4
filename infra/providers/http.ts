/**
 * The one way out of the house: every call to a provider is made here, and its failures get their meaning here (spec
 * §5.2).
 */
import { ProviderError } from '../../workflows/domain/providers';

/** Where a provider is, and how long one call may take from connecting to the last byte (ms). */
export interface ProviderAddress {
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

export interface ProviderCall {
  /** Our name for it in errors, e.g. `softpayment charge`. */
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  /** Appended to the provider's URL; its variable parts are already encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Statuses that decide nothing elsewhere, and that this provider explains in its body. */
  readonly explained?: readonly number[];
  /** Sent form-encoded. */
  readonly form?: URLSearchParams;
  /** The answer is no JSON: its body is its text. */
  readonly isPlain?: true;
}

/** A readable answer: 2xx, or a 4xx that the provider explains in its body. */
export interface ProviderAnswer {
  readonly status: number;
  readonly body: unknown;
}

const ANSWER_BYTES_MAX = 1_048_576;
/** Failures before a connection existed: the request cannot have been read. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/**
 * Makes one call and answers with its JSON, or its text where that was asked for. Throws ProviderError: Unavailable
 * when nothing was sent or our API key is refused (our fault, never the payer's); OutcomeUnknown for a timeout, a lost
 * connection, a redirect, 5xx, 429 or an unreadable body.
 */
export async function callProvider(address: ProviderAddress, call: ProviderCall): Promise<ProviderAnswer> {
  try {
    const response = await fetch(`${address.url.replace(/\/+$/, '')}${call.path}`, {
      method: call.method,
      headers: {
        accept: 'application/json',
        ...(call.json !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      body: call.json === undefined ? (call.form ?? null) : JSON.stringify(call.json),
      redirect: 'error', // a redirected POST would be sent twice, or to a stranger
      signal: AbortSignal.timeout(address.timeoutMs),
    });
    const refusal = call.explained?.includes(response.status) ? undefined : refusalOf(call.operation, response);
    if (refusal) {
      await response.body?.cancel();
      throw refusal;
    }
    const text = await readText(call.operation, response);
    return { status: response.status, body: call.isPlain ? text : JSON.parse(text) };
  } catch (error) {
    throw error instanceof ProviderError ? error : failureOf(call.operation, error, address.timeoutMs);
  }
}

/** What a status alone says: our key refused, or an answer that decides nothing. */
export function refusalOf(operation: string, { status, ok, headers }: Response): ProviderError | undefined {
  if (status === 401 || status === 403) {
    return new ProviderError('Unavailable', operation, `our API key was refused (HTTP ${status})`);
  }
  if (ok || (status >= 400 && status < 500 && status !== 429)) return undefined;
  return new ProviderError('OutcomeUnknown', operation, `HTTP ${status}`, retryAfterMs(headers.get('retry-after')));
}

/** `Retry-After` as seconds or as a date; undefined when absent, unreadable or past. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return ms > 0 ? ms : undefined;
}

async function readText(operation: string, response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) {
      throw new ProviderError('OutcomeUnknown', operation, `the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** What a failed call means. The error itself is dropped: a parser's message quotes the body it could not read. */
export function failureOf(operation: string, error: unknown, timeoutMs: number): ProviderError {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (cause?.code !== undefined && NEVER_SENT.has(cause.code)) {
    return new ProviderError('Unavailable', operation, `no connection (${cause.code})`);
  }
  if (name === 'TimeoutError') {
    return new ProviderError('OutcomeUnknown', operation, `no whole answer within ${timeoutMs} ms`);
  }
  const unreadable = error instanceof SyntaxError || (error instanceof TypeError && cause === undefined);
  const reason = unreadable ? 'the answer is unreadable' : `the connection failed (${cause?.code ?? 'no answer'})`;
  return new ProviderError('OutcomeUnknown', operation, reason);
}
