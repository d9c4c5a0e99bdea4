/** The ways of the tests fail as they say: what a story over a broken way shows is only as true as the break. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { openWay, type TcpProxy } from './tcp-proxy';

let server: Server;
let way: TcpProxy;
const served = new Set<Socket>();

/** Answers every byte with itself. */
beforeAll(async () => {
  server = createServer((socket) => {
    served.add(socket.on('error', () => undefined));
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(async () => {
  way = await openWay(`127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(() => way.close());
afterAll(() => {
  for (const socket of served) socket.destroy();
  server.close();
});

interface Line {
  readonly socket: Socket;
  /** How the connection ended: the error's code, or `closed`. */
  readonly ended: Promise<string>;
  /** Sends the text and resolves once as much has come back. */
  echo(text: string): Promise<string>;
  received(): string;
}

async function dial(): Promise<Line> {
  const [host, port] = way.address.split(':');
  const socket = connect(Number(port), host);
  let text = '';
  let failure = 'closed';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message;
  });
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(failure)));
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), ended]);
  return {
    socket,
    ended,
    received: () => text,
    async echo(sent) {
      const goal = text.length + sent.length;
      socket.write(sent);
      while (text.length < goal) await once(socket, 'data');
      return text;
    },
  };
}

test('a whole way carries everything, in order, both ways', async () => {
  const line = await dial();
  const long = 'x'.repeat(3_000_000);
  expect(await line.echo(long)).toBe(long);
});

test('a slow way loses nothing and keeps the order', async () => {
  way.slow(20);
  const line = await dial();
  for (const part of ['one ', 'two ', 'three']) line.socket.write(part);
  while (line.received().length < 'one two three'.length) await once(line.socket, 'data');
  expect(line.received()).toBe('one two three');
});

test('a way that is reset breaks what is open and takes new connections', async () => {
  const line = await dial();
  await line.echo('hello');
  way.reset();
  expect(await line.ended).toBe('ECONNRESET');
  expect(await (await dial()).echo('again')).toBe('again');
});

test('a way cut after n bytes lets exactly n bytes of the answer through', async () => {
  way.cutAfter(5);
  const line = await dial();
  line.socket.write('hello world');
  expect(await line.ended).toBe('closed');
  expect(line.received()).toBe('hello');
});

test('a refusing way is a closed port, until it is mended', async () => {
  const line = await dial();
  await way.refuse();
  expect(await line.ended).toBe('closed');
  expect(await (await dial()).ended).toBe('ECONNREFUSED');
  await way.mend();
  expect(await (await dial()).echo('again')).toBe('again');
});

test('in a black hole connections stay and nothing passes, old or new', async () => {
  const old = await dial();
  await old.echo('before');
  way.blackHole();
  const fresh = await dial();
  for (const line of [old, fresh]) line.socket.write('lost');
  const later = await dial(); // connected after both were sent: what could pass would have
  later.socket.write('lost too');
  expect([old, fresh, later].map((line) => line.received())).toEqual(['before', '', '']);
  await way.mend();
  await Promise.all([old, fresh, later].map(({ ended }) => ended));
  expect([old, fresh, later].map((line) => line.received())).toEqual(['before', '', '']);
});
