/** A deal's live event stream (server-sent events): reads the deal often, sends it when it changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import type { DealView } from '../db/deal-views';
import { isTerminal } from '../workflows/domain/deal-state';
import { toDealResource } from './deal-resource';
import { Problem } from './problem';

const POLL_MS = 300;
/** Shorter than what proxies take for a dead connection. */
const HEARTBEAT_MS = 15_000;
/** The client reconnects, and its token is checked again. */
const LIFE_MS = 10 * 60_000;
/** Each open stream costs a query every 300 ms. */
const STREAMS_MAX = 200;

let streams = 0;

/**
 * Sends `deal` at once and at every change, then `end` when the deal has ended. Returns when the stream is over: the deal ended,
 * the client left, its time is up, the process drains, or the deal cannot be read.
 */
export async function streamDeal(
  res: Response,
  deal: DealView,
  read: () => Promise<DealView>,
  stopping?: AbortSignal,
): Promise<void> {
  if (streams >= STREAMS_MAX) throw new Problem('unavailable');
  const closed = new AbortController();
  res.once('close', () => closed.abort());
  const over = AbortSignal.any([closed.signal, AbortSignal.timeout(LIFE_MS), ...(stopping ? [stopping] : [])]);
  streams += 1;
  try {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    await follow(res, deal, read, over);
  } catch {
    // The head is sent, so no problem can follow it: the client reconnects and hears what is wrong.
  } finally {
    streams -= 1;
    res.end();
  }
}

async function follow(res: Response, first: DealView, read: () => Promise<DealView>, over: AbortSignal): Promise<void> {
  let sent = '';
  let sentAt = 0;
  for (let deal = first; !over.aborted; deal = await read()) {
    const text = JSON.stringify(toDealResource(deal));
    if (text !== sent) {
      res.write(`event: deal\ndata: ${text}\n\n`);
      [sent, sentAt] = [text, Date.now()];
    } else if (Date.now() - sentAt > HEARTBEAT_MS) {
      res.write(': still here\n\n');
      sentAt = Date.now();
    }
    if (isTerminal(deal.status)) {
      res.write('event: end\ndata: {}\n\n');
      return;
    }
    await sleep(POLL_MS, undefined, { signal: over });
  }
}
