/** Firebase Cloud Messaging (HTTP v1): pushes to the apps of phones. */
import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { ProviderError, type PushAnswer, type PushMessage } from '../../workflows/domain/providers';
import { callProvider } from './http';

export interface FcmOptions {
  readonly url: string;
  /** Where an assertion becomes an access token. */
  readonly tokenUrl: string;
  readonly projectId: string;
  /** Of the service account; the key is PEM (PKCS #8). */
  readonly clientEmail: string;
  readonly privateKey: string;
  readonly timeoutMs: number;
}

const SEND = 'fcm send';
const TOKEN = 'fcm token';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
/** A token is used until so long before its end. */
const MARGIN_MS = 5 * 60_000;
/** What a push is still good for, s: the app shows the deal itself. */
const LIFE_S = 24 * 3_600;
/** Statuses that FCM explains in its body. */
const EXPLAINED = [400, 403, 404];

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const taken = z.object({ name: z.string().min(1) });
const refused = z.object({
  error: z.object({
    details: z.array(z.object({ '@type': z.string(), errorCode: z.string().optional() })).default([]),
  }),
});

/** The client of `messages:send`. A message of the same tag is shown once, however often it is sent. */
export function createFcm({ url, tokenUrl, projectId, clientEmail, privateKey, timeoutMs }: FcmOptions) {
  let cached: { readonly token: Promise<string>; usableUntil: number } | null = null;

  async function fetchToken(): Promise<{ token: string; lifeMs: number }> {
    const key = await importPKCS8(privateKey, 'RS256');
    const assertion = await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(clientEmail)
      .setAudience(tokenUrl)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key);
    const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    const address = { url: tokenUrl, apiKey: '', timeoutMs };
    const { body } = await callProvider(address, { operation: TOKEN, method: 'POST', path: '', form });
    const answer = granted.safeParse(body);
    if (!answer.success) throw new ProviderError('Unavailable', TOKEN, 'no access token was granted');
    return { token: answer.data.access_token, lifeMs: answer.data.expires_in * 1_000 };
  }

  /** One for all that are sent meanwhile; nothing was sent when it fails. */
  function accessToken(): Promise<string> {
    if (cached && cached.usableUntil > Date.now()) return cached.token;
    const fetched = fetchToken();
    const own = { token: fetched.then(({ token }) => token), usableUntil: Number.POSITIVE_INFINITY };
    cached = own;
    fetched.then(
      ({ lifeMs }) => {
        own.usableUntil = Date.now() + lifeMs - MARGIN_MS;
      },
      () => {
        own.usableUntil = 0;
      },
    );
    return own.token.catch((error: ProviderError) => {
      throw new ProviderError('Unavailable', TOKEN, error.message, error.retryAfterMs);
    });
  }

  return async function send(token: string, { title, text, tag }: PushMessage): Promise<PushAnswer> {
    const message = {
      ...{ token, notification: { title, body: text }, data: { notice: tag } },
      android: { collapse_key: tag, priority: 'HIGH', ttl: `${LIFE_S}s`, notification: { tag } },
      apns: { headers: { 'apns-collapse-id': tag, 'apns-priority': '10' } },
    };
    const { status, body } = await callProvider(
      { url, apiKey: '', timeoutMs },
      {
        ...{ operation: SEND, method: 'POST', path: `/v1/projects/${encodeURIComponent(projectId)}/messages:send` },
        ...{ headers: { authorization: `Bearer ${await accessToken()}` }, json: { message }, explained: EXPLAINED },
      },
    );
    const done = taken.safeParse(body);
    if (status === 200 && done.success) return { kind: 'taken', messageId: done.data.name };
    if (status < 400) throw new ProviderError('OutcomeUnknown', SEND, 'the answer has no name of the message');
    const code = codeOf(body);
    if (code !== undefined && GONE.has(code)) return { kind: 'gone' };
    throw new ProviderError('Unavailable', SEND, `refused with HTTP ${status}`);
  };
}

/** Unregistered; of another project; a token that is none (other bad arguments carry no code of FCM's own). */
const GONE = new Set(['UNREGISTERED', 'SENDER_ID_MISMATCH', 'INVALID_ARGUMENT']);

function codeOf(body: unknown): string | undefined {
  const { data } = refused.safeParse(body);
  return data?.error.details.find((one) => one['@type'].endsWith('/google.firebase.fcm.v1.FcmError'))?.errorCode;
}
