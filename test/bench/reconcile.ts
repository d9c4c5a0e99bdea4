/** Reconciling one day of many deals × 3 sources, with planted breaks: how long, how much memory, and whether it found exactly them. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { loginUrls, makeLogins } from '../../infra/local/logins';
import { startPostgres } from '../../infra/local/postgres';
import { openRoster, startGuard } from '../../infra/local/roster';
import { insertPerson } from '../fixtures/rows';
import { insertSettledDay, type SettledDay } from '../fixtures/settled-day';
import { LOGIN_PASSWORDS } from '../servers/logins';
import { answerOf, child } from './children';
import { type Planted, plantRows, plantsOf } from './reconcile-plants';
import type { RunOrder, RunReport } from './reconcile-run';

const DAY = '2026-03-02';
const NIGHT = '2026-03-03T23:00:00+09:00';
const SECONDS_MAX_100K = 15;
const RSS_GROWTH_MAX = 64 * 1_048_576;

/** Runs the part; answers with what is amiss, in words. */
export async function benchReconciliation(deals: number, say: (what: string) => void): Promise<string[]> {
  const settled: SettledDay = { day: DAY, count: deals };
  const dir = mkdtempSync(join(tmpdir(), 'plic-bench-'));
  const roster = openRoster(dir);
  const guard = startGuard(roster.file);
  const files = { dataDir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log'), onSpawn: roster.add };
  say('reconciliation: starting PostgreSQL (fsync on)');
  const postgres = await startPostgres(files);
  const db = openDb({ databaseUrl: postgres.url, statementTimeoutMs: 3_600_000 });
  const children: ChildProcess[] = [];
  try {
    await migrate(db);
    await makeLogins(postgres.url, LOGIN_PASSWORDS);
    say(`reconciliation: writing ${deals.toLocaleString('en-US')} deals with their ledger`);
    await insertSettledDay(db, settled, await insertPerson(db));
    const planted = plantsOf(settled);
    await plant(db, planted);
    const lists = child(children, require.resolve('./reconcile-lists'), settled);
    const { softpayment, bank } = await answerOf<{ softpayment: string; bank: string }>(lists);
    say('reconciliation: running');
    const order: RunOrder = {
      databaseUrl: loginUrls(postgres.url, LOGIN_PASSWORDS).app,
      softpaymentUrl: softpayment,
      bankUrl: bank,
      day: DAY,
      now: NIGHT,
    };
    const report = await answerOf<RunReport>(child(children, require.resolve('./reconcile-run'), order));
    process.stdout.write(reportOf(report, deals));
    return [...(await differences(db, planted)), ...targetsMissed(report, deals)];
  } finally {
    for (const one of children) one.kill();
    await db.destroy();
    await postgres.stop();
    guard.release();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Also says that the files of the days before were read: only then may an old charge be called uncharged. */
async function plant(db: Db, planted: readonly Planted[]): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await plantRows(trx, planted);
    await trx.raw(
      `insert into provider_lists (source, day, read_at, lines)
       select 'softpayment', :day::date - n, :night::timestamptz - n * interval '1 day', 0 from generate_series(1, 10) n`,
      { day: DAY, night: NIGHT },
    );
  });
  await db.raw('vacuum analyze'); // as autovacuum would have by the night
}

async function differences(db: Db, planted: readonly Planted[]): Promise<string[]> {
  const found = (await breaksAfter(db, 0, 'all', 10_000)).map((one) => `${one.class} ${one.key}`);
  const expected = planted.map((one) => `${one.class} ${one.key}`);
  return [
    ...expected.filter((name) => !found.includes(name)).map((name) => `a planted break was not found: ${name}`),
    ...found.filter((name) => !expected.includes(name)).map((name) => `a break was found that is none: ${name}`),
  ];
}

function targetsMissed({ totalSeconds, rssBefore, rssPeak }: RunReport, deals: number): string[] {
  const missed: string[] = [];
  const secondsMax = SECONDS_MAX_100K * Math.max(1, (deals / 100_000) * 1.2);
  if (totalSeconds > secondsMax)
    missed.push(`reconciling took ${totalSeconds.toFixed(1)} s, more than ${secondsMax} s`);
  if (rssPeak - rssBefore > RSS_GROWTH_MAX) missed.push('reconciling took more than 64 MB of memory');
  return missed;
}

function reportOf({ seconds, totalSeconds, rssBefore, rssPeak, result }: RunReport, deals: number): string {
  const mb = (bytes: number) => (bytes / 1_048_576).toFixed(0);
  const breaks = Object.values(result.open).reduce((sum, n) => sum + n, 0);
  const lines = `${result.sources.settlement.toLocaleString('en-US')} settlement lines, ${result.sources.bank.toLocaleString('en-US')} bank lines`;
  return [
    `\nreconciling one day of ${deals.toLocaleString('en-US')} deals: ${lines}\n`,
    ...Object.entries(seconds).map(([name, value]) => `  ${name.padEnd(32)}${value.toFixed(2).padStart(8)} s\n`),
    `  ${'in all'.padEnd(32)}${totalSeconds.toFixed(2).padStart(8)} s\n`,
    `  ${'memory, from the start to the peak'.padEnd(35)}${mb(rssBefore)} to ${mb(rssPeak)} MB (+${mb(rssPeak - rssBefore)})\n`,
    `  ${'breaks'.padEnd(32)}${String(breaks).padStart(8)} of ${Object.keys(result.open).length} classes, by class as planted or AMISS below\n\n`,
  ].join('');
}
