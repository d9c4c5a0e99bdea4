/** Web push (RFC 8030, VAPID): pushes to browsers, by the push service that each of them subscribed to. */
import { generateRequestDetails } from 'web-push';
import { ProviderError, type PushAnswer, type PushMessage, type WebPushTarget } from '../../workflows/domain/providers';
import { isPushService } from '../../workflows/domain/push';
import { failureOf, refusalOf } from './http';

export interface WebPushOptions {
  readonly publicKey: string;
  readonly privateKey: string;
  /** Whom a push service asks about us: `mailto:` or an https address. */
  readonly subject: string;
  /** The push services that we call (`isPushService`). */
  readonly services: readonly string[];
  readonly timeoutMs: number;
}

const SEND = 'web push';
/** What a push is still good for, s: the app shows the deal itself. */
const LIFE_S = 24 * 3_600;

/** The client of all push services. A message of the same tag takes the place of the one before. */
export function createWebPush({ timeoutMs, services, ...vapidDetails }: WebPushOptions) {
  return async function send(target: WebPushTarget, { title, text, tag }: PushMessage): Promise<PushAnswer> {
    const { endpoint, p256dh, auth } = target;
    if (!isPushService(endpoint, services)) return { kind: 'gone' }; // of a service that we no longer call
    const request = generateRequestDetails({ endpoint, keys: { p256dh, auth } }, JSON.stringify({ title, text, tag }), {
      ...{ vapidDetails, TTL: LIFE_S, urgency: 'high', contentEncoding: 'aes128gcm' },
      topic: tag.replaceAll('-', '').slice(0, 32),
    });
    const { status, headers, ok } = await post(request.endpoint, request.headers, request.body, timeoutMs);
    if (status === 404 || status === 410) return { kind: 'gone' };
    const refusal = refusalOf(SEND, { status, headers, ok } as Response);
    if (refusal) throw refusal;
    if (!ok) throw new ProviderError('Unavailable', SEND, `refused with HTTP ${status}`);
    return { kind: 'taken', messageId: null };
  };
}

async function post(url: string, headers: object, body: Buffer | null, timeoutMs: number): Promise<Response> {
  try {
    const response = await fetch(url, {
      ...{ method: 'POST', headers: { ...headers } as Record<string, string>, body: body && new Uint8Array(body) },
      redirect: 'error', // to a stranger
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel(); // it says nothing that its status does not
    return response;
  } catch (error) {
    throw failureOf(SEND, error, timeoutMs);
  }
}
