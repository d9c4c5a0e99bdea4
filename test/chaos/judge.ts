/** The verdict of a run: `npm run check -- --journals` as anyone would run it, every promise that a payer was given (I14), and every notice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from '../../db/connection';
import { brokenNotices } from './notices';
import type { Promised } from './phone';
import { unreplayable } from './replay';
import type { System } from './system';

const ROOT = join(__dirname, '../..');
const CHARGED = ['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED'];
const CANCELLED = ['CANCELLED', 'REFUNDED'];

export interface Verdict {
  /** What `npm run check` printed. */
  readonly checked: string;
  readonly checkPassed: boolean;
  /** Promises that do not hold, and what was told too often or not at all, in words. */
  readonly broken: readonly string[];
  /** Histories that were replayed, and what those that cannot be say. */
  readonly replayed: number;
  readonly unreplayable: readonly string[];
}

/** Looks at everything once. The system is quiet and stays up. */
export async function judge(system: System, promised: readonly Promised[]): Promise<Verdict> {
  const { output, code } = await runCheck(system);
  const broken = [...(await brokenPromises(system.db, promised)), ...(await brokenNotices(system))];
  const { replayed, failed } = await unreplayable(system).catch((error: Error) => ({
    ...{ replayed: 0, failed: [`the histories could not be replayed: ${error.message}`] },
  }));
  return { checked: output, checkPassed: code === 0, broken, replayed, unreplayable: failed };
}

async function runCheck({ dir, env }: System): Promise<{ output: string; code: number | null }> {
  const child = spawn(
    process.execPath,
    ['--import', require.resolve('tsx'), 'workers/commands/check.ts', '--journals'],
    {
      cwd: ROOT,
      env: { ...process.env, ...env, LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  writeFileSync(join(dir, 'check.txt'), output);
  return { output, code };
}

interface Truth {
  readonly status: string;
  readonly deal_no: string;
  readonly principal: string;
  readonly total: string;
  readonly cancel_requested: boolean;
  /** States by version, the first at index 1. */
  readonly path: Readonly<Record<string, string>>;
  readonly payments: readonly { readonly card: string; readonly status: string; readonly late: boolean }[];
}

const TRUTH = `select d.id, d.status, d.deal_no, d.principal, d.total, d.cancel_requested_at is not null as cancel_requested,
  (select jsonb_object_agg(e.deal_version, e.to_state) from deal_events e
    where e.deal_id = d.id and e.deal_version is not null) as path,
  (select coalesce(jsonb_agg(jsonb_build_object('card', p.card_id, 'status', p.status, 'late', p.late)), '[]')
    from payments p where p.deal_id = d.id) as payments
  from deals d`;

async function brokenPromises(db: Db, promised: readonly Promised[]): Promise<string[]> {
  const { rows } = await db.raw<{ rows: (Truth & { id: string })[] }>(TRUTH);
  const truths = new Map(rows.map((row) => [row.id, row]));
  return promised.flatMap((promise) => {
    const truth = truths.get(promise.body.id);
    const why = truth ? brokenOf(promise, truth) : 'the deal is not there';
    return why ? [`${promise.body.dealNo}: ${promise.request} was answered ${promise.status}, but ${why}`] : [];
  });
}

/** Why the promise does not hold; undefined when it does. */
function brokenOf({ request, status, body, cardId }: Promised, truth: Truth): string | undefined {
  if (truth.path[body.version] !== body.status)
    return `version ${body.version} is ${truth.path[body.version]}, not ${body.status}`;
  if (body.dealNo !== truth.deal_no || `${body.principal}` !== truth.principal || `${body.total}` !== truth.total)
    return 'the quote is another';
  if (request === 'confirm' && status === 200) {
    const charged = truth.payments.some(
      (payment) => payment.card === cardId && !payment.late && CHARGED.includes(payment.status),
    );
    return charged ? undefined : 'that card was never charged';
  }
  if (request === 'confirm' && status === 202) {
    const heeded = truth.payments.length > 0 || truth.cancel_requested || truth.status === 'CANCELLED';
    return heeded ? undefined : 'no charge was ever tried';
  }
  if (request === 'cancel') {
    const cancelled = truth.cancel_requested && CANCELLED.includes(truth.status);
    return cancelled ? undefined : `it is ${truth.status}`;
  }
  return undefined;
}
