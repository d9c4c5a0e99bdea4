import { randomUUID } from 'node:crypto';
import type { FieldPlace } from '../../infra/keys/keys';
import { KeysUnavailable } from '../../infra/keys/master-key';
import type { EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ConfirmOutcome } from '../../workflows/deal/messages';
import type { Answer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type BareApi, type Member, NO_ENGINE, startBareApi } from './bare-api';

let answer: EngineAnswer<ConfirmOutcome> = { kind: 'unreachable' };
let asked = 0;
let meanwhile: () => Promise<void> = async () => undefined;
const engine = {
  ...NO_ENGINE,
  async confirm() {
    asked += 1;
    await meanwhile();
    return answer;
  },
};

let api: BareApi;
let payer: Member;
let keyless: (place: FieldPlace, text: string) => boolean = () => false;
beforeAll(async () => {
  api = await startBareApi({ engine });
  const { encrypt } = api.deps.keys;
  api.deps.keys.encrypt = async (text, place) => {
    if (keyless(place, text)) throw new KeysUnavailable('KMS: away');
    return encrypt(text, place);
  };
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
  answer = { kind: 'unreachable' };
  asked = 0;
  meanwhile = async () => undefined;
  keyless = () => false;
});

const quote = (more: object = {}) => ({ recipientId: payer.recipientId, principal: 100_000, purpose: '월세', ...more });
const dealsOf = () => api.deps.db('deals').where({ user_id: payer.userId });
const keysOf = () => api.deps.db('idempotency_keys').where({ user_id: payer.userId });

test('fifty creates at once under one key are one deal', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => payer.post('/v1/deals', quote(), 'one-key')));
  const made = answers.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
  for (const { status, body, headers } of answers.filter(({ status }) => status !== 201)) {
    expect([status, body.code, body.retryable]).toEqual([409, 'request-in-flight', true]);
    expect(headers.get('retry-after')).toBe('1');
  }
  expect(await dealsOf()).toHaveLength(1);
  const replay = await payer.post('/v1/deals', quote(), 'one-key');
  expect([replay.status, replay.body]).toEqual([201, made[0]?.body]);
  expect(replay.headers.get('idempotency-replayed')).toBe('true');
});

test('the order of fields does not make another body', async () => {
  const first = await payer.post('/v1/deals', quote(), 'k');
  const { recipientId, principal, purpose } = quote();
  const again = await payer.post('/v1/deals', { purpose, principal, recipientId }, 'k');
  expect(again.body).toEqual(first.body);
});

test('a key that came with another body, or on another path, is refused', async () => {
  const first = await payer.post('/v1/deals', quote(), 'k');
  const confirm = { cardId: payer.cardId, deviceId: 'd' };
  const others = [
    await payer.post('/v1/deals', quote({ principal: 100_001 }), 'k'),
    await payer.post(`/v1/deals/${first.body.id}/confirm`, confirm, 'k'),
    await payer.post(`/v1/deals/${first.body.id}/cancel`, {}, 'k'),
  ];
  for (const { status, body } of others) expect([status, body.code]).toEqual([422, 'idempotency-key-reused']);
  expect(await dealsOf()).toHaveLength(1);
  expect(asked).toBe(0);
});

/** Runs `ask` and lets no key be taken before two requests are about to: each has looked for the other in vain. */
async function atOnce<T>(ask: () => Promise<T>): Promise<T> {
  const { db } = api.deps;
  const waiting = async () => {
    const { rows } = await db.raw(`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into idempotency_keys%'`);
    return rows[0].n;
  };
  const hold = await db.transaction();
  try {
    await hold('users').where({ id: payer.userId }).forUpdate().first(); // a key belongs to a user
    const asked = ask();
    await poll(waiting, (n) => n === 2, { what: 'both requests are about to take the key' });
    await hold.commit();
    return await asked;
  } finally {
    if (!hold.isCompleted()) await hold.rollback();
  }
}

test('one key on two paths at once is one effect and one refusal, twenty times of twenty', async () => {
  answer = { kind: 'pending', durable: true };
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const confirm = { cardId: payer.cardId, deviceId: 'd' };
  for (let n = 1; n <= 20; n++) {
    const before = { quotes: (await dealsOf()).length, asked };
    const [made, confirmed] = await atOnce(() =>
      Promise.all([payer.post('/v1/deals', quote(), `k${n}`), payer.post(`/v1/deals/${id}/confirm`, confirm, `k${n}`)]),
    );
    const refused = [made, confirmed].filter(({ body }) => body.code === 'idempotency-key-reused');
    expect(refused.map(({ status }) => status)).toEqual([422]);
    expect([made.status, confirmed.status]).toEqual(made.status === 201 ? [201, 422] : [422, 202]);
    const after = { quotes: (await dealsOf()).length, asked };
    expect(after.quotes - before.quotes + after.asked - before.asked).toBe(1);
  }
});

test('a key given back stays with its path', async () => {
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const confirm = { cardId: payer.cardId, deviceId: 'd' };
  expect((await payer.post(`/v1/deals/${id}/confirm`, confirm, 'k')).status).toBe(503);
  expect((await payer.post('/v1/deals', quote(), 'k')).body.code).toBe('idempotency-key-reused');
  expect((await payer.post(`/v1/deals/${id}/confirm`, confirm, 'k')).status).toBe(503);
  expect(asked).toBe(2);
});

/** What each sending of an answer has anew. */
const OF_THE_SENDING = /^(date|x-request-id|ratelimit|ratelimit-policy|idempotency-replayed|connection|keep-alive)$/;
const headersOf = ({ headers }: Answer) => [...headers].filter(([name]) => !OF_THE_SENDING.test(name));

test('a replay has the headers of the first answer, and says that it is one', async () => {
  answer = { kind: 'decided', outcome: { kind: 'declined', code: 'X', cardId: payer.cardId, attempt: 1 } };
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const confirm = { cardId: payer.cardId, deviceId: 'd' };
  const english = { 'accept-language': 'en' };
  const requests = [
    () => payer.post('/v1/deals', quote(), 'made'),
    () => payer.post(`/v1/deals/${id}/confirm`, confirm, 'declined', english),
  ];
  for (const ask of requests) {
    const [first, again] = [await ask(), await ask()];
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(headersOf(again)).toEqual(headersOf(first));
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  }
  const made = await payer.post('/v1/deals', quote(), 'made');
  expect([made.headers.get('etag'), made.headers.get('location')]).toEqual(['"1"', `/v1/deals/${made.body.id}`]);
  const declined = await payer.post(`/v1/deals/${id}/confirm`, confirm, 'declined', { 'accept-language': 'ko' });
  expect([declined.headers.get('content-language'), declined.headers.get('vary')]).toEqual(['en', 'Accept-Language']);
});

test('a replayed problem names the request that was carried out', async () => {
  answer = { kind: 'decided', outcome: { kind: 'declined', code: 'X', cardId: payer.cardId, attempt: 1 } };
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const ask = () => payer.post(`/v1/deals/${id}/confirm`, { cardId: payer.cardId, deviceId: 'd' }, 'k');
  const [first, again] = [await ask(), await ask()];
  expect(again.body.requestId).toBe(first.headers.get('x-request-id'));
  expect(asked).toBe(1);
});

test('keys of two payers have nothing to do with each other', async () => {
  const other = await api.member();
  const mine = await payer.post('/v1/deals', quote(), 'k');
  const theirs = await other.post('/v1/deals', quote({ recipientId: other.recipientId }), 'k');
  expect([mine.status, theirs.status]).toEqual([201, 201]);
  expect(mine.body.id).not.toBe(theirs.body.id);
});

test('a request that died is repeated after its lease and makes the same deal', async () => {
  const { body } = await payer.post('/v1/deals', quote(), 'k');
  const dead = { status_code: null, response_encrypted: null, lease_until: api.deps.db.raw("now() + interval '10 s'") };
  await keysOf().update(dead); // as if the process had died before the answer was stored
  expect((await payer.post('/v1/deals', quote(), 'k')).body.code).toBe('request-in-flight');
  await keysOf().update({ lease_until: api.deps.db.raw("now() - interval '1 s'") });
  const again = await payer.post('/v1/deals', quote(), 'k');
  expect([again.status, again.body]).toEqual([201, body]);
  expect(await dealsOf()).toHaveLength(1);
});

test('an answer that comes after its lease has passed on is not stored', async () => {
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const confirm = { cardId: payer.cardId, deviceId: 'd' };
  answer = { kind: 'decided', outcome: { kind: 'declined', code: 'X', cardId: payer.cardId, attempt: 1 } };
  meanwhile = async () => {
    await api.deps
      .db('idempotency_keys')
      .where({ path: `/v1/deals/${id}/confirm` })
      .update({ lease_until: new Date(0) });
  };
  expect((await payer.post(`/v1/deals/${id}/confirm`, confirm, 'late')).status).toBe(402);
  expect(
    await keysOf()
      .where({ path: `/v1/deals/${id}/confirm` })
      .first(),
  ).toMatchObject({ status_code: null });
});

test.each<[string, EngineAnswer<ConfirmOutcome>, number, boolean]>([
  ['a decline', { kind: 'decided', outcome: { kind: 'declined', code: 'X', cardId: '', attempt: 1 } }, 402, true],
  ['a block', { kind: 'decided', outcome: { kind: 'blocked', rules: [], cardId: '', attempt: 1 } }, 422, true],
  [
    'a closed deal',
    { kind: 'decided', outcome: { kind: 'closed', cause: 'expired', cardId: '', attempt: 1 } },
    409,
    true,
  ],
  ['202', { kind: 'pending', durable: true }, 202, false],
  ['503', { kind: 'unreachable' }, 503, false],
])('after %s the same key is replayed, or runs again', async (_name, given, status, stored) => {
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const confirm = { cardId: payer.cardId, deviceId: 'd' };
  answer = given.kind === 'decided' ? { ...given, outcome: { ...given.outcome, cardId: payer.cardId } } : given;
  const key = randomUUID();
  const first = await payer.post(`/v1/deals/${id}/confirm`, confirm, key);
  const again = await payer.post(`/v1/deals/${id}/confirm`, confirm, key);
  expect([first.status, again.status]).toEqual([status, status]);
  expect(asked).toBe(stored ? 1 : 2);
  expect(again.headers.get('idempotency-replayed')).toBe(stored ? 'true' : null);
  if (stored) expect(again.body).toEqual(first.body);
});

test('a bug gives the key back, and tells nothing of itself', async () => {
  const { id } = (await payer.post('/v1/deals', quote())).body;
  meanwhile = () => Promise.reject(new Error('secret inner words'));
  const { status, body } = await payer.post(`/v1/deals/${id}/confirm`, { cardId: payer.cardId, deviceId: 'd' }, 'bug');
  expect([status, body.code]).toEqual([500, 'internal']);
  expect(`${JSON.stringify(body)}${api.logged.join()}`).not.toContain('secret inner words');
  expect(
    await keysOf()
      .where({ path: `/v1/deals/${id}/confirm` })
      .first(),
  ).toMatchObject({ lease_until: null });
});

test('without a key for the answer nothing is carried out, and a key that is lost meanwhile leaves no request in flight', async () => {
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const confirm = () => payer.post(`/v1/deals/${id}/confirm`, { cardId: payer.cardId, deviceId: 'd' }, 'keyless');
  answer = { kind: 'decided', outcome: { kind: 'declined', code: 'X', cardId: payer.cardId, attempt: 1 } };
  keyless = ({ table }) => table === 'idempotency_keys';
  const early = await confirm();
  expect([early.status, early.body.code, asked]).toEqual([503, 'unavailable', 0]);
  keyless = ({ table }, text) => table === 'idempotency_keys' && text !== '';
  const late = await confirm();
  expect([late.status, late.body.code, asked]).toEqual([503, 'unavailable', 1]);
  keyless = () => false;
  expect([(await confirm()).status, asked]).toEqual([402, 2]);
});

test('a payer who leaves before the answer finds it under the key, and leaves no error in the log', async () => {
  const { id } = (await payer.post('/v1/deals', quote())).body;
  const body = JSON.stringify({ cardId: payer.cardId, deviceId: 'd' });
  const requestId = randomUUID();
  const left = new AbortController();
  answer = { kind: 'decided', outcome: { kind: 'declined', code: 'X', cardId: payer.cardId, attempt: 1 } };
  const logged = () => Promise.resolve(api.logged.find((line) => line.includes(requestId)) ?? '');
  meanwhile = async () => {
    left.abort();
    await poll(logged, Boolean, { what: 'the API has seen the payer leave' });
  };
  const headers = { authorization: `Bearer ${payer.accessToken}`, 'content-type': 'application/json' };
  const asking = fetch(`${api.url}/v1/deals/${id}/confirm`, {
    ...{ method: 'POST', body, signal: left.signal },
    headers: { ...headers, 'idempotency-key': 'left', 'x-request-id': requestId },
  });
  await expect(asking).rejects.toThrow('aborted');
  const answered = () => keysOf().whereNotNull('status_code').where({ status_code: 402 });
  await poll(answered, ({ length }) => length === 1, { what: 'the answer is kept' });
  const again = await payer.post(`/v1/deals/${id}/confirm`, JSON.parse(body), 'left');
  expect([again.status, again.headers.get('idempotency-replayed'), asked]).toEqual([402, 'true', 1]);
  const lines = api.logged.filter((line) => line.includes(requestId)).map((line) => JSON.parse(line));
  expect(lines).toMatchObject([{ level: 30, aborted: true }]);
});

test('a key is not kept in the clear', async () => {
  await payer.post('/v1/deals', quote(), '4111111111111111');
  expect(JSON.stringify(await keysOf())).not.toContain('4111111111111111');
});
