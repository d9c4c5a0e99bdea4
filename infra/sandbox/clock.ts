/*
 * The clock of the sandboxes, which can be put forward where the system that they play for can follow it
 * (`npm start -- --fast-clock`).
 *
 * GET /_sandbox/clock  -> {now, aheadMs}
 * PUT /_sandbox/clock {now: "2026-12-24T09:00:00+09:00"} or {advance: "P1DT12H"} (ISO 8601)
 *   -> 200 {now, aheadMs, …} when everything has followed; 409 when it would go back, or is being moved; 400, 422
 * PUT /_sandbox/clock/ahead {aheadMs}  -> 204; of the one who leads the system's clock, to whom the former is passed on
 */
import express, { type Express } from 'express';
import { z } from 'zod';
import { kstTime } from './korean-time';

export type Clock = {
  now(): number;
  readonly aheadMs: number;
  /** Who moves the clock of the whole system; undefined: nobody does, and this clock keeps real time. */
  readonly leaderUrl: string | undefined;
  /** Puts it forward; it never goes back. Whoever waits for a time is told. */
  putForward(aheadMs: number): void;
  onMove(listener: () => void): void;
};

/** A clock that several sandboxes share. */
export function createClock(leaderUrl?: string): Clock {
  let aheadMs = 0;
  const listeners: (() => void)[] = [];
  return {
    now: () => Date.now() + aheadMs,
    get aheadMs() {
      return aheadMs;
    },
    leaderUrl,
    putForward(wanted) {
      if (wanted <= aheadMs) return;
      aheadMs = wanted;
      for (const tell of listeners) tell();
    },
    onMove: (listener) => void listeners.push(listener),
  };
}

const LEADER_MS = 180_000;
const NO_LEADER = 'this sandbox keeps real time: start the system with "npm start -- --fast-clock"';
const following = z.object({ aheadMs: z.number().min(0) });

/** What PUT answers is the leader's to say: it knows what follows. */
export function clockRoutes(app: Express, clock: Clock): void {
  app.get('/_sandbox/clock', (_, res) => void res.json({ now: kstTime(clock.now()), aheadMs: clock.aheadMs }));
  app.put('/_sandbox/clock', express.text({ type: () => true }), async (req, res) => {
    const { leaderUrl } = clock;
    if (leaderUrl === undefined) return void res.status(409).json({ code: 'REAL_TIME', message: NO_LEADER });
    try {
      const answer = await fetch(`${leaderUrl}/clock`, {
        ...{ method: 'PUT', headers: { 'content-type': 'application/json' }, body: String(req.body) },
        signal: AbortSignal.timeout(LEADER_MS),
      });
      res
        .status(answer.status)
        .type('json')
        .send(await answer.text());
    } catch (error) {
      const message = `the clock of the system does not answer (${(error as Error).name}): see the log "clock"`;
      res.status(503).json({ code: 'CLOCK_UNAVAILABLE', message });
    }
  });
  app.put('/_sandbox/clock/ahead', express.json(), (req, res) => {
    const { data } = following.safeParse(req.body);
    if (!data) return void res.status(400).json({ code: 'INVALID_REQUEST', message: 'aheadMs must be a number' });
    clock.putForward(data.aheadMs);
    res.status(204).end();
  });
}
