/**
 * Live streams of a payer (server-sent events), one deal's and all deals' alike: how many there may be, how long they
 * live, and that a client that leaves, at whatever moment, leaves nothing behind.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Payer } from '../http/operation';
import { type LimitWords, tooManyRequests } from '../http/too-many';
import type { Sessions } from './sessions';

const POLL_MS = 300;
/** Shorter than what proxies take for a dead connection. */
const HEARTBEAT_MS = 15_000;
/** A session that has ended ends its streams within this time. */
const SESSION_MS = 3_000;
/** The client reconnects, and its token is checked again. */
const LIFE_MS = 10 * 60_000;
/** Each open stream costs a query every 300 ms. */
const STREAMS_MAX = 200;
const STREAMS_PER_PAYER_MAX = 5;
const STREAMS: LimitWords = { name: 'streams', ko: '실시간 알림 연결', en: 'event streams at once' };
const STREAMS_IN_ALL: LimitWords = {
  name: 'streams-in-all',
  ko: '전체 실시간 알림 연결',
  en: 'event streams of everybody at once',
};
const STREAMS_RETRY_S = 10;

/** One block of the stream: `data` is sent as JSON; without it, a client only remembers the id. */
interface ServerEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

export interface Stream {
  /** Resolves when the client has taken it; rejects when the stream is over. */
  send(event: ServerEvent): Promise<void>;
  /** Waits until it is time to look again, and keeps the connection alive; rejects when the stream is over. */
  pause(): Promise<void>;
}

/** Runs `follow` as the answer to the request; resolves when the stream is over, and throws only before it began. */
export type OpenStream = (
  call: { readonly payer: Payer; readonly req: Request; readonly res: Response },
  follow: (stream: Stream) => Promise<void>,
) => Promise<void>;

/**
 * The streams of one process. A stream is over when `follow` returns or fails, the client left or logged out, its time
 * is up, or the process drains.
 */
export function createStreams(sessions: Pick<Sessions, 'isOpen'>, stopping?: AbortSignal): OpenStream {
  const places = createPlaces();
  return async ({ payer, req, res }, follow) => {
    const left = new AbortController();
    res.once('close', () => left.abort());
    if (res.closed || res.destroyed) return; // the client left before we were asked: `close` will not come again
    const ended = new AbortController();
    const ends = [left.signal, ended.signal, AbortSignal.timeout(LIFE_MS), ...(stopping ? [stopping] : [])];
    const over = AbortSignal.any(ends);
    const leave = places.take(payer.userId);
    // At once, whatever `follow` waits for at this moment.
    over.addEventListener('abort', leave, { once: true });
    if (over.aborted) leave();
    try {
      res.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'X-Accel-Buffering': 'no',
      });
      res.flushHeaders();
      if (req.method === 'HEAD') return;
      void untilSessionEnds(() => sessions.isOpen(payer), over).then(() => ended.abort());
      await follow(streamOver(res, over));
    } catch {
      // The head is sent, so no problem can follow it: the client reconnects and hears what is wrong.
    } finally {
      leave();
      ended.abort();
      // Who does not read would keep the connection for ever.
      if (res.writableNeedDrain) res.destroy();
      else res.end();
    }
  };
}

/** Resolves when the session has ended, when nobody can tell, or when the stream is over: whatever is waited for. */
async function untilSessionEnds(isOpen: () => Promise<boolean>, over: AbortSignal): Promise<void> {
  try {
    do await sleep(SESSION_MS, undefined, { signal: over });
    while (await isOpen());
  } catch {
    // The client reconnects, and hears what is wrong.
  }
}

/** Places of streams; what `take` answers gives the place back, once. */
function createPlaces() {
  const perPayer = new Map<string, number>();
  let taken = 0;
  const count = (userId: string, change: 1 | -1) => {
    taken += change;
    const mine = (perPayer.get(userId) ?? 0) + change;
    if (mine === 0) perPayer.delete(userId);
    else perPayer.set(userId, mine);
  };
  return {
    take(userId: string): () => void {
      if ((perPayer.get(userId) ?? 0) >= STREAMS_PER_PAYER_MAX) throw tooManyRequests(STREAMS, STREAMS_RETRY_S);
      if (taken >= STREAMS_MAX) throw tooManyRequests(STREAMS_IN_ALL, STREAMS_RETRY_S);
      count(userId, 1);
      let isGiven = true;
      return () => {
        if (isGiven) count(userId, -1);
        isGiven = false;
      };
    },
  };
}

/** Time here is that of the process: it measures silence, and decides nothing. */
function streamOver(res: Response, over: AbortSignal): Stream {
  let sentAt = performance.now();
  const write = async (block: string) => {
    over.throwIfAborted();
    sentAt = performance.now();
    // A client that reads slowly is waited for, or its deals would pile up here.
    if (!res.write(block)) await once(res, 'drain', { signal: over });
  };
  return {
    send: ({ event, id, data }) =>
      write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`),
    async pause() {
      if (performance.now() - sentAt > HEARTBEAT_MS) await write(': still here\n\n');
      await sleep(POLL_MS, undefined, { signal: over });
    },
  };
}
