/**
 * A canary: everything that only the payer may know, planted in whatever the API hears, and looked for in whatever
 * PLIC leaves behind: logs, rows, files of PostgreSQL and Redis and Temporal, histories. The providers' sandboxes stand
 * for others, who know what they were told; they write no log.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Db, openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { loginUrls, makeLogins } from '../../infra/local/logins';
import { refundFee } from '../../workflows/deal/messages';
import type { DealId } from '../../workflows/domain/ids';
import { disguisesOf } from '../fixtures/disguises';
import { openedTextsIn } from '../fixtures/history-texts';
import { feeRefundEnds } from '../fixtures/operator';
import { ALWAYS_OPEN_BANK, type Answer, callApi } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { openAccount } from '../servers/account';
import { LOGIN_PASSWORDS } from '../servers/logins';
import { type ProcessHouse, startProcesses } from '../servers/processes';
import { type RunningServers, startServers } from '../servers/servers';
import { testStack } from '../servers/stack';

const digits = (count: number): string => Array.from({ length: count }, () => randomInt(1, 10)).join('');
/** Syllables that every Korean bank can print, and that no other text of the house has in this order. */
const SYLLABLES = [...'갉낡닭맑밝삵칡흙갊곪굶닮삶옮젊핥훑읊밟넓떫짧엷앎넋몫삯값없앉얹많끊않'];
const syllables = (count: number): string =>
  Array.from({ length: count }, () => SYLLABLES[randomInt(SYLLABLES.length)]).join('');
const text = (): string => `canary${randomBytes(9).toString('hex')}`;

/** What is planted, by what it is; tokens and keys are added as they come. */
const planted: Record<string, string> = {
  phone: `010${digits(8)}`,
  email: `${text()}@example.com`,
  otherEmail: `${text()}@example.com`,
  name: syllables(6),
  newName: syllables(6),
  password: text(),
  wrongPassword: text(),
  wrongToken: text(),
  cardNumber: '',
  account: `110${digits(10)}`,
  refusedAccount: `110${digits(6)}0299`,
  unknownAccount: `110${digits(6)}0298`,
  holder: syllables(6),
  refusedHolder: syllables(6),
  memo: `월${syllables(6)}`,
  recipientNickname: syllables(8),
  cardNickname: syllables(8),
  deviceText: text(),
  otherDeviceText: syllables(9),
};
/** What may be in the clear, and shows that the search reads what it should. */
const PURPOSE = `월세 ${syllables(7)}`;

/** Why an operator gave a part of the fee back. */
const REASON = `the payer called ${text()}`;

/** 16 digits that pass Luhn's check. */
function cardNumber(): string {
  const body = `41111${digits(10)}`;
  const sum = [...body].reduce((total, digit, n) => {
    const value = n % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}
planted.cardNumber = cardNumber();

let dir: string;
let servers: RunningServers;
let db: Db;
let house: ProcessHouse;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'plic-canary-'));
  servers = await startServers(dir, dir);
  db = openDb({ databaseUrl: servers.postgresUrl, poolMax: 2 });
  await migrate(db);
  await makeLogins(servers.postgresUrl, LOGIN_PASSWORDS);
  const { app: DATABASE_URL, read, retention } = loginUrls(servers.postgresUrl, LOGIN_PASSWORDS);
  const users = { DATABASE_URL, READ_DATABASE_URL: read, RETENTION_DATABASE_URL: retention };
  const { redisUrl: REDIS_URL, temporalAddress: TEMPORAL_ADDRESS } = servers;
  house = await startProcesses({ ...users, REDIS_URL, TEMPORAL_ADDRESS, LOG_LEVEL: 'debug' });
  await openAccount(db, house.sandboxes.bank.url);
});
afterAll(async () => {
  await house?.stop();
  await db?.destroy();
  await servers?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const { phone = '', email = '', otherEmail = '', name = '', password = '', account = '', holder = '' } = planted;
let token = '';
const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  callApi(house.places.apiUrl, method, path, body, { ...(token && { authorization: `Bearer ${token}` }), ...headers });
const post = (path: string, body: unknown = {}, key: string = randomUUID()) =>
  call('POST', path, body, { 'idempotency-key': key });
async function done(answer: Promise<Answer>, status: number): Promise<Record<string, unknown>> {
  const { status: got, body } = await answer;
  expect([got, body]).toEqual([status, body]);
  return body;
}

/** The code of the last message to this address. */
async function codeTo(address: string, count = 1): Promise<string> {
  const texts = await poll(
    () => house.messagesTo(address),
    (messages) => messages.length >= count,
    { what: `${count} messages` },
  );
  return texts.at(-1)?.match(/(?<!\d)\d{6}(?!\d)/)?.[0] ?? '';
}

/** Tokens of an answer are secrets too, and the newest access token is used from then on. */
function keepTokens(of: string, body: Record<string, unknown>): void {
  for (const [kind, value] of Object.entries(body))
    if (kind.endsWith('Token')) planted[`${kind} of ${of}`] = `${value}`;
  token = String(body.accessToken);
}

async function signUpAndLogIn(): Promise<void> {
  await done(call('POST', '/v1/auth/codes', { phone }), 202);
  const code = await codeTo(phone);
  const person = { phone, name, email, password };
  await call('POST', '/v1/auth/signup', { ...person, code: code === '000000' ? '000001' : '000000' });
  keepTokens('sign-up', await done(call('POST', '/v1/auth/signup', { ...person, code }), 201));
  await done(call('POST', '/v1/auth/login', { email, password: planted.wrongPassword }), 401);
  const deviceToken = planted['deviceToken of sign-up'];
  keepTokens('log-in', await done(call('POST', '/v1/auth/login', { email, password, deviceToken }), 200));
  const refreshToken = planted['refreshToken of log-in'];
  keepTokens('refresh', await done(call('POST', '/v1/auth/refresh', { refreshToken }), 200));
  await done(post('/v1/users/me/email', { email: otherEmail, password }), 202);
  await done(post('/v1/users/me/email/verify', { code: await codeTo(otherEmail) }), 200);
  const dealNews = { channels: ['email', 'sms'] };
  await done(call('PATCH', '/v1/users/me/notifications', { dealNews }), 200);
}

async function registerCard(last4: string): Promise<string> {
  const number = `41111111${digits(4)}${last4}`;
  const form = { cardNumber: number, expiry: '12/30', cvc: '123', birthDate: '900101' };
  const { body } = await callApi(house.places.softpaymentUrl, 'POST', '/sdk/billing-keys', form);
  planted[`billing key ${last4}`] = String(body.billingKey);
  planted[`card ${last4}`] = number;
  return String((await done(call('POST', '/v1/cards', body), 201)).id);
}

/** A deal that a first card does not pay, and a second does. */
async function pay(): Promise<string> {
  const [declined, good] = [await registerCard('0101'), await registerCard('1234')];
  await done(call('PATCH', `/v1/cards/${good}`, { nickname: planted.cardNickname }), 200);
  const recipient = { bankCode: ALWAYS_OPEN_BANK, accountNumber: account, holderName: holder };
  const { id: recipientId } = await done(call('POST', '/v1/recipients', recipient), 201);
  await done(call('PATCH', `/v1/recipients/${recipientId}`, { nickname: planted.recipientNickname }), 200);
  await done(call('PUT', `/v1/recipients/${recipientId}/favorite`, {}), 204);
  const quote = { recipientId, principal: 100_000, purpose: PURPOSE, memo: planted.memo };
  const { id } = await done(post('/v1/deals', quote), 201);
  const confirm = (cardId: string, deviceId = '') => post(`/v1/deals/${id}/confirm`, { cardId, deviceId }, phone);
  expect((await confirm(declined, planted.otherDeviceText)).status).toBe(402);
  const confirmed = post(`/v1/deals/${id}/confirm`, { cardId: good, deviceId: planted.deviceText }, email);
  expect([200, 202]).toContain((await confirmed).status);
  const { status } = await poll(
    async () => (await call('GET', `/v1/deals/${id}`)).body,
    (deal) => deal.status === 'COMPLETED',
    { what: 'the deal is completed' },
  );
  expect(status).toBe('COMPLETED');
  await poll(
    async () => db('notices').whereNull('sent_at').whereNull('failed_at'),
    (left) => left.length === 0,
    { what: 'every notice has left' },
  );
  const refund = { actor: 'operator:kim', reason: REASON, amount: 100, requestId: randomUUID() };
  expect(await house.engine.orderAfterEnd(id as DealId, refundFee, refund)).toMatchObject({ kind: 'decided' });
  await feeRefundEnds({ db }, id as DealId, refund.requestId);
  await done(call('GET', `/v1/deals/${id}/receipt`), 200);
  await done(call('PATCH', '/v1/users/me', { name: planted.newName }), 200);
  return String(id);
}

/** Requests that are refused, with something planted wherever a request has room for it. */
async function beRefused(dealId: string): Promise<number[]> {
  const secrets = Object.values(planted);
  const { cardNumber, refusedHolder, wrongToken } = planted;
  const recipient = { bankCode: ALWAYS_OPEN_BANK, holderName: refusedHolder };
  const quote = { recipientId: randomUUID(), principal: 100_000 };
  const everything = JSON.stringify(planted);
  const answers = [
    await call('POST', '/v1/recipients', { ...recipient, accountNumber: planted.refusedAccount }),
    await call('POST', '/v1/recipients', { ...recipient, accountNumber: planted.unknownAccount }),
    await call('POST', '/v1/recipients', { ...recipient, accountNumber: 7, holderName: [holder], memo: planted.memo }),
    await call('POST', '/v1/cards', { cardNumber, cvc: '123', billingKey: planted['billing key 1234'] }),
    await call('POST', '/v1/cards', { billingKey: cardNumber, maskedNumber: cardNumber, issuer: cardNumber }),
    await post(`/v1/deals/${dealId}/confirm`, { cardId: randomUUID(), deviceId: cardNumber }),
    await post(`/v1/deals/${dealId}/confirm`, { cardId: planted.phone, deviceId: { deviceText: planted.deviceText } }),
    ...(await Promise.all([cardNumber, phone, email].map((purpose) => post('/v1/deals', { ...quote, purpose })))),
    await post('/v1/deals', { ...quote, purpose: '월세', memo: cardNumber }),
    await call('POST', '/v1/auth/login', everything),
    await call('POST', '/v1/auth/signup', planted),
    await call('POST', '/v1/auth/codes', everything.slice(0, -2)),
    await call('POST', '/v1/webhooks/softpayment', everything, { 'webhook-id': phone, 'webhook-signature': email }),
    await call('POST', '/v1/webhooks/bank', everything, { 'webhook-id': `${account}` }),
    await call('GET', '/v1/cards', undefined, { authorization: `Bearer ${wrongToken}`, 'x-request-id': phone }),
    await call('GET', '/v1/users/me', undefined, {
      ...{ 'user-agent': `${phone} ${email} ${cardNumber}`, 'accept-language': `${account}`, 'if-match': `"${email}"` },
      ...{ 'x-forwarded-for': phone, cookie: `__Host-plic-refresh=${wrongToken}`, 'x-plic-client': `${email}` },
    }),
  ];
  for (const secret of secrets) {
    const encoded = encodeURIComponent(secret);
    answers.push(await call('GET', `/v1/deals/${encoded}`), await call('GET', `/v1/cards?${encoded}=${encoded}`));
    answers.push(await call('GET', `/v1/deals?q=${encoded}`), await call('GET', `/${encoded}`));
  }
  return answers.map(({ status }) => status);
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).isFile());

/** Everything that is left behind, by where it is. */
async function leftBehind(): Promise<Map<string, Buffer>> {
  const places = new Map<string, Buffer>([['logs', readFileSync(join(testStack().dir, 'processes.log'))]]);
  const { rows } = await db.raw(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  for (const { name: table } of rows) {
    const { rows: own } = await db.raw('select t::text as line from ?? t', [table]);
    places.set(`table ${table}`, Buffer.from(own.map(({ line }: { line: string }) => line).join('\n')));
  }
  const workflows: Buffer[] = [];
  for await (const { workflowId, runId } of house.client.workflow.list()) {
    const run = house.client.workflow.getHandle(workflowId, runId);
    workflows.push(
      Buffer.from(
        (await openedTextsIn([workflowId, await run.fetchHistory(), (await run.describe()).raw], house)).join('\n'),
      ),
    );
  }
  places.set('histories', Buffer.concat(workflows));
  await db.raw('checkpoint');
  const redis = new Redis(servers.redisUrl);
  await redis.config('SET', 'rdbcompression', 'no');
  await redis.save();
  redis.disconnect();
  for (const file of filesIn(dir)) places.set(file.slice(dir.length + 1), readFileSync(file));
  return places;
}

/** Names of the places that hold it, in any form. */
const findIn = (places: ReadonlyMap<string, Buffer>, secret: string): string[] => {
  const forms = disguisesOf(secret);
  return [...places].filter(([, bytes]) => forms.some((form) => bytes.includes(form))).map(([place]) => place);
};

test('nothing that only the payer may know is left in the clear in any log, row, file or history', async () => {
  await signUpAndLogIn();
  const dealId = await pay();
  const statuses = await beRefused(dealId);
  expect(statuses.filter((status) => status === 429 || status >= 500)).toEqual([]);
  const places = await leftBehind();

  const found = (secret: string) => findIn(places, secret);
  const reads = ['logs', 'table deals', 'histories', 'temporal.db', expect.stringMatching(/^postgres\/pg_wal\//)];
  expect(found(dealId)).toEqual(expect.arrayContaining(reads));
  expect(found(PURPOSE)).toEqual(expect.arrayContaining([expect.stringMatching(/^postgres\/base\//)]));
  const { did = '' } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(found(did)).toEqual(expect.arrayContaining(['redis/dump.rdb', 'table payments', 'histories']));
  const { hash } = await db('bank_accounts').first(db.raw('coalesce(account_hash, account_hash_even) as hash'));
  // What stands in histories, for whoever has the keys, and what is only about people, is not in Temporal's own files.
  expect(found(REASON)).toEqual(expect.arrayContaining(['histories']));
  for (const word of [did, REASON, hash])
    expect([word.length > 0, found(word).filter((place) => place.startsWith('temporal.db'))]).toEqual([true, []]);

  expect(Object.keys(planted).length).toBeGreaterThanOrEqual(28);
  const leaks = Object.entries(planted).flatMap(([what, secret]) => found(secret).map((place) => `${what}: ${place}`));
  expect(leaks).toEqual([]);
});
