/**
 * A launcher (`node --import tsx <this file> workers/main.ts`, or both compiled) whose process ends itself, as SIGKILL does, at an armed point. It hooks
 * the wire, so that no code of the house knows of it: provider calls, COMMITs, the row of an idempotency key, the update-with-start,
 * the answer of the API. Without PLIC_FAILPOINTS it hooks nothing, but for SIGUSR2, at which it runs out of memory; it refuses to run in production. (A preload would be loaded into
 * the threads of the workflows as well, where TypeScript is not.)
 */
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import { resolve } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import pg from 'pg';
import {
  ARMED_AFTER_VARIABLE,
  ARMS_VARIABLE,
  BOOKING_POINTS,
  BUNDLE_VARIABLE,
  type Failpoint,
  HITS_VARIABLE,
  type Hit,
  parseArms,
} from './failpoint-names';

/** One attempt of an activity: what it commits before its first call is its intent, what it commits later its result. */
interface Run {
  readonly activity: string;
  called: boolean;
}

type Query = (this: unknown, ...args: unknown[]) => unknown;
interface Statement {
  readonly text?: string;
  readonly values?: readonly unknown[];
}

const runs = new WeakMap<Context, Run>();
const left = new Map<string, number>();
const armedAfterMs = Number(process.env[ARMED_AFTER_VARIABLE] ?? 0);

function currentRun(): Run | undefined {
  const context = asyncLocalStorage.getStore();
  if (!context) return undefined;
  const known = runs.get(context);
  const run = known ?? { activity: context.info.activityType, called: false };
  if (!known) runs.set(context, run);
  return run;
}

/** Counts a passage; answers whether it is the one to die at. */
function isStruck(point: string): boolean {
  const passages = left.get(point);
  if (passages === undefined || performance.now() < armedAfterMs) return false;
  left.set(point, passages - 1);
  return passages === 1;
}

function die(point: string): void {
  const hit: Hit = { point: point as Failpoint, pid: process.pid };
  appendFileSync(process.env[HITS_VARIABLE] ?? '/dev/stderr', `${JSON.stringify(hit)}\n`);
  process.kill(process.pid, 'SIGKILL'); // nothing of this process runs any more
}

function pass(point: string): void {
  if (isStruck(point)) die(point);
}

/** Calls to the providers alone; an answer counts as read when its whole body has come. */
function hookProviderCalls(origins: readonly string[]): void {
  const call = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const run = origins.some((origin) => url.startsWith(origin)) ? currentRun() : undefined;
    if (!run) return call(input, init);
    pass(`${run.activity}.before_call`);
    run.called = true;
    const answer = await call(input, init);
    const point = `${run.activity}.after_call`;
    if (isStruck(point)) {
      await answer.arrayBuffer();
      die(point);
    }
    return answer;
  };
}

const isBooking = (run: Run | undefined): boolean =>
  BOOKING_POINTS.some((point) => run && point.startsWith(`${run.activity}.`));

/** The names of the two moments around this statement, if it has any. */
function momentsOf({ text = '', values = [] }: Statement): { before: string; after: string } | undefined {
  if (/^commit\b/i.test(text)) {
    const run = currentRun();
    const what = isBooking(run) ? 'commit' : run?.called ? 'result_commit' : 'intent_commit';
    return run && { before: `${run.activity}.before_${what}`, after: `${run.activity}.after_${what}` };
  }
  const isKey = /^\s*insert into idempotency_keys\b/i.test(text);
  const isConfirm = isKey && values.some((value) => typeof value === 'string' && value.endsWith('/confirm'));
  return isConfirm ? { before: 'confirm.before_key', after: 'confirm.after_key' } : undefined;
}

/** Statements of knex, which always gives a callback. */
function hookStatements(): void {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function (...args) {
    const statement = typeof args[0] === 'string' ? { text: args[0] } : (args[0] as Statement);
    const moments = momentsOf(statement);
    const done = args.at(-1);
    if (!moments || typeof done !== 'function') return query.apply(this, args);
    pass(moments.before);
    const counted = (error: unknown, ...rest: unknown[]) => {
      if (!error) pass(moments.after);
      return done(error, ...rest);
    };
    return query.apply(this, [...args.slice(0, -1), counted]);
  };
}

/** Strikes when the request has been handed over whole; whether the server still heeds it is part of the fault. */
function hookUpdateWithStart(): void {
  const connect = http2.connect as (...args: unknown[]) => http2.ClientHttp2Session;
  const hooked = (...args: unknown[]) => {
    const session = connect(...args);
    const request = session.request.bind(session);
    session.request = (headers, options) => {
      const stream = request(headers, options);
      const path = String((headers as http2.OutgoingHttpHeaders | undefined)?.[':path'] ?? '');
      if (path.endsWith('/ExecuteMultiOperation'))
        stream.once('finish', () => setImmediate(pass, 'confirm.after_start'));
      return stream;
    };
    return session;
  };
  http2.connect = hooked as typeof http2.connect;
}

function hookReplies(): void {
  const prototype = http.ServerResponse.prototype as unknown as { end: Query };
  const { end } = prototype;
  prototype.end = function (this: http.ServerResponse, ...args) {
    const { method, url = '' } = this.req;
    if (method === 'POST' && /^\/v1\/deals\/[^/]+\/confirm$/.test(url)) pass('confirm.before_reply');
    return end.apply(this, args);
  } as Query;
}

/** On SIGUSR2 it takes memory until V8 ends the process: slower and slower, and then gone in the middle of everything. */
function hoard(): void {
  for (const hoarded: number[][] = []; ; ) hoarded.push(Array.from({ length: 100_000 }, Math.random));
}

/** A worker that is started a hundred times need not bundle the same workflows each time. */
function bringWorkflows(codePath: string | undefined): void {
  if (codePath === undefined) return;
  const name = require.resolve('@temporalio/worker');
  const properties = Object.getOwnPropertyDescriptors(require(name));
  const bundled = { value: async () => ({ codePath }), enumerable: true };
  const module = require.cache[name];
  if (module) module.exports = Object.defineProperties({}, { ...properties, bundleWorkflowCode: bundled });
}

if (process.env.NODE_ENV === 'production') {
  throw new Error('failpoints kill the process they are loaded into: they are for tests, never for production');
}
for (const { point, passage } of parseArms(process.env[ARMS_VARIABLE] ?? '')) left.set(point, passage);
if (left.size > 0) {
  hookProviderCalls([process.env.SOFTPAYMENT_URL, process.env.BANK_URL].filter((url) => url !== undefined));
  hookStatements();
  hookUpdateWithStart();
  hookReplies();
}
process.on('SIGUSR2', hoard);
bringWorkflows(process.env[BUNDLE_VARIABLE]);
process.argv.splice(1, 1); // the script sees itself where it expects to be
require(resolve(process.argv[1] ?? ''));
