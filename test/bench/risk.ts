/**
 * What judging costs: 200 decisions a second by the one script, a PING between every two; and a backtest over stored
 * decisions beside a tenth of them, in a process of its own.
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { type Counting, reserve } from '../../activities/risk/counters';
import { openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import { openRoster, startGuard } from '../../infra/local/roster';
import { openRedis } from '../../infra/redis';
import type { DealId } from '../../workflows/domain/ids';
import { won } from '../../workflows/domain/money';
import { insertPastDecisions, pastVerdicts } from '../fixtures/past-decisions';
import { answerOf, child } from './children';
import { quantile } from './numbers';
import type { BacktestOrder, BacktestReport } from './risk-run';

const PER_SECOND = 200;
const WINDOW_S = 5;
const WINDOWS = 6;
/** So many that none is over a limit in this time. */
const PAYERS = 2_000;
const TIMES_MAX = 2;
const RSS_GROWTH_MAX = 64 * 1_048_576;
const PATIENCE_MS = 3_600_000;
const LIMITS = { userDailyCount: 5, userDailyAmount: 5_000_000, cardHourlyCount: 1_000 };

type Say = (what: string) => void;

/** Runs the part; answers with what is amiss, in words. */
export async function benchRisk(decisions: number, say: Say): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-bench-'));
  const roster = openRoster(dir);
  const guard = startGuard(roster.file);
  try {
    return [...(await benchDecisions(dir, roster.add, say)), ...(await benchBacktest(dir, roster.add, decisions, say))];
  } finally {
    guard.release();
    rmSync(dir, { recursive: true, force: true });
  }
}

type OnSpawn = ReturnType<typeof openRoster>['add'];

async function benchDecisions(dir: string, onSpawn: OnSpawn, say: Say): Promise<string[]> {
  say('risk: starting Redis');
  const files = { dataDir: join(dir, 'redis'), logFile: join(dir, 'redis.log'), onSpawn };
  const server = await startRedis(files);
  const redis = await openRedis(server.url);
  try {
    const payers = Array.from({ length: PAYERS }, counting);
    const decide = (n: number) => decideOnce(redis, payers[n % PAYERS] as Counting);
    const ping = () => redis.ping();
    for (const payer of payers) await decideOnce(redis, payer); // every counter is there
    // Both meet the same moments of the same machine: what one of them waits for, the other may as well.
    const both = (n: number) => (n % 2 === 0 ? decide(n / 2) : ping());
    await atRate(both);
    const tookMs = { decisions: [] as number[], pings: [] as number[] };
    for (let window = 1; window <= WINDOWS; window++) {
      const took = await atRate(both);
      tookMs.decisions.push(...took.filter((_, n) => n % 2 === 0));
      tookMs.pings.push(...took.filter((_, n) => n % 2 === 1));
      say(`risk: window ${window} of ${WINDOWS}`);
    }
    return reportDecisions(tookMs);
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

const counting = (): Counting => ({
  ...{ dealId: randomUUID() as DealId, attempt: 1, userId: randomUUID(), cardId: randomUUID() },
  ...{ deviceId: randomUUID(), deviceTextHash: randomUUID(), principal: won(10_000) },
  ...{ cardKey: randomUUID(), accountHash: randomUUID() },
});

const NOTHING = { userDeals: {}, cardCharges: {}, accountCards: {}, deviceAccounts: {}, deviceTextAccounts: {} };

/** A further attempt of the same deal takes the place of the one before: the counters stay as large as a day makes them. */
async function decideOnce(redis: Redis, payer: Counting): Promise<unknown> {
  const one = Object.assign(payer, { attempt: payer.attempt + 1 });
  const at = new Date();
  const answer = await reserve(redis, one, { limits: LIMITS, at });
  return answer === 'load'
    ? reserve(redis, one, { limits: LIMITS, at, fill: { ...NOTHING, openedAt: at.getTime() } })
    : answer;
}

/** Begins calls of both kinds, so many of each a second, whether or not the ones before have answered; answers with how long each took, ms. */
async function atRate(call: (n: number) => Promise<unknown>): Promise<number[]> {
  const took: Promise<number>[] = [];
  const from = performance.now();
  for (let n = 0; n < 2 * PER_SECOND * WINDOW_S; n++) {
    const early = from + (n * 1_000) / (2 * PER_SECOND) - performance.now();
    if (early > 0) await delay(early);
    const begun = performance.now();
    took.push(call(n).then(() => performance.now() - begun));
  }
  return Promise.all(took);
}

function reportDecisions({ decisions, pings }: { decisions: readonly number[]; pings: readonly number[] }): string[] {
  const at = (q: number) => [quantile(decisions, q), quantile(pings, q)] as const;
  const words = (q: number) => `${at(q)[0].toFixed(2)} ms, PING ${at(q)[1].toFixed(2)} ms`;
  const times = at(0.99)[0] / at(0.99)[1];
  process.stdout.write(
    `\nJudging, ${PER_SECOND} decisions a second by one script, a PING between every two (of this machine, in this run)\n` +
      `  p50 ${words(0.5)}\n  p99 ${words(0.99)}: ${times.toFixed(2)} times\n`,
  );
  return times <= TIMES_MAX ? [] : [`p99 of a decision is ${times.toFixed(2)} times that of a PING, not ${TIMES_MAX}`];
}

async function benchBacktest(dir: string, onSpawn: OnSpawn, decisions: number, say: Say): Promise<string[]> {
  const files = { dataDir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log'), onSpawn };
  say('risk: starting PostgreSQL (fsync on)');
  const postgres = await startPostgres(files);
  const children: ChildProcess[] = [];
  try {
    const few = await backtestOf(postgres.url, Math.ceil(decisions / 10), children, say);
    const many = await backtestOf(postgres.url, decisions, children, say);
    return [...reportBacktest(few, many), ...wrongIn(many)];
  } finally {
    for (const one of children) one.kill();
    await postgres.stop();
  }
}

interface Measured extends BacktestReport {
  readonly count: number;
}

async function backtestOf(server: string, count: number, children: ChildProcess[], say: Say): Promise<Measured> {
  const name = `risk_${count}`;
  const admin = openDb({ databaseUrl: server, poolMax: 1 });
  await admin.raw(`create database ${name}`).finally(() => admin.destroy());
  const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const db = openDb({ databaseUrl, poolMax: 1, statementTimeoutMs: PATIENCE_MS });
  try {
    await migrate(db);
    say(`risk: writing ${count.toLocaleString('en-US')} decisions`);
    await insertPastDecisions(db, count);
  } finally {
    await db.destroy();
  }
  say('risk: backtest');
  const order: BacktestOrder = { databaseUrl, set: 1, from: '2025-12-31T15:00:00Z', to: '2026-12-31T15:00:00Z' };
  return { ...(await answerOf<BacktestReport>(child(children, require.resolve('./risk-run'), order))), count };
}

function reportBacktest(few: Measured, many: Measured): string[] {
  const mb = (bytes: number) => (bytes / 1_048_576).toFixed(0);
  const counts = [few, many].map(({ count }) => count.toLocaleString('en-US')).join(' and ');
  const grown = many.rssPeak - many.rssBefore;
  process.stdout.write(
    `\nA backtest of ${counts} decisions\n` +
      `  backtest, ${few.seconds.toFixed(2)} s and ${many.seconds.toFixed(2)} s: ` +
      `${(many.seconds / few.seconds).toFixed(1)} times\n` +
      `  memory, from the start to the peak ${mb(many.rssBefore)} to ${mb(many.rssPeak)} MB (+${mb(grown)} MB)\n\n`,
  );
  return grown <= RSS_GROWTH_MAX ? [] : [`a backtest took ${mb(grown)} MB of memory, not 64`];
}

/** What every decision should come to is known from how it was made. */
function wrongIn({ count, verdicts }: Measured): string[] {
  const wanted = pastVerdicts(count);
  return isDeepStrictEqual(verdicts, wanted)
    ? []
    : [`a backtest of ${count} decisions says ${JSON.stringify(verdicts)}, not ${JSON.stringify(wanted)}`];
}
