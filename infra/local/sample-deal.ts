import { setTimeout as delay } from 'node:timers/promises';
import type { BookedPosting } from '../../db/ledger';
import { createSampleClient, type SampleClient } from './sample-client';
import { ledgerTable, readLedger, sumOf } from './sample-ledger';
import { preparePayer } from './sample-payer';
import type { LocalSystem } from './system';
import { paint, say, won } from './terminal';

const PRINCIPAL = 500_000;
const LIMIT_MS = 120_000;
const FINAL = ['COMPLETED', 'REFUNDED', 'CANCELLED'];

interface Deal {
  id: string;
  dealNo: string;
  status: string;
  principal: number;
  fee: number;
  total: number;
  waiting: { reason: string } | null;
}

interface Edge {
  from: string | null;
  to: string;
}

/**
 * One deal of a new sample payer over the public API, told as it happens. Survives kills of the API and the worker.
 * Throws when the deal does not end COMPLETED with a balanced ledger within two minutes.
 */
export async function runSampleDeal({ environment, addresses }: LocalSystem): Promise<void> {
  const client = createSampleClient(environment.PLIC_API_URL, (why) => say(paint('yellow', `${why}: asking again`)));
  const { cardId, recipientId } = await preparePayer(client, environment);
  const quote = await client.post<Deal>('/v1/deals', { recipientId, principal: PRINCIPAL, purpose: '월세' });
  say(`deal ${quote.dealNo}: principal ${won(quote.principal)} + fee ${won(quote.fee)} = ${won(quote.total)}`);

  const confirmed = client.post(`/v1/deals/${quote.id}/confirm`, { cardId, deviceId: 'sample-device' });
  await Promise.all([confirmed, tellEdges(client, quote, environment.DATABASE_URL)]);

  const lines = await readLedger(environment.DATABASE_URL, quote.id);
  say('the ledger of this deal, from PostgreSQL:');
  for (const line of ledgerTable(lines)) process.stdout.write(`            ${line}\n`);
  if (lines.length === 0 || sumOf(lines) !== 0) throw new Error('the ledger of the sample deal is not balanced');
  if (addresses.temporalUiUrl) {
    const workflow = `namespaces/${environment.TEMPORAL_NAMESPACE}/workflows/deal-${quote.id}`;
    say(`its workflow, step by step: ${addresses.temporalUiUrl}/${workflow}`);
  }
}

/** Says each change of state as it shows in the timeline, until COMPLETED. */
async function tellEdges(client: SampleClient, { id }: Deal, databaseUrl: string): Promise<void> {
  let told = 0;
  let waited: string | undefined;
  for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await delay(100)) {
    const { items } = await client.get<{ items: Edge[] }>(`/v1/deals/${id}/timeline`);
    const edges = items.filter(({ from, to }) => from !== to).slice(told);
    told += edges.length;
    const lines = edges.length > 0 ? await readLedger(databaseUrl, id) : [];
    for (const { from, to } of edges) say(`${paint('bold', `${from ?? 'new'} → ${to}`)}   ${moneyIn(to, lines)}`);
    const end = edges.find(({ to }) => FINAL.includes(to));
    if (end?.to === 'COMPLETED') return;
    const { waiting } = await client.get<Deal>(`/v1/deals/${id}`);
    if (end) throw new Error(`the sample deal ended ${end.to}`);
    if (waiting && waiting.reason !== waited) say(`waiting: ${waiting.reason}`);
    waited = waiting?.reason;
  }
  throw new Error(`the sample deal was not completed within ${LIMIT_MS / 1000} s`);
}

/** The journals that a state has behind it; any other: all of them. */
const POSTED_BY: Readonly<Record<string, readonly string[]>> = {
  PAID: ['charge'],
  TRANSFERRING: ['charge', 'transfer-intent', 'transfer-failed'],
};

/** Where the money is in a state, by the journals that belong to it: one poll may see several changes at once. */
function moneyIn(state: string, lines: readonly BookedPosting[]): string {
  if (state === 'PENDING') return 'nothing is charged yet';
  const posted = lines.filter(({ journal }) => POSTED_BY[state]?.includes(journal) ?? true);
  const debit = (...accounts: string[]) => sumOf(posted.filter(({ account }) => accounts.includes(account)));
  const credit = (...accounts: string[]) => 0 - debit(...accounts);
  return [
    `payer has paid ${won(debit('pg_receivable', 'pg_fee_expense'))}`,
    `recipient is owed ${won(credit('recipient_payable'))}`,
    `on its way ${won(credit('transfers_in_flight'))}`,
    `recipient has received ${won(credit('bank_float'))}`,
    `PLIC keeps ${won(credit('fee_revenue', 'pg_fee_expense'))}`,
  ].join(' · ');
}
