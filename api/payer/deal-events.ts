/** A deal's live event stream (server-sent events): reads the deal often, sends it when it changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import type { DealView } from '../../db/views/payer-deals';
import { isTerminal } from '../../workflows/domain/deal-state';
import { Problem } from '../http/problem';
import { type LimitWords, tooManyRequests } from '../http/too-many';
import { toDealResource } from './deal-resource';

const POLL_MS = 300;
/** Shorter than what proxies take for a dead connection. */
const HEARTBEAT_MS = 15_000;
/** The client reconnects, and its token is checked again. */
const LIFE_MS = 10 * 60_000;
/** Each open stream costs a query every 300 ms. */
const STREAMS_MAX = 200;
const STREAMS_PER_PAYER_MAX = 5;
const STREAMS: LimitWords = { name: 'streams', ko: '실시간 알림 연결', en: 'event streams at once' };
const STREAMS_RETRY_S = 10;

interface DealStream {
  readonly res: Response;
  readonly deal: DealView;
  readonly read: () => Promise<DealView>;
  /** Whether the payer is still logged in; asked at every heartbeat. */
  readonly isOpen: () => Promise<boolean>;
  readonly headOnly: boolean;
}

/**
 * The streams of one process. Each sends its deal at once and at every change, then `end`
 * when the deal has ended. Resolves when the stream is over: the deal ended, the client
 * left or logged out, its time is up, the process drains, or the deal cannot be read.
 */
export function dealStreams(stopping?: AbortSignal): (stream: DealStream) => Promise<void> {
  const perPayer = new Map<string, number>();
  let streams = 0;
  const count = (userId: string, change: 1 | -1) => {
    streams += change;
    const mine = (perPayer.get(userId) ?? 0) + change;
    if (mine === 0) perPayer.delete(userId);
    else perPayer.set(userId, mine);
  };

  return async (stream) => {
    const { res, deal, headOnly } = stream;
    const mine = perPayer.get(deal.userId) ?? 0;
    if (mine >= STREAMS_PER_PAYER_MAX) throw tooManyRequests(STREAMS, STREAMS_RETRY_S);
    if (streams >= STREAMS_MAX) throw new Problem('unavailable');
    const closed = new AbortController();
    res.once('close', () => closed.abort());
    const over = AbortSignal.any([closed.signal, AbortSignal.timeout(LIFE_MS), ...(stopping ? [stopping] : [])]);
    count(deal.userId, 1);
    try {
      res.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'X-Accel-Buffering': 'no',
      });
      if (!headOnly) await follow(stream, over);
    } catch {
      // The head is sent, so no problem can follow it: the client reconnects and hears what is wrong.
    } finally {
      count(deal.userId, -1);
      res.end();
    }
  };
}

async function follow({ res, deal: first, read, isOpen }: DealStream, over: AbortSignal): Promise<void> {
  let sent = '';
  let sentAt = 0;
  let askedAt = Date.now();
  for (let deal = first; !over.aborted; deal = await read()) {
    const text = JSON.stringify(toDealResource(deal));
    if (text !== sent) {
      res.write(`event: deal\ndata: ${text}\n\n`);
      [sent, sentAt] = [text, Date.now()];
    } else if (Date.now() - sentAt > HEARTBEAT_MS) {
      res.write(': still here\n\n');
      sentAt = Date.now();
    }
    if (Date.now() - askedAt > HEARTBEAT_MS) {
      if (!(await isOpen())) return;
      askedAt = Date.now();
    }
    if (isTerminal(deal.status)) {
      res.write('event: end\ndata: {}\n\n');
      return;
    }
    await sleep(POLL_MS, undefined, { signal: over });
  }
}
