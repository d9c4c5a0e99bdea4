/** The first of a month over many members beside a tenth of them, in one run: how long, how much memory, and whether it is right. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { grantRights } from '../../db/rights/grant';
import { loginUrls, makeLogins } from '../../infra/local/logins';
import { startPostgres } from '../../infra/local/postgres';
import { openRoster, startGuard } from '../../infra/local/roster';
import { completedOf, gradeBefore, insertMonthOfMembers } from '../fixtures/month-of-members';
import { LOGIN_PASSWORDS } from '../servers/logins';
import { answerOf, child } from './children';
import type { MonthsOrder, MonthsReport } from './months-run';

const MONTH = '2026-02';
const SCHEDULED_AT = '2026-02-28T15:00:00.000Z';
const PATIENCE_MS = 3_600_000;
const RSS_GROWTH_MAX = 64 * 1_048_576;
/** Ten times the members. */
const TIMES_MAX = 12;

type Say = (what: string) => void;

/** Runs the part; answers with what is amiss, in words. */
export async function benchMonths(members: number, say: Say): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-bench-'));
  const roster = openRoster(dir);
  const guard = startGuard(roster.file);
  const files = { dataDir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log'), onSpawn: roster.add };
  say('months: starting PostgreSQL (fsync on)');
  const postgres = await startPostgres(files);
  const children: ChildProcess[] = [];
  try {
    const few = await measure(postgres.url, Math.ceil(members / 10), children, say);
    const many = await measure(postgres.url, members, children, say);
    process.stdout.write(reportOf(few, many));
    return [...wrongIn(few), ...wrongIn(many), ...targetsMissed(few, many)];
  } finally {
    for (const one of children) one.kill();
    await postgres.stop();
    guard.release();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Measured extends MonthsReport {
  readonly count: number;
}

async function measure(server: string, count: number, children: ChildProcess[], say: Say): Promise<Measured> {
  const name = `months_${count}`;
  const admin = openDb({ databaseUrl: server, poolMax: 1 });
  await admin.raw(`create database ${name}`).finally(() => admin.destroy());
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const db = openDb({ databaseUrl: url, poolMax: 1, statementTimeoutMs: PATIENCE_MS });
  try {
    await migrate(db);
    await makeLogins(url, LOGIN_PASSWORDS);
    await grantRights(db);
    say(`months: writing ${count.toLocaleString('en-US')} members with their deals`);
    await insertMonthOfMembers(db, { count, month: MONTH });
    await db.raw('vacuum analyze'); // as autovacuum would have by the night
  } finally {
    await db.destroy();
  }
  say('months: running');
  const order: MonthsOrder = { databaseUrl: loginUrls(url, LOGIN_PASSWORDS).app, scheduledAt: SCHEDULED_AT };
  return { ...(await answerOf<MonthsReport>(child(children, require.resolve('./months-run'), order))), count };
}

const gradeFor = (completed: number): string =>
  completed >= 10_000_000 ? 'VIP' : completed >= 3_000_000 ? 'GOLD' : completed >= 1_000_000 ? 'SILVER' : 'BASIC';

function wrongIn({ count, grades, again, months }: Measured): string[] {
  let [changed, principal] = [0, 0];
  for (let n = 0; n < count; n++) {
    principal += completedOf(n);
    if (gradeFor(completedOf(n)) !== gradeBefore(n)) changed += 1;
  }
  const told = (what: string, found: number | undefined, wanted: number) =>
    found === wanted ? [] : [`of ${count} members ${what}: ${found}, not ${wanted}`];
  return [
    ...told('were judged', grades.members, count),
    ...told('changed', grades.counts.changed, changed),
    ...told('changed again', again.counts.changed, 0),
    ...told('completed', months.counts.principal, principal),
    ...[grades, again, months].flatMap(({ failed }) => (failed > 0 ? [`${failed} members could not be done`] : [])),
  ];
}

function targetsMissed(few: Measured, many: Measured): string[] {
  const missed: string[] = [];
  for (const batch of ['grades', 'months'] as const) {
    const times = many[batch].seconds / few[batch].seconds;
    if (times > TIMES_MAX) missed.push(`${batch}: ten times the members took ${times.toFixed(1)} times as long`);
  }
  if (many.rssPeak - many.rssBefore > RSS_GROWTH_MAX)
    missed.push('the first of a month took more than 64 MB of memory');
  return missed;
}

function reportOf(few: Measured, many: Measured): string {
  const mb = (bytes: number) => (bytes / 1_048_576).toFixed(0);
  const of = (name: string, batch: 'grades' | 'again' | 'months') => {
    const [a, b] = [few[batch].seconds, many[batch].seconds];
    return `  ${name}, ${a.toFixed(2)} s and ${b.toFixed(2)} s: ${(b / a).toFixed(1)} times\n`;
  };
  const counts = [few, many].map(({ count }) => count.toLocaleString('en-US')).join(' and ');
  return [
    `\nthe first of a month, ${counts} members: ${many.grades.counts.changed} of the latter change their grade\n`,
    ...[of('grade-update', 'grades'), of('run again', 'again'), of('monthly-reset', 'months')],
    `  memory, from the start to the peak ${mb(many.rssBefore)} to ${mb(many.rssPeak)} MB (+${mb(many.rssPeak - many.rssBefore)} MB)\n\n`,
  ].join('');
}
