/** The codec server opens what Temporal stores for whoever may read it, and for nobody else. */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import request from 'supertest';
import type { Operator } from '../../../db/admin-sessions';
import { createLog } from '../../../infra/log';
import { createCodec } from '../../../infra/temporal/codec';
import { createCodecApp } from '../../../workers/codec/app';
import { TEST_DATA_KEYS } from '../../fixtures/data-keys';

const codec = createCodec(TEST_DATA_KEYS, 'plic');
const HOST = '127.0.0.1:8081';
const WEB = 'http://127.0.0.1:8233';
const SECRET = '홍길동';

type Deps = Parameters<typeof createCodecApp>[0];
const audited: unknown[] = [];
const local: Deps = {
  ...{ codec, proxies: 0, namespace: 'plic', log: createLog('test', 'silent') },
  door: { hosts: [HOST], origins: [WEB], authorise: null },
  audit: async (disclosure) => void audited.push(disclosure),
};
const READER = { operator: { handle: 'kim' } as Operator, mayEncode: false };
const guarded = (authorise: Deps['door']['authorise'] = async (token) => (token === 'good' ? READER : null)): Deps => ({
  ...local,
  door: { ...local.door, authorise },
});
beforeEach(() => audited.splice(0));

const { Payload: Message } = temporal.api.common.v1;
const toJson = (payload: Payload) => Message.toObject(Message.fromObject(payload), { bytes: String });
const clear = () => defaultPayloadConverter.toPayload({ holder: SECRET }) as Payload;
const stored = async () => ({ payloads: (await codec.encode([clear()])).map(toJson) });

const ask = (deps: Deps, path: string, body: object, headers: Record<string, string> = {}) =>
  request(createCodecApp(deps))
    .post(path)
    .set({ host: HOST, origin: WEB, 'content-type': 'application/json', 'x-namespace': 'plic', ...headers })
    .send(JSON.stringify(body));
const shown = (body: { payloads: object[] }) =>
  body.payloads.map((payload) => defaultPayloadConverter.fromPayload(Message.fromObject(payload) as Payload));

test('Temporal Web is shown what was stored, and it is written down for whom and how much, never what', async () => {
  const answer = await ask(local, '/decode', await stored());
  expect([answer.status, shown(answer.body)]).toEqual([200, [{ holder: SECRET }]]);
  expect(answer.headers['access-control-allow-origin']).toBe(WEB);
  expect(audited).toEqual([{ what: 'decode', reader: null, payloads: 1, keyIds: ['test-payload'] }]);
});

test('what is typed into Temporal Web is stored encrypted', async () => {
  const { body } = await ask(local, '/encode', { payloads: [toJson(clear())] });
  expect(JSON.stringify(body)).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 6));
  expect(shown((await ask(local, '/decode', body)).body)).toEqual([{ holder: SECRET }]);
});

test('a command line, which has no page, may ask', async () => {
  const asked = request(createCodecApp(local)).post('/decode').set({ host: HOST, 'x-namespace': '' });
  expect((await asked.send(await stored())).status).toBe(200);
});

test.each([
  ['another page', { origin: 'https://evil.example' }, 403],
  ['a page on another port', { origin: 'http://127.0.0.1:8234' }, 403],
  ['a page without a name', { origin: 'null' }, 403],
  ['a name that was made to lead here', { host: 'evil.example:8081' }, 421],
  ['another namespace', { 'x-namespace': 'other' }, 400],
])('%s is refused', async (_who, headers, status) => {
  const answer = await ask(local, '/decode', await stored(), headers);
  expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([
    status,
    status === 400 ? WEB : undefined,
  ]);
  expect(JSON.stringify(answer.body)).not.toContain('payloads');
  expect(audited).toEqual([]);
});

test('a browser is told before it asks, and only for Temporal Web', async () => {
  const preflight = (origin: string) =>
    request(createCodecApp(guarded()))
      .options('/decode')
      .set({ host: HOST, origin, 'access-control-request-method': 'POST' });
  const { status, headers } = await preflight(WEB);
  expect([status, headers['access-control-allow-origin']]).toEqual([204, WEB]);
  expect(headers['access-control-allow-headers']).toBe('Content-Type,X-Namespace,Authorization,Caller-Type');
  expect((await preflight('https://evil.example')).status).toBe(403);
});

test('where operators log in, nobody else reads, and who may only read does not write', async () => {
  const body = await stored();
  for (const authorization of ['', 'Bearer bad', 'Basic good', 'Bearer '])
    expect((await ask(guarded(), '/decode', body, { authorization })).status).toBe(401);
  expect(audited).toEqual([]);
  const good = { authorization: 'Bearer good' };
  expect(shown((await ask(guarded(), '/decode', body, good)).body)).toEqual([{ holder: SECRET }]);
  expect(audited).toEqual([expect.objectContaining({ reader: READER })]);
  expect((await ask(guarded(), '/encode', { payloads: [toJson(clear())] }, good)).status).toBe(403);
});

test('what cannot be written down is not shown', async () => {
  const audit = () => Promise.reject(new Error('no room'));
  const answer = await ask({ ...local, audit }, '/decode', await stored());
  expect([answer.status, answer.body]).toEqual([503, { message: 'no answer (Error)' }]);
});

test('a payload that was changed, and a body that is none, are refused without a word of it', async () => {
  const { payloads } = (await stored()) as { payloads: { data: string }[] };
  const changed = payloads.map((payload) => ({ ...payload, data: `AAAA${payload.data.slice(4)}` }));
  expect((await ask(local, '/decode', { payloads: changed })).status).toBe(400);
  expect((await ask(local, '/decode', { payloads: [{ data: '%' }] })).status).toBe(400);
  expect((await ask(local, '/decode', { payloads: [{ data: 'A'.repeat(5_000_000) }] })).status).toBe(413);
});
