/**
 * Providers' webhooks (spec §6): verified, stored, then taken as a hint. What cannot be acted upon now, the sweep
 * takes.
 */
import type { Request } from 'express';
import { actOnEvents, type InboxEvent, isHeardAtOnce, storeEvent } from '../db/webhook-events';
import { EVENT_READERS } from '../infra/providers/webhooks';
import type { ProviderEvent } from '../workflows/domain/provider-news';
import type { ApiDeps } from './deps';
import { type Operation, rawOperation } from './http/operation';
import { Problem } from './http/problem';
import { ByteWebhook } from './webhook-signature';

const EVENT_ID_MAX = 255;

/** `ApiConfig` has the secrets of each. */
type Provider = keyof typeof EVENT_READERS;

const EVENT_EXAMPLES: Readonly<Record<Provider, object>> = {
  softpayment: {
    type: 'payment.done',
    data: { orderId: 'P260302AB12CD-1', paymentKey: 'pay_1', status: 'DONE', amount: 103_000 },
  },
  bank: {
    type: 'transfer.done',
    data: { reference: 'P260302AB12CD-T1', tradingDate: '2026-03-02', amount: 100_000, code: '0000' },
  },
};

export function webhookOperations(deps: ApiDeps): Operation[] {
  return (Object.keys(EVENT_READERS) as Provider[]).map((provider) => {
    const secrets = deps.config[provider].webhookSecrets.map((secret) => new ByteWebhook(secret));
    return rawOperation({
      method: 'post',
      path: `/v1/webhooks/${provider}`,
      tag: 'webhooks',
      operationId: `receive${provider.charAt(0).toUpperCase()}${provider.slice(1)}Event`,
      bodyExample: EVENT_EXAMPLES[provider],
      summary: `Events of ${provider}`,
      description:
        'Signed as Standard Webhooks says, with any live secret, at most 300 s ago. Each event id counts once.',
      headers: {
        'webhook-id': 'Unique for ever.',
        'webhook-timestamp': 'Unix seconds of this attempt.',
        'webhook-signature': '`v1,<base64>`.',
      },
      answers: { 200: null },
      problems: ['unauthenticated'],
      async handle({ req, body }) {
        const eventId = verifiedId(secrets, req, body);
        const event = { provider, eventId, ...EVENT_READERS[provider](body) };
        const isNew = await storeEvent(deps.db, event, body);
        if (isNew && event.claim) await act(deps, event);
        return { status: 200 };
      },
    });
  });
}

/** The event's id, if one of the live secrets signed it just now. */
function verifiedId(secrets: readonly ByteWebhook[], req: Request, body: Buffer): string {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
  const headers = Object.fromEntries(names.map((name) => [name, req.get(name) ?? '']));
  const eventId = headers['webhook-id'] ?? '';
  const signed = secrets.map((secret) => isSigned(secret, body, headers)); // all are tried: rotation shows in no timing
  if (!signed.includes(true) || eventId.length > EVENT_ID_MAX) throw new Problem('unauthenticated');
  return eventId;
}

function isSigned(secret: ByteWebhook, body: Buffer, headers: Record<string, string>): boolean {
  try {
    secret.verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

async function act({ db, engine, log }: ApiDeps, event: InboxEvent & ProviderEvent): Promise<void> {
  try {
    await actOnEvents(db, [event], async (dealId, news) => {
      if (event.claim && (await isHeardAtOnce(db, event.eventId, event.claim))) await engine.resume(dealId, news);
    });
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    log.warn(
      { provider: event.provider, type: event.type, reason },
      'a stored event could not be acted upon; the sweep will',
    );
  }
}
