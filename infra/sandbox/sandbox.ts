import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Express } from 'express';
import { type Clock, createClock } from './clock';
import { createDelays, type Delays } from './delays';
import { createFaults, type Faults } from './faults';
import { createProviderLog, type ProviderLog } from './provider-log';
import { openStore, type Store } from './store';
import { createWebhooks, type Webhooks, type WebhookTarget } from './webhooks';

/** Durations in ms. The defaults are spec §13's; tests shorten them. */
const TIMINGS = {
  hangMs: 60_000, // a withheld answer: the socket is closed after this
  processingMs: 8_000,
  vtimMs: 4_000,
  returnMs: 5_000, // counted from done
  lateMs: 5_000, // faults late-success, lands-late, not-found
  slowMs: 3_000, // fault slow
};
export type Timings = typeof TIMINGS;

export type SandboxOptions = {
  /** 0 takes a free port. */
  port?: number | undefined;
  host?: string | undefined;
  /** Keeps the state in `<dataDir>/<name>.ndjson`; without it the state ends with the process. */
  dataDir?: string | undefined;
  /** When set, a contract call without this `X-API-KEY` is answered 401. */
  apiKey?: string | undefined;
  /** When absent, no webhook is sent. */
  webhook?: WebhookTarget | undefined;
  webhookBackoffMs?: readonly number[] | undefined;
  timings?: Partial<Timings> | undefined;
  /** ms since the epoch; default: what `clock` says */
  now?: (() => number) | undefined;
  /** Shared by the sandboxes of one system; default: real time, for good. */
  clock?: Clock | undefined;
};

/** A sandbox that is listening. */
export type RunningSandbox = {
  url: string;
  port: number;
  /** Empties state, provider log, faults and deliveries, like `POST /_sandbox/reset`. */
  reset(): void;
  /** What is planned for this orderId or transfer reference, slow answers too, happens now. */
  hurry(about: string): void;
  /** Ends open connections and timers; what was planned goes on when the data directory is opened again. */
  close(): Promise<void>;
};

/** The parts every sandbox is made of. */
export type Sandbox = {
  name: string;
  store: Store;
  providerLog: ProviderLog;
  faults: Faults;
  webhooks: Webhooks;
  timings: Timings;
  /** Answers on a slow line. */
  delays: Delays;
  apiKey: string | undefined;
  now: () => number;
  clock: Clock;
};

/** Something with timers: started before the first request, stopped at close, both around a reset. */
export type Clockwork = { start(): void; stop(): void; hurry?(about: string): void };

export function openSandbox(name: string, options: SandboxOptions): Sandbox {
  const clock = options.clock ?? createClock();
  const now = options.now ?? clock.now;
  const store = openStore(options.dataDir && join(options.dataDir, `${name}.ndjson`));
  const providerLog = createProviderLog(store, now);
  const faults = createFaults();
  const signedAt = options.now ?? Date.now; // whoever reads a signature judges its age by real time
  const parts = { store, providerLog, faults, now, signedAt };
  const webhooks = createWebhooks(parts, options.webhook, options.webhookBackoffMs);
  const timings = { ...TIMINGS, ...options.timings };
  return {
    name,
    store,
    providerLog,
    faults,
    webhooks,
    timings,
    delays: createDelays(),
    apiKey: options.apiKey,
    now,
    clock,
  };
}

/** @returns the sandbox's own reset: everything stopped, emptied and started again, with the readings of its start */
export function resetOf(
  { store, faults }: Sandbox,
  clockworks: readonly Clockwork[],
  readings?: { reset(): void },
): () => void {
  return () => {
    for (const clockwork of clockworks) clockwork.stop();
    store.clear();
    faults.replace([]);
    readings?.reset();
    for (const clockwork of clockworks) clockwork.start();
  };
}

/** @throws the listener's error, such as EADDRINUSE */
export async function listen(
  app: Express,
  { store, delays, clock }: Sandbox,
  clockworks: readonly Clockwork[],
  { options, reset }: { options: SandboxOptions; reset: () => void },
): Promise<RunningSandbox> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer({ keepAliveTimeout: 65_000 }, app); // a client's pooled connection must not die first
  const stop = () => {
    for (const clockwork of clockworks) clockwork.stop();
    store.close();
  };
  for (const clockwork of clockworks) clockwork.start(); // what fell due while it was down happens before it answers
  clock.onMove(() => {
    for (const clockwork of clockworks) clockwork.stop();
    for (const clockwork of clockworks) clockwork.start(); // what fell due meanwhile happens
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port ?? 0, host, resolve);
    });
  } catch (error) {
    stop();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    reset,
    hurry(about) {
      for (const clockwork of clockworks) clockwork.hurry?.(about);
      delays.end(about);
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      stop();
    },
  };
}
