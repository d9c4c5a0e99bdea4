import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Entry } from '../../infra/sandbox/provider-log';
import type { RunningSandbox, SandboxOptions } from '../../infra/sandbox/sandbox';

/** Spec §13's durations, short enough for a test. */
export const QUICK = { hangMs: 400, processingMs: 700, vtimMs: 600, returnMs: 50, lateMs: 600, slowMs: 80 };

export type Reply = { status: number; body: Record<string, unknown>; headers: Headers };

/** Sends JSON and reads JSON. @throws when no readable answer comes */
export async function call(url: string, method: string, path: string, body?: object, headers = {}): Promise<Reply> {
  const answer = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : {}, headers: answer.headers };
}

/** Calls until `look` gives something. @throws after five seconds */
export async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error('not seen in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const journalOf = async (url: string, kind?: Entry['kind']): Promise<Entry[]> => {
  const entries = (await (await fetch(`${url}/_sandbox/journal`)).json()) as Entry[];
  return entries.filter((entry) => kind === undefined || entry.kind === kind);
};

/** The effects as `[effect, amount]`. */
export const effectsOf = async (url: string) =>
  (await journalOf(url, 'effect')).map(({ effect, amount }) => [effect, amount]);

export const setFaults = (url: string, faults: object[], seed?: number) =>
  call(url, 'PUT', '/_sandbox/faults', { faults, ...(seed !== undefined && { seed }) });

export const setReadings = (url: string, readings: object) => call(url, 'PUT', '/_sandbox/readings', readings);

export const registerCard = async (url: string, last4 = '1111'): Promise<string> => {
  const form = { cardNumber: `941012345678${last4}`, expiry: '12/30', cvc: '987', birthDate: '900101' };
  return String((await call(url, 'POST', '/sdk/billing-keys', form)).body.billingKey);
};

export const charge = (url: string, billingKey: string, orderId: string, amount = 103_000) =>
  call(url, 'POST', '/v1/billing/payment', { billingKey, amount, orderId, orderName: '월세' });

export const cancel = (url: string, paymentKey: unknown, cancelAmount: number, key?: string) =>
  call(
    url,
    'POST',
    `/v1/payments/${paymentKey}/cancel`,
    { cancelReason: '고객 요청', cancelAmount },
    { ...(key && { 'idempotency-key': key }) },
  );

/** The lines of a KST day. */
export const settlementOf = async (url: string, date: string) =>
  (await call(url, 'GET', `/v1/settlements?date=${date}`)).body as unknown as Record<string, unknown>[];

export const DAY = '2026-03-02';

export const transfer = (url: string, reference: string, last4 = '1111', more: object = {}) =>
  call(url, 'POST', '/transfers', {
    reference,
    tradingDate: DAY,
    bankCode: '088',
    accountNumber: `11012345${last4}`,
    holderName: '김수취',
    amount: 100_000,
    memo: '월세',
    ...more,
  });

export const queryTransfer = (url: string, reference: string) =>
  call(url, 'GET', `/transfers/${reference}?tradingDate=${DAY}`);

/** The references that the day list tells of, with their states. */
export const dayListOf = async (url: string) => {
  const { transfers } = (await call(url, 'GET', `/transfers?tradingDate=${DAY}`)).body;
  return (transfers as Record<string, unknown>[]).map(({ reference, status }) => [reference, status]);
};

/** Waits until the query says `status`. */
export const transferReaching = (url: string, reference: string, status: string) =>
  until(async () => {
    const reply = await queryTransfer(url, reference);
    return reply.body.status === status && reply.body;
  });

/** One sandbox per test, on a free port with quick timings; closed after it. */
export function perTest(start: (options: SandboxOptions) => Promise<RunningSandbox>, options: SandboxOptions = {}) {
  const box = { url: '', hurry: (_about: string) => {} };
  let running: RunningSandbox;
  beforeEach(async () => {
    running = await start({ timings: QUICK, ...options });
    Object.assign(box, { url: running.url, hurry: running.hurry });
  });
  afterEach(() => running.close());
  return box;
}

export type Delivered = { headers: IncomingHttpHeaders; body: string; at: number };

/** An HTTP server that keeps what it is sent and answers what `statusOf` says. */
export async function startReceiver(statusOf: (count: number, delivered: Delivered) => number = () => 200) {
  const delivered: Delivered[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const one = { headers: req.headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
      delivered.push(one);
      res.writeHead(statusOf(delivered.length, one)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/webhooks/test`,
    delivered,
    types: () => delivered.map(({ body }) => JSON.parse(body).type as string),
    close() {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
