/** What a run has seen, counted: from the database and from the journals of the providers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from '../servers/sandboxes';
import type { System } from './system';

export type Counts = readonly (readonly [name: string, count: number])[];

export interface Tally {
  readonly deals: Counts;
  readonly tasks: Counts;
  readonly calls: Counts;
  /** Of the calls that came through to its gate, and the data keys that were made. */
  readonly kms: Counts;
  /** Calls beyond the first under one key. */
  readonly retries: number;
  /** Keys under which some answer was lost, unreadable or no answer at all, and those of them that are decided now. */
  readonly unknown: { readonly met: number; readonly resolved: number };
  readonly webhooks: Counts;
  /** By channel, and by what became of them. */
  readonly notices: Counts;
}

type Call = JournalEntry & {
  readonly withheld?: string;
  readonly garbage?: boolean;
  readonly idempotencyKey?: string;
  readonly tradingDate?: string;
};

async function journalOf(url: string, file: string): Promise<Call[]> {
  const text = await (await fetch(`${url}/_sandbox/journal`)).text();
  writeFileSync(file, text);
  return JSON.parse(text);
}

function counted(names: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Which money a call was about; undefined for anything else. */
const keyOf = ({ idempotencyKey, orderId, reference }: Call): string | undefined =>
  idempotencyKey ?? reference ?? orderId;

const isLost = ({ withheld, garbage, status }: Call): boolean =>
  withheld !== undefined || garbage === true || (status ?? 0) >= 500 || status === 429;

function callName({ method, path = '' }: Call): string {
  return `${method} ${path.replace(/pay_[\w-]+/, '{paymentKey}').replace(/\/transfers\/.+/, '/transfers/{reference}')}`;
}

/** Counts everything once; the journals stay in the run's folder. */
export async function tallyOf({ dir, db, sandboxes, kms }: System): Promise<Tally> {
  const journals = await Promise.all([
    journalOf(sandboxes.softpayment, join(dir, 'journal-softpayment.json')),
    journalOf(sandboxes.bank, join(dir, 'journal-bank.json')),
  ]);
  const entries = journals.flat();
  const calls = entries.filter(({ kind, path = '' }) => kind === 'request' && !path.startsWith('/sdk/'));
  const asked = calls.filter(({ method }) => method === 'POST').flatMap((call) => keyOf(call) ?? []);
  const lost = new Set(calls.filter(isLost).flatMap((call) => keyOf(call) ?? []));
  const open = new Set(await openKeys(db));
  const deals: { status: string; waiting_reason: string | null; count: string }[] = await db('deals')
    .groupBy('status', 'waiting_reason')
    .select('status', 'waiting_reason')
    .count('* as count');
  const tasks: { severity: string; reason: string; count: string }[] = await db('operator_tasks')
    .groupBy('severity', 'reason')
    .select('severity', 'reason')
    .count('* as count');
  const dataKeys: { purpose: string; count: string }[] = await db('data_keys')
    .groupBy('purpose')
    .select('purpose')
    .count('* as count');
  const notices: { channel: string; became: string; count: string }[] = await db('notices')
    .select('channel', {
      became: db.raw(`coalesce(ended_reason, case when sent_at is null then 'open' else 'sent' end)`),
    })
    .groupBy('channel', 'became')
    .count('* as count');
  return {
    notices: notices.map(({ channel, became, count }) => [`${channel} ${became}`, Number(count)]),
    deals: deals.map((row) => [
      row.waiting_reason ? `${row.status}, ${row.waiting_reason}` : row.status,
      Number(row.count),
    ]),
    tasks: tasks.map(({ severity, reason, count }) => [`${severity} ${reason}`, Number(count)]),
    calls: counted(calls.map(callName)),
    kms: [
      ...[...kms.gate.answers()].sort(([a], [b]) => a.localeCompare(b)),
      ...dataKeys.map(({ purpose, count }) => [`data keys: ${purpose}`, Number(count)] as const),
    ],
    retries: asked.length - new Set(asked).size,
    unknown: { met: lost.size, resolved: [...lost].filter((key) => !open.has(key)).length },
    webhooks: counted(entries.filter(({ kind }) => kind === 'webhook').map(({ status }) => `${status ?? 'no answer'}`)),
  };
}

async function openKeys(db: System['db']): Promise<string[]> {
  const [payments, transfers, refunds] = await Promise.all([
    db('payments').where({ status: 'PENDING' }).pluck('order_id'),
    db('transfers').whereIn('status', ['PENDING', 'PROCESSING']).pluck('reference'),
    db('refunds').where({ status: 'PENDING' }).pluck('idempotency_key'),
  ]);
  return [...payments, ...transfers, ...refunds];
}
