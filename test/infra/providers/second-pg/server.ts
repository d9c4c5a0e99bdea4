/**
 * The second PG itself: a real HTTP server that moves pretended money once a reference, and keeps a log of what it
 * moved.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JournalEntry } from '../../../servers/sandboxes';

export const SECOND_PG_KEY = 'second-pg-key';
/** Cards whose token ends so are declined. */
export const POOR_CARD = '-51';

interface Approval {
  readonly APPROVAL_NO: string;
  readonly MERCHANT_REF: string;
  readonly WON: string;
  readonly AT: number;
  reversed: number;
}

export interface SecondPg {
  readonly url: string;
  /** What it moved, in order, in the words of the sandboxes. */
  readonly journal: () => Promise<JournalEntry[]>;
  /** The requests that it got under this reference. */
  readonly requestsOf: (merchantRef: string) => number;
  /** Does what it is asked next under this reference, and never answers. */
  readonly loseAnswerOf: (merchantRef: string) => void;
  readonly stop: () => Promise<void>;
}

/** Starts one; the caller stops it. */
export async function startSecondPg(): Promise<SecondPg> {
  const approvals = new Map<string, Approval>();
  const answers = new Map<string, object>();
  const lost = new Set<string>();
  const asked: string[] = [];
  const effects: JournalEntry[] = [];
  const now = () => Math.trunc(Date.now() / 1_000);
  const effectOf = (effect: 'charged' | 'cancelled', { MERCHANT_REF, APPROVAL_NO }: Approval, amount: number) =>
    effects.push({
      ...{ seq: effects.length + 1, at: new Date().toISOString(), kind: 'effect', effect },
      ...{ orderId: MERCHANT_REF, paymentKey: APPROVAL_NO, amount },
    });

  function approve({ MERCHANT_REF, WON, CARD_TOKEN }: Readonly<Record<string, string>>): object {
    if (CARD_TOKEN?.endsWith(POOR_CARD)) return { RESULT: '51' };
    const approval = {
      APPROVAL_NO: randomUUID(),
      MERCHANT_REF: `${MERCHANT_REF}`,
      WON: `${WON}`,
      AT: now(),
      reversed: 0,
    };
    approvals.set(approval.APPROVAL_NO, approval);
    effectOf('charged', approval, Number(WON));
    return { RESULT: '00', ...approval };
  }

  function reverse(approvalNo: string, { WON }: Readonly<Record<string, string>>): object {
    const approval = approvals.get(approvalNo);
    if (!approval || approval.reversed + Number(WON) > Number(approval.WON)) return { RESULT: '96' };
    approval.reversed += Number(WON);
    effectOf('cancelled', approval, Number(WON));
    return { RESULT: '00', REVERSED_WON: `${approval.reversed}`, AT: now() };
  }

  const rows = () =>
    [...approvals.values()].map((approval) => ({ ...approval, SIDE: 'A', COST: '0', PAID_ON: '2026-03-04' }));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, resource, approvalNo = ''] = (request.url ?? '').split('/');
    if (resource === 'payouts') return void response.end(JSON.stringify({ ROWS: rows() }));
    if (request.headers.authorization !== `Bearer ${SECOND_PG_KEY}`) return void response.writeHead(401).end();
    const body = JSON.parse(await textOf(request));
    const ref: string = body.MERCHANT_REF;
    asked.push(ref);
    const answer = answers.get(ref) ?? (approvalNo === '' ? approve(body) : reverse(approvalNo, body));
    answers.set(ref, answer);
    if (lost.delete(ref)) response.destroy();
    else response.end(JSON.stringify(answer));
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    journal: async () => [...effects],
    requestsOf: (merchantRef) => asked.filter((ref) => ref === merchantRef).length,
    loseAnswerOf: (merchantRef) => lost.add(merchantRef),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
