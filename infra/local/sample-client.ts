import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Talks JSON to the public API as an app of a payer would. */
export interface SampleClient {
  get<T>(path: string): Promise<T>;
  /** One intent, one `Idempotency-Key`, however often it has to be sent. Throws when the answer is a definite no. */
  post<T>(path: string, body: object): Promise<T>;
  signIn(accessToken: string): void;
}

const PATIENCE_MS = 60_000;

/**
 * Repeats whatever may be repeated (nobody answers, 409 in flight, 429, 5xx) for a minute, under the same
 * `Idempotency-Key`, so a deal goes on while the API is killed and started again.
 */
export function createSampleClient(apiUrl: string, onRepeat: (why: string) => void): SampleClient {
  let authorization: Record<string, string> = {};

  async function call<T>(method: string, path: string, headers: Record<string, string>, body?: object): Promise<T> {
    let said = '';
    for (const deadline = Date.now() + PATIENCE_MS; ; await delay(300)) {
      const answer = await attempt(`${apiUrl}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...authorization, ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (answer.kind === 'ok') return answer.body as T;
      if (answer.kind === 'no' || Date.now() > deadline) throw new Error(`${method} ${path}: ${answer.why}`);
      if (answer.why !== said) onRepeat(answer.why);
      said = answer.why;
    }
  }

  return {
    get: (path) => call('GET', path, {}),
    post: (path, body) => call('POST', path, { 'idempotency-key': randomUUID() }, body),
    signIn(accessToken) {
      authorization = { authorization: `Bearer ${accessToken}` };
    },
  };
}

type Answer = { kind: 'ok'; body: unknown } | { kind: 'no' | 'repeat'; why: string };

async function attempt(url: string, request: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    if (response.ok) return { kind: 'ok', body: text ? JSON.parse(text) : undefined };
    const { code = '', detail = '' } = JSON.parse(text) as { code?: string; detail?: string };
    const mayRepeat = response.status >= 500 || response.status === 429 || code === 'request-in-flight';
    return { kind: mayRepeat ? 'repeat' : 'no', why: `${response.status} ${code} ${detail}`.trim() };
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return { kind: 'repeat', why: `no answer (${cause?.code ?? 'connection lost'})` };
  }
}
