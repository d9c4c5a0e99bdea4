import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSampleClient } from '../../infra/local/sample-client';

let server: Server;
let requests: { key: string | undefined; url: string | undefined }[];
let answers: ((response: ServerResponse) => void)[];

beforeEach(async () => {
  requests = [];
  answers = [];
  server = createServer((request: IncomingMessage, response) => {
    requests.push({ key: request.headers['idempotency-key'] as string | undefined, url: request.url });
    answers[requests.length - 1]?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

const client = () => createSampleClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => undefined);
const say = (status: number, body: object) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

test('an intent that meets a dying API is repeated under the same key until it is answered', async () => {
  answers = [
    (response) => response.destroy(),
    say(503, { code: 'unavailable' }),
    say(409, { code: 'request-in-flight' }),
    say(201, { id: 'deal' }),
  ];
  expect(await client().post('/v1/deals', {})).toEqual({ id: 'deal' });
  expect(requests).toHaveLength(4);
  expect(new Set(requests.map(({ key }) => key)).size).toBe(1);
  expect(requests[0]?.key).toBeDefined();
});

test('a definite no is not repeated', async () => {
  answers = [say(402, { code: 'card-declined', detail: 'insufficient' })];
  await expect(client().post('/v1/deals/1/confirm', {})).rejects.toThrow('402 card-declined insufficient');
  expect(requests).toHaveLength(1);
});
