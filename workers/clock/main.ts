/**
 * A part of `npm start -- --fast-clock`: moves the clock of the system when a sandbox is asked to (`PUT
 * /_sandbox/clock`). For machines of developers alone.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { openKeysOf } from '../../api/open-keys';
import { openDb } from '../../db/connection';
import { type FastClock, readFastClock } from '../../db/fast-clock';
import { type ClockConfig, loadClockConfig } from '../../infra/config/clock';
import { ConfigError } from '../../infra/config/load';
import { wallClock } from '../../infra/fast-clock';
import { createLog } from '../../infra/log';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { kstTimeOf } from '../../workflows/domain/bank-calendar';
import { carryOn, leadSandboxes, move } from './leader';
import { type Asked, targetOf } from './target';

type Deps = Parameters<typeof carryOn>[0];

/** One after the other: a move is followed by one at a time. */
let last: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work, work);
  last = mine;
  return mine;
}

const CARRY_ON_AFTER_MS = 1_000;

const shown = (clock: Pick<FastClock, 'aheadMs'>) => ({
  ...{ now: kstTimeOf(new Date(Date.now() + clock.aheadMs)), aheadMs: clock.aheadMs },
});

/** Puts the clock forward by what was asked; answers with what is said of it. */
async function putForwardBy(deps: Deps, given: unknown): Promise<{ status: number; body: object }> {
  const clock = await readFastClock(deps.db);
  const asked: Asked = targetOf(given, clock, new Date());
  if (asked.kind === 'refused') return { status: asked.status, body: { code: asked.code, message: asked.message } };
  const followed = await move(deps, clock, asked.aheadMs);
  if (followed) return { status: 200, body: { ...followed, ...shown(followed) } };
  return { status: 409, body: { code: 'CLOCK_MOVES', message: 'it is being put forward just now: ask again' } };
}

/** `GET` and `PUT /clock`, for the sandboxes, which pass on what they were asked. */
function routes(deps: Deps): Express {
  const app = express().disable('x-powered-by');
  app.get('/clock', async (_, res) => void res.json(shown(await readFastClock(deps.db))));
  app.put('/clock', express.json(), async (req, res) => {
    const { status, body } = await inTurn(() => putForwardBy(deps, req.body));
    res.status(status).json(body);
  });
  const failed: ErrorRequestHandler = (error: { status?: number; message: string }, _req, res, _next) => {
    if (error.status !== undefined) return void res.status(400).json({ code: 'INVALID_REQUEST', message: NOT_JSON });
    deps.log.error({ reason: error.message }, 'the clock was not put forward, or not all follow it yet');
    res.status(503).json({ code: 'CLOCK_NOT_FOLLOWED', message: `${error.message}; it is gone on with` });
  };
  app.use(failed);
  return app;
}
const NOT_JSON = 'the body must be JSON: {"now": "…"} or {"advance": "P1D"}';

async function open(config: ClockConfig): Promise<Deps> {
  const log = createLog('clock', config.logLevel);
  const db = openDb({ databaseUrl: config.databaseUrl, poolMax: 3 });
  const { dataKeys } = await openKeysOf({ db, masterKey: config.masterKey, clock: wallClock, log });
  const client = await openTemporal(config.temporal, dataKeys);
  const { deals: dealsQueue } = taskQueuesOf(config.temporal.taskQueue);
  return { db, client, dealsQueue, sandboxUrl: config.sandboxUrl, log };
}

/** A move that somebody died over, or that not all followed in time, is gone on with until they do. */
async function goOn(deps: Deps): Promise<never> {
  for (;;) {
    await inTurn(() => carryOn(deps)).catch((error: Error) =>
      deps.log.warn({ reason: error.message }, 'not all follow the clock yet'),
    );
    await pause(CARRY_ON_AFTER_MS);
  }
}

async function main(): Promise<void> {
  const config = loadClockConfig();
  const deps = await open(config);
  await leadSandboxes(deps, (await readFastClock(deps.db)).aheadMs);
  const server = createServer(routes(deps)).listen(config.port, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  deps.log.info({ port: (server.address() as AddressInfo).port }, 'listening');
  void goOn(deps);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`clock: ${error instanceof ConfigError ? error.message : error.stack}\n`);
    process.exit(1);
  },
);
