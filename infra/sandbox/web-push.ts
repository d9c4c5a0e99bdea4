import type { Express } from 'express';
import { z } from 'zod';
import { jwtClaims } from './fcm';
import { type Answer, type Refuse, serve } from './http';
import type { Mailbox } from './mailbox';
import type { Sandbox } from './sandbox';

const call = z.object({
  subscription: z.string().min(1),
  authorization: z.string().optional(),
  bytes: z.instanceof(Buffer).optional(),
});
const claims = z.object({ aud: z.url(), exp: z.number(), sub: z.string().regex(/^(mailto:|https:)/) });
/** A VAPID header: a token, and the public key (65 bytes) that it is signed with. */
const VAPID = /^vapid t=([\w.-]+), k=([\w-]{87})$/;

/**
 * Serves a browser's push service: `POST /web-push/<anything>`. An address that ends in `-gone` or `-missing` leads
 * nowhere. What arrives is ciphertext for the browser alone, in the mailbox as base64url.
 */
export function serveWebPush(app: Express, sandbox: Sandbox, refuse: Refuse, mailbox: Mailbox): void {
  serve(app, sandbox, refuse, {
    ...{ method: 'POST', path: '/web-push/:subscription', input: call },
    handle({ subscription, authorization = '', bytes }): Answer {
      const [, token = ''] = authorization.match(VAPID) ?? [];
      const { data } = claims.safeParse(jwtClaims(token));
      if (!data || data.exp * 1_000 <= sandbox.now())
        return refuse(403, 'FORBIDDEN', 'no VAPID token, or one that is over');
      if (subscription.endsWith('-missing')) return refuse(404, 'NOT_FOUND', 'no such subscription');
      if (subscription.endsWith('-gone')) return refuse(410, 'GONE', 'the subscription has ended');
      if (!bytes || bytes.length > 4_096) return refuse(413, 'TOO_LARGE', 'no payload, or more than 4,096 bytes');
      mailbox.deliver('push', subscription, bytes.toString('base64url'));
      return { status: 201, body: {} };
    },
  });
}
