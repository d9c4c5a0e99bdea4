/** Live streams, one deal's and all deals': a place is free again at the moment its client leaves, whenever that is. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response as ExpressResponse, Request } from 'express';
import { createSessions } from '../../api/payer/sessions';
import { createStreams, type Stream } from '../../api/payer/streams';
import { poll } from '../fixtures/poll';
import { type BareApi, dealOf, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
});

const PLACES = 5;
const PLACES_IN_ALL = 200;

/** A stream of the payer; `leave` cuts its connection. */
function open(path: string, headers: Record<string, string> = {}) {
  const asked = request(new URL(path, api.url), {
    headers: { authorization: `Bearer ${payer.accessToken}`, ...headers },
    agent: false,
  });
  asked.on('error', () => undefined); // cut by ourselves
  const answered = new Promise<IncomingMessage>((resolve) => asked.on('response', resolve));
  asked.end();
  return { answered, leave: () => asked.destroy() };
}

/** How many of the payer's places are free. */
async function freePlaces(): Promise<number> {
  const streams = Array.from({ length: PLACES }, () => open('/v1/events'));
  const answers = await Promise.all(streams.map(({ answered }) => answered));
  for (const { leave } of streams) leave();
  return answers.filter(({ statusCode }) => statusCode === 200).length;
}

/** All places are free, once the server has heard that its clients left. */
const allFree = () => poll(freePlaces, (free) => free === PLACES, { what: 'every place is free' });

/** Nobody reads or writes a deal until `release`; answers when somebody waits for one. */
async function withDealsLocked(work: (someoneWaits: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const { db } = api.deps;
  const trx = await db.transaction();
  await trx.raw('lock table deals in access exclusive mode');
  const waiting = async () => {
    const sql = `select count(*) as n from pg_locks where not granted and database =
      (select oid from pg_database where datname = current_database())`;
    return Number((await db.raw(sql)).rows[0].n);
  };
  try {
    await work(() => poll(waiting, (n) => n > 0, { what: 'somebody waits for a deal' }));
  } finally {
    await trx.rollback();
  }
}

/** The server has noticed so many clients that left in the middle of `route`. */
const hasSeenLeave = (route: string, times: number) =>
  poll(
    async () =>
      api.logged.filter((line) => line.includes(`"route":"${route}"`) && line.includes('"aborted":true')).length,
    (seen) => seen >= times,
    { what: `${times} clients left ${route}` },
  );

test('a client that leaves before its deal was read takes no place', async () => {
  const path = `/v1/deals/${await dealOf(payer)}/events`;
  await withDealsLocked(async (someoneWaits) => {
    const streams = Array.from({ length: PLACES }, () => open(path));
    await someoneWaits();
    for (const { leave } of streams) leave();
    await hasSeenLeave('/v1/deals/{dealId}/events', PLACES);
  });
  await allFree();
});

test('a stream whose session ends is over', async () => {
  const [one, all] = [open(`/v1/deals/${await dealOf(payer)}/events`), open('/v1/events')];
  const answers = await Promise.all([one.answered, all.answered]);
  const ends = answers.map((answer) => once(answer.resume(), 'end'));
  await createSessions(api.deps).closeAll(payer.userId);
  await Promise.all(ends);
});

test('places are counted for both kinds of streams together, and a HEAD holds none', async () => {
  const dealId = await dealOf(payer);
  const paths = [`/v1/deals/${dealId}/events`, '/v1/events', '/v1/events', `/v1/deals/${dealId}/events`, '/v1/events'];
  const streams = paths.map((path) => open(path));
  await Promise.all(streams.map(({ answered }) => answered));
  const refused = await payer.call('GET', '/v1/events');
  expect([refused.status, refused.body.limit]).toEqual([429, 'streams']);
  for (const { leave } of streams) leave();
  await allFree();
  for (let n = 0; n < 2 * PLACES; n++) expect((await payer.call('HEAD', '/v1/events')).status).toBe(200);
});

describe('whenever a client leaves', () => {
  const member = { userId: 'one', sessionId: 's', deviceId: 'd' };
  let server: Server;
  let handle: (req: IncomingMessage, res: ServerResponse) => void;
  beforeEach(async () => {
    server = createServer((req, res) => handle(req, res));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const callOf = (req: IncomingMessage, res: ServerResponse, userId = member.userId) => ({
    ...{ payer: { ...member, userId }, req: req as Request, res: res as ExpressResponse },
  });
  function ask() {
    const { port } = server.address() as AddressInfo;
    const client = request({ port, host: '127.0.0.1', agent: false });
    client.on('error', () => undefined); // cut by ourselves
    const status = new Promise<number | undefined>((resolve) => {
      client.on('response', ({ statusCode }) => resolve(statusCode));
    });
    client.end();
    return { status, leave: () => client.destroy() };
  }

  test('a stream that is asked for after its client has left does not begin', async () => {
    const openStream = createStreams({ isOpen: async () => true });
    let begun = 0;
    const outcome = new Promise<void>((resolve, reject) => {
      handle = (req, res) => {
        const follow = async () => {
          begun += 1;
        };
        res.once('close', () => setImmediate(() => openStream(callOf(req, res), follow).then(resolve, reject)));
      };
    });
    const client = ask();
    server.once('request', client.leave);
    await outcome;
    expect(begun).toBe(0);
  });

  test('its place is free although what it waited for never comes', async () => {
    const openStream = createStreams({ isOpen: async () => true });
    handle = (req, res) =>
      void openStream(callOf(req, res), () => new Promise(() => undefined)).catch(() => res.writeHead(429).end());
    const streams = Array.from({ length: PLACES }, ask);
    expect(await Promise.all(streams.map(({ status }) => status))).toEqual(streams.map(() => 200));
    expect(await ask().status).toBe(429);
    for (const { leave } of streams) leave();
    await poll(
      () => ask().status,
      (status) => status === 200,
      { what: 'a place is free' },
    );
  });

  test('when everybody together has all places, one more is refused, which is no failure of ours', async () => {
    const openStream = createStreams({ isOpen: async () => true });
    let payers = 0;
    const asked = new Promise<unknown>((refused) => {
      handle = (req, res) => {
        const call = callOf(req, res, `payer ${payers++}`);
        openStream(call, () => new Promise(() => undefined)).catch((error: unknown) => {
          refused(error);
          res.writeHead(429).end();
        });
      };
    });
    const streams = Array.from({ length: PLACES_IN_ALL + 1 }, ask);
    expect(await asked).toMatchObject({ code: 'too-many-requests', more: { extra: { limit: 'streams-in-all' } } });
    for (const { leave } of streams) leave();
  });

  test('a client that takes nothing is left when its session ends', async () => {
    const over = new Promise<void>((resolve, reject) => {
      handle = (req, res) => {
        // It ends while the stream waits for the client.
        const openStream = createStreams({ isOpen: async () => !res.writableNeedDrain });
        const tellForEver = async ({ send }: Stream) => {
          for (;;) await send({ event: 'deal', data: 'x'.repeat(100_000) });
        };
        openStream(callOf(req, res), tellForEver).then(resolve, reject);
      };
    });
    const client = ask();
    await client.status; // and reads no further
    await over;
    client.leave();
  });
});
