import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createAgenda } from './agenda';
import type { Facts, Faults } from './faults';
import type { ProviderLog } from './provider-log';
import type { Store } from './store';

/** Where events go, and the `whsec_<base64>` that signs them. */
export type WebhookTarget = { url: string; secret: string };

/** Waits between the (at most `length + 1`) attempts of one delivery. */
const BACKOFF_MS: readonly number[] = [1_000, 4_000, 16_000, 64_000, 256_000, 1_024_000];

const ANSWER_TIMEOUT_MS = 10_000;
const LATE_MS = 10_000;
const HOLD_MS = 2_000;

type Delivery = { id: string; body: string; attempt: number; forged: boolean; held: boolean };

export type Webhooks = {
  /**
   * Sends the event after the present request is answered, and again until a 2xx answer; does nothing without a target.
   */
  emit(type: string, data: object, about: Omit<Facts, 'method' | 'path'>): void;
  /** Sends now what was to be sent again later; answers how many. */
  resend(): number;
  start(): void;
  /** Ends deliveries in flight; they stay due. */
  stop(): void;
};

type Parts = { store: Store; providerLog: ProviderLog; faults: Faults; now: () => number; signedAt: () => number };

/**
 * Standard Webhooks deliveries (spec §6): headers webhook-id, webhook-timestamp (seconds), webhook-signature
 * (`v1,` + base64 of HMAC-SHA256 over `id.timestamp.body`), each attempt stamped and signed anew.
 */
export function createWebhooks(
  { store, providerLog, faults, now, signedAt }: Parts,
  target: WebhookTarget | undefined,
  backoffMs: readonly number[] = BACKOFF_MS,
): Webhooks {
  let stopping = new AbortController();
  const inFlight = new Set<string>();
  const agenda = createAgenda<Delivery>(store, 'deliveries', now, (key, delivery) => {
    if (target) void deliver(target, key, delivery);
  });

  async function deliver({ url, secret: agreed }: WebhookTarget, key: string, delivery: Delivery): Promise<void> {
    const { signal } = stopping;
    const secret = delivery.forged ? `whsec_${randomBytes(24).toString('base64')}` : agreed;
    const headers = {
      'content-type': 'application/json',
      ...signatureHeaders(delivery.id, Math.floor(signedAt() / 1000), delivery.body, secret),
    };
    inFlight.add(key);
    const status = await post(url, headers, delivery.body, signal);
    inFlight.delete(key);
    if (signal.aborted) return;
    store.together(() => {
      const { id, body, attempt } = delivery;
      providerLog.append('webhook', { id, url, headers, body, status, attempt });
      const waitMs = backoffMs[attempt - 1];
      const delivered = status !== null && status >= 200 && status < 300;
      if (delivered || delivery.forged || waitMs === undefined) agenda.drop(key);
      else agenda.plan(key, now() + waitMs, { ...delivery, held: false, attempt: attempt + 1 });
      if (!delivery.held) releaseHeld();
    });
  }

  /** A reordered event waits here until a later one has gone out. */
  function releaseHeld(): void {
    for (const [key, delivery] of agenda.entries()) {
      if (delivery.held && !inFlight.has(key)) agenda.plan(key, now(), { ...delivery, held: false });
    }
  }

  return {
    emit(type, data, about) {
      if (!target) return;
      const facts = { ...about, method: 'POST', path: new URL(target.url).pathname };
      if (faults.take('webhook-missing', facts)) return;
      const id = `evt_${randomUUID()}`;
      const forged = faults.take('webhook-forged', facts) !== undefined;
      const late = faults.take('webhook-late', facts);
      const reordered = faults.take('webhook-reordered', facts);
      const duplicated = faults.take('webhook-duplicate', facts) !== undefined;
      const delayMs = (late ? (late.delayMs ?? LATE_MS) : 0) + (reordered ? (reordered.delayMs ?? HOLD_MS) : 0);
      const held = reordered !== undefined;
      const delivery = { id, body: JSON.stringify({ type, data }), attempt: 1, forged, held };
      for (const copy of duplicated ? [1, 2] : [1]) agenda.plan(`${id}#${copy}`, now() + delayMs, delivery);
    },
    resend() {
      const due = agenda.entries().filter(([key, { held }]) => !held && !inFlight.has(key));
      for (const [key, delivery] of due) agenda.plan(key, now(), delivery);
      return due.length;
    },
    start() {
      stopping = new AbortController();
      agenda.start();
    },
    stop() {
      agenda.stop();
      stopping.abort();
    },
  };
}

/** @returns the three headers of Standard Webhooks for one attempt; `timestamp` in seconds */
function signatureHeaders(id: string, timestamp: number, body: string, secret: string): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}

/** @returns the status answered, or null if there was no answer */
async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  stopped: AbortSignal,
): Promise<number | null> {
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}
