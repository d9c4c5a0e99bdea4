/** Softpayment, the bank and the notice services as real HTTP servers of one test's own, and a view of their ground truth. */
import { randomBytes } from 'node:crypto';
import { startBank } from '../../infra/sandbox/bank';
import { createClock } from '../../infra/sandbox/clock';
import { startIdentity } from '../../infra/sandbox/identity';
import { startNotices } from '../../infra/sandbox/notices';
import type { RunningSandbox, Timings } from '../../infra/sandbox/sandbox';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { TEST_TIMINGS, TEST_WEBHOOK_BACKOFF_MS } from '../fixtures/policy';

export const API_KEYS = {
  softpayment: 'test-softpayment',
  bank: 'test-bank',
  aligo: 'test-aligo',
  identity: 'test-identity',
} as const;

/** One line of a sandbox's journal; which facts it has depends on its kind. */
export interface JournalEntry {
  readonly seq: number;
  readonly at: string;
  readonly kind: 'request' | 'effect' | 'webhook';
  readonly method?: string;
  readonly path?: string;
  readonly effect?: 'charged' | 'cancelled' | 'transferred' | 'returned' | 'delivered';
  readonly orderId?: string;
  readonly paymentKey?: string;
  readonly reference?: string;
  readonly amount?: number;
  readonly holderNameLength?: number;
  readonly id?: string;
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly status?: number | null;
}

/** Everything that a sandbox was asked, did and told, in order. */
export async function journalOf(url: string): Promise<JournalEntry[]> {
  return (await (await fetch(`${url}/_sandbox/journal`)).json()) as JournalEntry[];
}

export interface Fault {
  readonly fault: string;
  readonly match?: {
    readonly path?: string;
    readonly orderId?: string;
    readonly reference?: string;
    readonly last4?: string;
  };
  readonly times?: number;
  readonly delayMs?: number;
}

export interface SandboxView {
  readonly url: string;
  journal(): Promise<JournalEntry[]>;
  /** Replaces the active faults. */
  setFaults(...faults: Fault[]): Promise<void>;
  /** What it planned for this orderId or reference, answers on a slow line too, happens now. */
  hurry(about: string): void;
}

export interface Sandboxes {
  readonly softpayment: SandboxView;
  readonly bank: SandboxView;
  readonly notices: SandboxView;
  readonly identity: SandboxView;
  close(): Promise<void>;
}

function viewOf({ url, hurry }: RunningSandbox): SandboxView {
  return {
    url,
    hurry,
    journal: () => journalOf(url),
    async setFaults(...faults) {
      const answer = await fetch(`${url}/_sandbox/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ faults }),
      });
      if (!answer.ok) throw new Error(`the sandbox refused the faults: ${await answer.text()}`);
    },
  };
}

export interface WebhookSecrets {
  readonly softpayment: string;
  readonly bank: string;
}

export function webhookSecrets(): WebhookSecrets {
  const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
  return { softpayment: secret(), bank: secret() };
}

/** Starts them on free ports; their webhooks go to the API at `apiUrl`. */
export async function startSandboxes(
  apiUrl: string,
  secrets: WebhookSecrets,
  timings: Partial<Timings> = {},
): Promise<Sandboxes> {
  const clock = createClock();
  const options = (name: 'softpayment' | 'bank') => ({
    apiKey: API_KEYS[name],
    webhook: { url: `${apiUrl}/v1/webhooks/${name}`, secret: secrets[name] },
    webhookBackoffMs: TEST_WEBHOOK_BACKOFF_MS,
    clock,
    timings: { ...TEST_TIMINGS, ...timings },
  });
  const [bank, notices, identity] = await Promise.all([
    startBank(options('bank')),
    startNotices({ clock }),
    startIdentity({ apiKey: API_KEYS.identity, clock, timings: { ...TEST_TIMINGS, ...timings } }),
  ]);
  const softpayment = await startSoftpayment({ ...options('softpayment'), bankUrl: bank.url });
  return {
    softpayment: viewOf(softpayment),
    bank: viewOf(bank),
    notices: viewOf(notices),
    identity: viewOf(identity),
    async close() {
      await Promise.all([softpayment, bank, notices, identity].map((sandbox) => sandbox.close()));
    },
  };
}
