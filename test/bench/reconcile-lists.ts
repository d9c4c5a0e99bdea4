/** The providers of the reconciliation's bench, in a process of their own: two servers that stream the planted lists of one day. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bankLinesOf, type SettledDay, settlementLinesOf } from '../fixtures/settled-day';
import { type Planted, plantsOf } from './reconcile-plants';

const CHUNK = 65_536;

/** Writes as fast as the reader reads, and no faster. */
async function stream(response: ServerResponse, head: string, lines: Iterable<object>, tail: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  let chunk = head;
  let between = '';
  for (const line of lines) {
    chunk += between + JSON.stringify(line);
    between = ',';
    if (chunk.length < CHUNK) continue;
    if (!response.write(chunk)) await once(response, 'drain');
    chunk = '';
  }
  response.end(chunk + tail);
}

/** The lines of one deal after the other, those of a planted deal as its plant has them. */
function* plantedLines<T extends object>(
  lines: Iterable<T>,
  keyOf: (line: T) => string,
  change: (lines: T[], of: string) => T[],
): Generator<T> {
  let group: T[] = [];
  let of = '';
  for (const line of lines) {
    if (keyOf(line) !== of) {
      yield* change(group, of);
      group = [];
      of = keyOf(line);
    }
    group.push(line);
  }
  yield* change(group, of);
}

function listsOf(settled: SettledDay) {
  const planted = plantsOf(settled);
  const by = (key: (one: Planted) => string) => new Map(planted.map((one) => [key(one), one]));
  const [orders, references] = [by(({ deal }) => deal.orderId), by(({ deal }) => deal.reference)];
  const isOfDay = (day: string | null) => day === settled.day;
  return {
    *settlement(day: string | null) {
      if (!isOfDay(day)) return;
      yield* plantedLines(
        settlementLinesOf(settled),
        ({ orderId }) => orderId,
        (lines, of) => {
          const one = orders.get(of);
          return one?.plant.settlement?.(lines, one.deal) ?? lines;
        },
      );
    },
    *bank(day: string | null) {
      if (!isOfDay(day)) return;
      const lines = plantedLines(
        bankLinesOf(settled),
        ({ reference }) => reference,
        (group, of) => {
          const one = references.get(of);
          return one?.plant.bank?.(group, one.deal) ?? group;
        },
      );
      for (const { code, ...line } of lines) yield { ...line, tradingDate: settled.day, bankRspCode: code };
    },
  };
}

async function listen(answer: (url: URL, response: ServerResponse) => Promise<void>): Promise<string> {
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://localhost'), response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function main(): Promise<void> {
  const settled = JSON.parse(process.argv[2] ?? '') as SettledDay;
  const lists = listsOf(settled);
  const softpayment = await listen((url, response) =>
    stream(response, '[', lists.settlement(url.searchParams.get('date')), ']'),
  );
  const bank = await listen((url, response) => {
    const day = url.searchParams.get('tradingDate');
    const head = `{"rspCode":"A0000","bankRspCode":"0000","tradingDate":"${day}","transfers":[`;
    return stream(response, head, lists.bank(day), ']}');
  });
  process.send?.({ softpayment, bank });
  process.once('disconnect', () => process.exit(0));
}

main().catch((error: Error) => {
  process.stderr.write(`lists: ${error.stack}\n`);
  process.exit(1);
});
