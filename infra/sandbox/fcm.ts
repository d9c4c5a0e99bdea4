import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import { z } from 'zod';
import { type Answer, type Refuse, serve } from './http';
import type { Mailbox } from './mailbox';
import type { Sandbox } from './sandbox';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const grant = z.object({ grant_type: z.literal(GRANT), assertion: z.string() });
const claims = z.object({
  ...{ iss: z.email(), scope: z.literal(SCOPE), aud: z.url() },
  ...{ iat: z.number(), exp: z.number() },
});
const push = z.object({
  project: z.string(),
  authorization: z.string().optional(),
  message: z.object({
    token: z.string().min(1),
    notification: z.object({ title: z.string(), body: z.string() }).partial(),
  }),
});

/** By how a token ends. */
const REFUSED: readonly [end: string, status: number, code: string][] = [
  ['-unregistered', 404, 'UNREGISTERED'],
  ['-mismatch', 403, 'SENDER_ID_MISMATCH'],
  ['-invalid', 400, 'INVALID_ARGUMENT'],
  ['-unavailable', 503, 'UNAVAILABLE'],
];

/** Serves Google's token endpoint and FCM's `messages:send`. Signatures are not checked, claims are. */
export function serveFcm(app: Express, sandbox: Sandbox, refuse: Refuse, mailbox: Mailbox): void {
  const granted = sandbox.store.table<{ until: number }>('fcm-tokens');
  serve(app, sandbox, refuse, {
    ...{ method: 'POST', path: '/token', input: grant },
    handle({ assertion }): Answer {
      const now = sandbox.now();
      const { data } = claims.safeParse(jwtClaims(assertion));
      if (!data || data.exp * 1_000 <= now) return { status: 400, body: { error: 'invalid_grant' } };
      const token = `ya29.${randomUUID()}`;
      granted.set(token, { until: now + 3_599_000 });
      return { status: 200, body: { access_token: token, expires_in: 3_599, token_type: 'Bearer' } };
    },
  });
  serve(app, sandbox, refuse, {
    ...{ method: 'POST', path: '/v1/projects/:project/messages\\:send', input: push },
    handle({ project, authorization = '', message: { token, notification } }): Answer {
      const until = granted.get(authorization.replace(/^Bearer /, ''))?.until ?? 0;
      if (until <= sandbox.now()) return refuse(401, 'UNAUTHENTICATED', 'the access token is missing or over');
      const [, status = 0, code = ''] = REFUSED.find(([end]) => token.endsWith(end)) ?? [];
      if (status > 0) return { status, body: { error: { code: status, status: code, details: [detailOf(code)] } } };
      mailbox.deliver('push', token, [notification.title, notification.body].filter(Boolean).join('\n'));
      return { status: 200, body: { name: `projects/${project}/messages/${randomUUID()}` } };
    },
  });
}

const detailOf = (errorCode: string) => ({
  ...{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode },
});

/** What a JWT claims; undefined: it is none. */
export function jwtClaims(token: string): unknown {
  try {
    const [, payload = '', signature = ''] = token.split('.');
    return signature === '' ? undefined : JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined;
  }
}
