/** Server-sent events by `fetch`: `EventSource` could not send the access token. */
import { createParser } from 'eventsource-parser';
import { api } from './client';

const PAUSE_MS = 2_000;

/**
 * Hears every change of a payer's deals until the signal is aborted: reconnects after what ends a stream, from where it
 * was. `heard` gets the event's name; what it tells of is read anew by whoever shows it.
 */
export async function hearDeals(signal: AbortSignal, heard: (event: string) => void): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    try {
      const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
      const { data } = await api.GET('/v1/events', { signal, parseAs: 'stream', headers });
      if (data) {
        for await (const { id, event } of eventsOf(data as unknown as ReadableStream<Uint8Array>)) {
          lastId = id ?? lastId;
          heard(event ?? '');
        }
      }
    } catch {
      // the line, or the page that was left: the loop says which
    }
    await pause(PAUSE_MS, signal);
  }
}

async function* eventsOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ id?: string | undefined; event?: string | undefined }> {
  const found: { id?: string | undefined; event?: string | undefined }[] = [];
  const parser = createParser({ onEvent: ({ id, event }) => found.push({ id, event }) });
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(value);
    yield* found.splice(0);
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
