/** Push as a channel of news: to every device of the payer, and another channel when none hears it. */
import { randomUUID } from 'node:crypto';
import { type Db, openDb } from '../../../db/connection';
import { removeDevice } from '../../../db/devices';
import { placeOf } from '../../../db/encrypted-columns';
import { dealNewsChoiceOf } from '../../../db/notification-choices';
import { addPushSubscription } from '../../../db/push-subscriptions';
import { type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.stopAll();
  await outbox.faults([]);
});
afterAll(() => outbox.close());

type Payer = Awaited<ReturnType<Outbox['payer']>>;

/** A device of the payer whose app has this token. */
async function hears({ userId }: Payer, token: string, as: Db = outbox.db): Promise<string> {
  const { db, keys } = outbox;
  const [id, deviceId] = [randomUUID(), randomUUID()];
  await db('devices').insert({ id: deviceId, user_id: userId, secret_hash: deviceId, label: 'phone' });
  const targetEncrypted = await keys.encrypt(token, placeOf('pushTarget', id));
  const given = { id, userId, deviceId, kind: 'fcm', targetEncrypted, targetHash: keys.hash(token, 'push') } as const;
  expect(await as.transaction((trx) => addPushSubscription(trx, given))).toBe(true);
  return deviceId;
}
const token = (end = '') => `${randomUUID()}${end}`;
const channelsOf = async ({ userId }: Payer) =>
  (await outbox.db('notices').where({ user_id: userId })).map(({ channel }) => channel).sort();

test('news goes to every device of the payer, and is one row', async () => {
  const payer = await outbox.payer({ chosen: ['push'] });
  const tokens = [token(), token()];
  for (const one of tokens) await hears(payer, one);
  const { push = '' } = await outbox.tell(payer);
  outbox.start();
  expect(await outbox.marked(push, 'sent_at')).toMatchObject({ provider_message_id: expect.any(String) });
  for (const one of tokens)
    expect(await outbox.arrived(one)).toEqual([expect.stringContaining('500,000원을 보냈습니다.')]);
  expect(await channelsOf(payer)).toEqual(['push']);
});

test('a device whose token is dead hears nothing more, and the others do', async () => {
  const payer = await outbox.payer({ chosen: ['push'] });
  const [alive, dead] = [token(), token('-unregistered')];
  await hears(payer, dead);
  await hears(payer, alive);
  const { push = '' } = await outbox.tell(payer);
  outbox.start();
  await outbox.marked(push, 'sent_at');
  expect(await outbox.db('push_subscriptions').where({ user_id: payer.userId })).toHaveLength(1);
});

test('news goes by the next channel when no device is left', async () => {
  const payer = await outbox.payer({ chosen: ['push'] });
  await hears(payer, token('-unregistered'));
  const { push = '' } = await outbox.tell(payer);
  outbox.start();
  expect(await outbox.marked(push, 'failed_at')).toMatchObject({ ended_reason: 'unreachable', attempts: 1 });
  expect(await outbox.arrived(payer.phone)).toHaveLength(1);
  expect(await channelsOf(payer)).toEqual(['push', 'sms']);
});

test('a push whose answer was lost is sent again: devices show it once', async () => {
  await outbox.faults([{ fault: 'drop-after-commit', times: 1, match: { path: ':send' } }]);
  const payer = await outbox.payer({ chosen: ['push'] });
  const own = token();
  await hears(payer, own);
  const { push = '' } = await outbox.tell(payer);
  outbox.start();
  expect(await outbox.marked(push, 'sent_at')).toMatchObject({ attempts: 2 });
  expect(await outbox.textsTo(own)).toHaveLength(2);
});

test('a token belongs to the member who registered it last', async () => {
  const [first, second] = [await outbox.payer({ chosen: ['push'] }), await outbox.payer({ chosen: ['push'] })];
  const shared = token();
  await hears(first, shared);
  await hears(second, shared);
  expect(Object.keys(await outbox.tell(first))).toEqual(['sms']);
  expect(Object.keys(await outbox.tell(second))).toEqual(['push']);
});

test('a device that the server no longer knows hears nothing', async () => {
  const payer = await outbox.payer({ chosen: ['push'] });
  const deviceId = await hears(payer, token());
  await outbox.db('devices').where({ id: deviceId }).update({ deleted_at: new Date() });
  expect(Object.keys(await outbox.tell(payer))).toEqual(['sms']);
});

test('the eleventh device takes the place of the oldest', async () => {
  const payer = await outbox.payer({ chosen: ['push'] });
  const devices: string[] = [];
  for (let n = 0; n < 11; n++) devices.push(await hears(payer, token()));
  const kept = await outbox.db('push_subscriptions').where({ user_id: payer.userId }).pluck('device_id');
  expect(kept.sort()).toEqual(devices.slice(1).sort());
});

test('the application may register, read and delete, as the role that it is', async () => {
  const app = openDb({ databaseUrl: outbox.logins.app, poolMax: 1 });
  const payer = await outbox.payer({ chosen: ['push'] });
  const deviceId = await hears(payer, token(), app);
  expect(await dealNewsChoiceOf(app, payer.userId)).toMatchObject({ hearsPush: true });
  expect(await removeDevice(app, payer.userId, deviceId, new Date())).toBe(true);
  expect(await dealNewsChoiceOf(app, payer.userId)).toMatchObject({ hearsPush: false });
  await app.destroy();
});
