/** Devices that hear pushes are registered by their payers, at push services that are ours to call. */
import { randomInt, randomUUID } from 'node:crypto';
import { callerOf, logIn, type SignedUp, signUpWith } from '../fixtures/account';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

const PATH = '/v1/users/me/push-subscriptions';
const app = () => ({ kind: 'fcm', registrationToken: `${randomUUID()}:APA91b` });
const browser = (endpoint = `https://fcm.googleapis.com/fcm/send/${randomUUID()}`) => ({
  ...{ kind: 'web', endpoint, p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) },
});
const newPayer = () => signUpWith(api, `010${randomInt(10_000_000, 99_999_999)}`);
const itemsOf = async (payer: Pick<SignedUp, 'call'>) =>
  (await payer.call('GET', PATH)).body.items as Record<string, unknown>[];
const inUse = async (payer: SignedUp) =>
  ((await payer.call('GET', '/v1/users/me/notifications')).body.dealNews as { inUse: string[] }).inUse;

test('a device is registered, and push becomes a channel that reaches', async () => {
  const payer = await newPayer();
  await payer.call('PATCH', '/v1/users/me/notifications', { dealNews: { channels: ['push'] } });
  expect(await inUse(payer)).toEqual(['sms']);
  const { status, body } = await payer.call('POST', PATH, app());
  expect(status).toBe(201);
  expect(await itemsOf(payer)).toMatchObject([{ id: body.id, kind: 'fcm', current: true }]);
  expect(await inUse(payer)).toEqual(['push']);
  expect((await payer.call('DELETE', `${PATH}/${body.id}`)).status).toBe(204);
  expect((await payer.call('DELETE', `${PATH}/${body.id}`)).status).toBe(404);
  expect(await inUse(payer)).toEqual(['sms']);
});

test('what a device registers takes the place of what it registered before', async () => {
  const payer = await newPayer();
  await payer.call('POST', PATH, app());
  const { body } = await payer.call('POST', PATH, browser());
  expect((await itemsOf(payer)).map(({ id }) => id)).toEqual([body.id]);
});

test('a token that another member registers is no longer the first one’s', async () => {
  const [first, second] = [await newPayer(), await newPayer()];
  const shared = app();
  await first.call('POST', PATH, shared);
  await second.call('POST', PATH, shared);
  expect([await itemsOf(first), (await itemsOf(second)).length]).toEqual([[], 1]);
});

test('the token lies encrypted, and nowhere in the clear', async () => {
  const payer = await newPayer();
  const given = app();
  await payer.call('POST', PATH, given);
  const row = await api.deps.db('push_subscriptions').where({ user_id: payer.id }).first();
  expect(JSON.stringify(row)).not.toContain(given.registrationToken);
  expect(JSON.stringify(await itemsOf(payer))).not.toContain(given.registrationToken);
});

test('it ends with the device, and with the membership', async () => {
  const payer = await newPayer();
  const { body } = await logIn(api, payer.email, payer.password);
  const other = callerOf(api, String(body.accessToken));
  await payer.call('POST', PATH, app());
  await other('POST', PATH, app());
  const items = await itemsOf(payer);
  const theirs = items.find(({ current }) => !current);
  expect((await payer.call('DELETE', `/v1/users/me/devices/${theirs?.deviceId}`)).status).toBe(204);
  expect((await itemsOf(payer)).map(({ current }) => current)).toEqual([true]);
  expect((await payer.call('POST', '/v1/users/me/withdrawal', { password: payer.password })).status).toBe(204);
  expect(await api.deps.db('push_subscriptions').where({ user_id: payer.id })).toEqual([]);
});

test.each([
  ['of no push service', browser('https://internal.example/hook')],
  ['of our own network', browser('https://169.254.169.254/latest')],
  ['in the clear', browser('http://fcm.googleapis.com/fcm/send/x')],
  ['without its key', { ...browser(), p256dh: 'short' }],
  ['of another kind', { kind: 'apns', registrationToken: 'x'.repeat(30) }],
  ['with a short token', { kind: 'fcm', registrationToken: 'x' }],
])('a subscription %s is refused, and nothing is kept', async (_, body) => {
  const payer = await newPayer();
  const answer = await payer.call('POST', PATH, body);
  expect([answer.status, answer.body.code]).toEqual([422, 'invalid-request']);
  expect(await itemsOf(payer)).toEqual([]);
});
