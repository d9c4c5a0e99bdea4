/** After the last fault: everything is up, every deal has ended or says why it waits, and nothing is on its way any more. */
import { setTimeout as delay } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { Db } from '../../db/connection';
import { journalOf } from '../servers/sandboxes';
import { hurryNotices, openNotices } from './notices';
import type { Office } from './operators';
import { isUp, type System } from './system';

export interface Quiet {
  /** Ms from peace to quiet; undefined when the limit came first. */
  readonly afterMs: number | undefined;
  /** Why the limit came first. */
  readonly unrest: readonly string[];
}

const LOOK_EVERY_MS = 1_000;
const KICK_EVERY_MS = 15_000;

/** Waits that end only when a person acts: the payer, or the operator who reviews. All others end by themselves. */
const OF_PEOPLE = ['card-needed', 'risk-review'];

/** Waits until it is quiet; `limitMs` after now at most. */
export async function untilQuiet(system: System, office: Pick<Office, 'settle'>, limitMs: number): Promise<Quiet> {
  const peaceAt = Date.now();
  let unrest: string[] = ['not looked yet'];
  for (let kickAt = peaceAt; Date.now() < peaceAt + limitMs; await delay(LOOK_EVERY_MS)) {
    if (Date.now() >= kickAt) {
      await kick(system);
      await office.settle();
      kickAt = Date.now() + KICK_EVERY_MS;
    }
    unrest = await unrestIn(system);
    if (unrest.length === 0) return { afterMs: Date.now() - peaceAt, unrest };
  }
  return { afterMs: undefined, unrest };
}

/** The batch that nobody can wait for until 09:00, and what providers would tell again in minutes. */
async function kick(system: System): Promise<void> {
  await system.client.schedule.getHandle('transfer-retry').trigger(ScheduleOverlapPolicy.SKIP);
  await hurryNotices(system.db);
  if (!(await isUp(system))) return; // nobody would hear it
  await Promise.all(
    Object.values(system.sandboxes).map((url) => fetch(`${url}/_sandbox/webhooks/resend`, { method: 'POST' })),
  );
}

async function unrestIn(system: System): Promise<string[]> {
  if (!(await isUp(system))) return ['an API, or a worker behind it, is not ready'];
  const { db } = system;
  const unrest = [
    ...[...(await restlessDeals(db)), ...(await openLegs(db)), ...(await openNews(db))],
    ...[...(await openAlarms(db)), ...(await openNotices(db))],
  ];
  return unrest.length > 0 ? unrest : undelivered(system); // the journals are long: looked at last
}

/** After so long a provider tells an event again that nobody answered; a forged one it tells once. */
const TOLD_AGAIN_MS = [1_000, 4_000, 16_000, 64_000, 256_000, 1_024_000];
/** A try may take so long. */
const TRY_MS = 15_000;

interface Tries {
  readonly n: number;
  readonly lastAt: number;
  readonly isHeard: boolean;
}

/** Events that a provider has been telling nobody so far, and tells again. */
async function undelivered({ sandboxes }: System): Promise<string[]> {
  const journals = await Promise.all(Object.values(sandboxes).map(journalOf));
  const events = new Map<string, Tries>();
  for (const { kind, id, at, status = null } of journals.flat()) {
    if (kind !== 'webhook' || !id) continue;
    const before = events.get(id);
    const isHeard = before?.isHeard || (status !== null && status < 500);
    events.set(id, { n: (before?.n ?? 0) + 1, lastAt: Date.parse(at), isHeard });
  }
  const isOnItsWay = ({ n, lastAt, isHeard }: Tries) =>
    !isHeard && Date.now() - lastAt < (TOLD_AGAIN_MS[n - 1] ?? 0) + TRY_MS;
  return [...events].filter(([, tries]) => isOnItsWay(tries)).map(([id]) => `the event ${id} is not delivered`);
}

async function restlessDeals(db: Db): Promise<string[]> {
  const rows: { deal_no: string; status: string; waiting_reason: string | null }[] = await db('deals')
    .whereNotIn('status', ['COMPLETED', 'REFUNDED', 'CANCELLED'])
    .where((open) => open.whereNull('waiting_reason').orWhereNotIn('waiting_reason', OF_PEOPLE))
    .select('deal_no', 'status', 'waiting_reason');
  return rows.map((row) => `${row.deal_no} is ${row.status}, waiting ${row.waiting_reason ?? 'for nothing it says'}`);
}

/** An attempt whose fate is open. */
async function openLegs(db: Db): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { key: string; status: string }[] }>(
    `select order_id as key, status from payments where status = 'PENDING'
     union all select reference, status from transfers where status in ('PENDING', 'PROCESSING')
     union all select idempotency_key, status from refunds where status = 'PENDING'`,
  );
  return rows.map(({ key, status }) => `${key} is ${status}`);
}

/** KMS answers again, and every process has asked it since. */
async function openAlarms(db: Db): Promise<string[]> {
  const open = await db('operator_tasks').where({ reason: 'kms-unreachable', closed_at: null }).pluck('detail');
  return open.map((detail) => `the alarm kms-unreachable stands (${detail})`);
}

/** A webhook that was stored and that nobody has dealt with. */
async function openNews(db: Db): Promise<string[]> {
  const rows: { deal_no: string; type: string }[] = await db('pg_webhook_events')
    .whereNull('processed_at')
    .select('deal_no', 'type');
  return rows.map(({ deal_no, type }) => `the event ${type} of ${deal_no} is open`);
}
