/**
 * The admin API over a long history beside a short one, in one run: whatever operators ask for must not grow with the
 * data. Both are asked in turn, over HTTP, so that they meet the same machine.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Db, openDb } from '../../db/connection';
import { AUDIT_INVARIANTS } from '../../db/invariants/audit';
import { CHECK_STATEMENT_MS, examineAll } from '../../db/invariants/invariant';
import { migrate } from '../../db/migrations';
import { grantRights } from '../../db/rights/grant';
import { loginUrls, makeLogins } from '../../infra/local/logins';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import { openRoster, startGuard } from '../../infra/local/roster';
import { LOGIN_PASSWORDS } from '../servers/logins';
import { type AdminApi, openAdminApi } from './admin-api';
import { ADMIN_CALLS, type AdminCall } from './admin-calls';
import { insertHistory } from './admin-history';
import { quantile } from './numbers';

const SHORT = 10_000;
const TIMES_MAX = 3;
/** What is quicker counts as this, ms: below it a p99 is the machine's noise. */
const FLOOR_MS = 5;
const WARM_UP = 5;
const PATIENCE_MS = 3_600_000;

export interface AdminPlan {
  /** Deals of the long history. */
  readonly deals: number;
  /** Calls of each kind at each size. */
  readonly calls: number;
  /** Where the generated databases stay for another run; absent: they are removed. */
  readonly dir?: string | undefined;
}

type Say = (what: string) => void;

/** `url` with another database. */
const named = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;

/** The history of so many deals as a database to clone, made if it is not there; answers with its name. */
async function templateOf(server: Db, url: string, count: number, say: Say): Promise<string> {
  const name = `history_${count}`;
  if (await server('pg_database').where({ datname: name, datistemplate: true }).first('datname')) return name;
  await server.raw(`drop database if exists ${name}`);
  await server.raw(`create database ${name}`);
  const db = openDb({ databaseUrl: named(url, name), poolMax: 1, statementTimeoutMs: PATIENCE_MS });
  try {
    await migrate(db);
    await makeLogins(url, LOGIN_PASSWORDS);
    say(`admin: writing ${count.toLocaleString('en-US')} deals with all that hangs on them`);
    await insertHistory(db, count, new Date(), say);
  } finally {
    await db.destroy();
  }
  await server.raw(`alter database ${name} with is_template true allow_connections false`);
  return name;
}

interface Copy {
  readonly url: string;
  readonly owner: Db;
}

/** A copy to be measured, which may change. */
async function copyOf(server: Db, url: string, template: string): Promise<Copy> {
  const name = `measured_${template}`;
  await server.raw(`drop database if exists ${name} with (force)`);
  await server.raw(`create database ${name} template ${template} strategy file_copy`);
  const owner = openDb({ databaseUrl: named(url, name), statementTimeoutMs: PATIENCE_MS });
  await grantRights(owner); // those on the database itself are not cloned
  return { url: named(url, name), owner };
}

interface Measured {
  readonly name: string;
  readonly short: readonly number[];
  readonly long: readonly number[];
}

/** The same of both in turn; every other time the order is changed. */
async function measure(call: AdminCall, apis: { short: AdminApi; long: AdminApi }, calls: number): Promise<Measured> {
  const [short, long]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < WARM_UP + calls; turn++) {
    const order = turn % 2 === 0 ? (['short', 'long'] as const) : (['long', 'short'] as const);
    for (const size of order) {
      const tookMs = await call.send(apis[size], turn);
      if (turn >= WARM_UP) (size === 'short' ? short : long).push(tookMs);
    }
  }
  return { name: call.name, short, long };
}

const p99 = (values: readonly number[]): number => quantile(values, 0.99);
const timesOf = ({ short, long }: Measured): number => Math.max(FLOOR_MS, p99(long)) / Math.max(FLOOR_MS, p99(short));

function reportOf(measured: readonly Measured[], deals: number): string {
  const cell = (values: readonly number[]) =>
    `${quantile(values, 0.5).toFixed(1)} / ${p99(values).toFixed(1)}`.padStart(18);
  const head = [SHORT, deals].map((n) => n.toLocaleString('en-US').padStart(18)).join('');
  return [
    `\nthe admin API over ${deals.toLocaleString('en-US')} deals: p50 / p99 in ms, and how many times the p99\n`,
    `  ${''.padEnd(36)}${head}\n`,
    ...measured.map(
      (one) => `  ${one.name.padEnd(36)}${cell(one.short)}${cell(one.long)}${timesOf(one).toFixed(2).padStart(8)}\n`,
    ),
  ].join('');
}

const SAMPLE_MS = 20;
/** Memory of a server process that is its own, bytes. */
const ownMemory = (pid: number): number =>
  1_024 * Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** The law of the audit's chain, as `npm run check` looks at it: answers with what is amiss. */
async function checkChain({ url }: Copy): Promise<string[]> {
  const databaseUrl = loginUrls(url, LOGIN_PASSWORDS).read;
  const db = openDb({ databaseUrl, poolMax: 1, statementTimeoutMs: CHECK_STATEMENT_MS });
  try {
    const { rows } = await db.raw('select pg_backend_pid() as pid');
    const pid: number = rows[0].pid;
    const [before, ended] = [ownMemory(pid), new AbortController()];
    let peak = before;
    const watch = (async () => {
      for (; !ended.signal.aborted; await delay(SAMPLE_MS)) peak = Math.max(peak, ownMemory(pid));
    })();
    const { findings, unchecked } = await examineAll(db, AUDIT_INVARIANTS, { now: new Date(), stuckAfterS: 600 });
    ended.abort();
    await watch;
    for (const { name, seen, ms } of findings) {
      const mb = (bytes: number) => (bytes / 1_048_576).toFixed(0);
      const took = `${(ms / 1_000).toFixed(1)} s, memory of its server process ${mb(before)} to ${mb(peak)} MB`;
      process.stdout.write(`  law ${name} over ${seen.toLocaleString('en-US')} entries: ${took}\n`);
    }
    return [
      ...findings.flatMap(({ breaks }) => breaks.map(({ fact }) => `the chain of the audit: ${fact}`)),
      ...unchecked.map(({ name, reason }) => `${name}: ${reason}`),
    ];
  } finally {
    await db.destroy();
  }
}

async function measureAll(
  copies: { short: Copy; long: Copy },
  redisUrl: string,
  plan: AdminPlan,
  dir: string,
  say: Say,
) {
  const open = (copy: Copy) => {
    const url = loginUrls(copy.url, LOGIN_PASSWORDS).app;
    return openAdminApi({ url, owner: copy.owner, redisUrl, dir });
  };
  const apis = { short: await open(copies.short), long: await open(copies.long) };
  try {
    const measured: Measured[] = [];
    for (const call of ADMIN_CALLS) {
      say(`  ${call.name}`);
      measured.push(await measure(call, apis, plan.calls));
    }
    return measured;
  } finally {
    await Promise.all([apis.short.close(), apis.long.close()]);
  }
}

/** Prints what is to be said; answers with what is amiss, in words. */
function judge(measured: readonly Measured[], chain: readonly string[]): string[] {
  const slow = measured.filter((one) => timesOf(one) > TIMES_MAX);
  const worst = measured.toSorted((a, b) => timesOf(b) - timesOf(a))[0];
  if (worst) process.stdout.write(`  most times: ${worst.name}, ${timesOf(worst).toFixed(2)}\n`);
  const failed = slow.length + (chain.length > 0 ? 1 : 0);
  process.stdout.write(`${measured.length + 1 - failed} passed, ${failed} failed\n`);
  return [...slow.map((one) => `${one.name}: ${timesOf(one).toFixed(2)} times the p99 of ${SHORT} deals`), ...chain];
}

/** Runs the part; answers with what is amiss, in words. */
export async function benchAdmin(plan: AdminPlan, say: Say): Promise<string[]> {
  const own = mkdtempSync(join(tmpdir(), 'plic-bench-'));
  if (plan.dir) mkdirSync(plan.dir, { recursive: true });
  const roster = openRoster(own);
  const guard = startGuard(roster.file);
  say('admin: starting PostgreSQL and Redis');
  const files = (name: string) => ({ logFile: join(own, `${name}.log`), onSpawn: roster.add });
  const postgres = await startPostgres({
    ...files('postgres'),
    dataDir: join(plan.dir ?? own, 'postgres'),
    volatile: true,
  });
  const redis = await startRedis({ ...files('redis'), dataDir: join(own, 'redis') });
  const server = openDb({ databaseUrl: postgres.url, poolMax: 1, statementTimeoutMs: PATIENCE_MS });
  const copies: Copy[] = [];
  const copied = async (count: number) => {
    const copy = await copyOf(server, postgres.url, await templateOf(server, postgres.url, count, say));
    copies.push(copy);
    return copy;
  };
  try {
    const [short, long] = [await copied(SHORT), await copied(plan.deals)];
    say('admin: asking');
    const measured = await measureAll({ short, long }, redis.url, plan, own, say);
    process.stdout.write(reportOf(measured, plan.deals));
    return judge(measured, await checkChain(long));
  } finally {
    await Promise.all([...copies.map(({ owner }) => owner.destroy()), server.destroy()]);
    await Promise.all([redis.stop(), postgres.stop()]);
    guard.release();
    rmSync(own, { recursive: true, force: true });
  }
}
