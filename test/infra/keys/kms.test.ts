/** The master key in KMS, by the real client: outages, throttling, disabled keys, wrong contexts, wrapping anew. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms';
import { openKeysOf } from '../../../api/open-keys';
import { rewrapDataKeys, rotateDataKeys } from '../../../api/operator/data-keys';
import { rotateHashKey } from '../../../api/operator/hash-keys';
import { inviteAdminUser } from '../../../db/admin-users';
import { countWithKeyInside } from '../../../db/ciphertexts';
import { placeOf } from '../../../db/encrypted-columns';
import type { FieldPlace } from '../../../infra/keys/keys';
import { openMasterKey } from '../../../infra/keys/master';
import { KeysUnavailable, WrongMasterKey } from '../../../infra/keys/master-key';
import { seal } from '../../../infra/keys/seal';
import { createLog } from '../../../infra/log';
import { startBareApi } from '../../api/bare-api';
import { openWay, type TcpProxy } from '../../faults/tcp-proxy';
import { poll } from '../../fixtures/poll';
import { insertPerson } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { type Kms, startLocalKms, startMoto } from '../../servers/kms';
import { testStack } from '../../servers/stack';

const HOUR = 3_600_000;
const PLACE = { table: 'cards', row: 'row-1', column: 'billing_key_encrypted' };
const log = createLog('test', 'silent');

let kms: Kms;
let way: TcpProxy;
let database: TestDatabase;
let keyId: string;
let now: number;
const clock = () => new Date(now);
beforeAll(async () => {
  kms = await startMoto(join(testStack().dir, 'moto'));
  way = await openWay(new URL(kms.url).host);
});
beforeEach(async () => {
  [database, keyId] = await Promise.all([testDatabase(), kms.newKey()]);
  now = Date.now();
});
afterEach(async () => {
  await way.mend();
  await database.drop();
});
afterAll(async () => {
  await way.close();
  await kms.stop();
});

const placeOfKey = (id = keyId, endpoint = `http://${way.address}`) => ({
  kms: { keyId: id, region: 'ap-northeast-2', endpoint, emulated: true },
  path: null,
});
const open = (masterKey: Parameters<typeof openMasterKey>[0] = placeOfKey()) =>
  openKeysOf({ db: database.db, masterKey, clock, log });
/** As before there were rows of data keys. */
async function sealedAsV1(path: string, place: FieldPlace = PLACE): Promise<string> {
  const { plain, wrapped } = await openMasterKey({ kms: null, path }).generateDataKey('field');
  const context = Buffer.from([place.table, place.row, place.column].join('/'));
  const pieces = [wrapped, ...seal(plain, Buffer.from('bill_1'), context)];
  return ['v1', ...pieces.map((piece) => piece.toString('base64url'))].join('.');
}
const alarms = () =>
  database.db('operator_tasks').where({ reason: 'kms-unreachable', closed_at: null }).pluck('detail');
const alarmed = () => poll(alarms, (open) => open.length === 1, { what: 'operators are told' });
const quiet = () => poll(alarms, (open) => open.length === 0, { what: 'the alarm has ended' });

test('what one process encrypts another reads, both have one key of hashes, and KMS alone opens the data keys', async () => {
  const [one, other] = await Promise.all([open(), open()]);
  const sealed = await one.keys.encrypt('bill_1', PLACE);
  expect(await other.keys.decrypt(sealed, PLACE)).toBe('bill_1');
  await expect(other.keys.decrypt(sealed, { ...PLACE, row: 'row-2' })).rejects.toThrow();
  expect(one.keys.hash('a', 'phone')).toBe(other.keys.hash('a', 'phone'));
  expect(await database.db('data_keys').where({ purpose: 'hash' }).pluck('master_key_id')).toEqual([keyId]);
  await expect(open(placeOfKey(await kms.newKey()))).resolves.toBeDefined(); // what wrapped before still opens
});

test('a data key that is moved to another purpose, or was wrapped elsewhere, opens nothing', async () => {
  const master = openMasterKey(placeOfKey());
  const key = await master.generateDataKey('field');
  expect(await master.unwrap(key, 'field')).toEqual(key.plain);
  await expect(master.unwrap(key, 'payload')).rejects.toThrow(WrongMasterKey);
  await expect(master.unwrap({ ...key, wrapped: Buffer.from('nothing') }, 'field')).rejects.toThrow(WrongMasterKey);
});

test('while KMS is silent the last key encrypts for an hour with an alarm; then nothing is, and it all ends by itself', async () => {
  const { keys } = await open();
  const early = await keys.encrypt('bill_1', PLACE);
  way.blackHole();
  now += HOUR - 1;
  const late = await keys.encrypt('bill_2', PLACE);
  expect(late.split('.')[1]).toBe(early.split('.')[1]);
  expect(await keys.decrypt(late, PLACE)).toBe('bill_2');
  expect(await alarmed()).toEqual(['KMS: no answer within 2000 ms']);
  now += 1;
  await expect(keys.encrypt('bill_3', PLACE)).rejects.toThrow(KeysUnavailable);
  await way.mend();
  now += 2_000;
  expect(await keys.decrypt(await keys.encrypt('bill_4', PLACE), PLACE)).toBe('bill_4');
  await quiet();
});

test('when no key can be had the API answers 503 with Retry-After, and stores nothing; then the same request succeeds', async () => {
  const { keys } = await openKeysOf({ db: database.db, masterKey: placeOfKey(), clock, log });
  const api = await startBareApi({ keys });
  try {
    const payer = await api.member();
    const card = { billingKey: 'bill_of_outage', maskedNumber: '433012******0001', issuer: '신한카드' };
    now += HOUR;
    await way.refuse();
    const { status, body, headers } = await payer.call('POST', '/v1/cards', card);
    expect([status, body.code, Number(headers.get('retry-after')) > 0]).toEqual([503, 'unavailable', true]);
    expect(await api.deps.db('cards').where('billing_key_encrypted', 'like', '%bill%')).toEqual([]);
    expect(await api.deps.db('cards').where({ user_id: payer.userId })).toHaveLength(1);
    await way.mend();
    now += 2_000;
    expect((await payer.call('POST', '/v1/cards', card)).status).toBe(201);
  } finally {
    await api.stop();
  }
});

test.each(['ThrottlingException', 'KMSInternalException', 'AccessDeniedException', 'KMSInvalidStateException'])(
  'a KMS that answers %s is an outage, and its text is not repeated',
  async (name) => {
    const server = createServer(
      (_, res) => void res.writeHead(400).end(JSON.stringify({ __type: name, message: 'arn:x' })),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const failure = await openMasterKey(placeOfKey(keyId, at))
      .generateDataKey('field')
      .catch((error: Error) => error);
    expect(failure).toBeInstanceOf(KeysUnavailable);
    expect((failure as Error).message).not.toContain('arn:x');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
);

test('data keys of a key file are wrapped anew by KMS, and then by another key of KMS; no record is touched', async () => {
  const path = join(testStack().dir, `rewrap-${process.pid}.key`);
  const sealed = await (await open({ kms: null, path })).keys.encrypt('bill_1', PLACE);
  const rewrap = async (masterKey: Parameters<typeof openMasterKey>[0]) => {
    const { master } = await open(masterKey);
    now += 1;
    await rewrapDataKeys({ db: database.db, master, clock }, clock(), { progress: () => undefined });
  };
  const wrappedBy = () => database.db('data_keys').distinct('master_key_id').pluck('master_key_id');
  await expect(open()).rejects.toThrow();
  await rewrap({ ...placeOfKey(), path });
  expect(await wrappedBy()).toEqual([keyId]);
  const next = await kms.newKey();
  await rewrap(placeOfKey(next));
  expect(await wrappedBy()).toEqual([next]);
  expect(await (await open(placeOfKey(next))).keys.decrypt(sealed, PLACE)).toBe('bill_1');
});

test('on a database without a key of hashes, KMS beside the file of before hashes as the file alone did', async () => {
  const path = join(testStack().dir, `upgraded-${process.pid}.key`);
  const before = (await open({ kms: null, path })).keys.hash('01012345678', 'phone');
  const upgraded = await testDatabase();
  try {
    const openHere = (masterKey: Parameters<typeof openMasterKey>[0]) =>
      openKeysOf({ db: upgraded.db, masterKey, clock, log });
    expect((await openHere({ ...placeOfKey(), path })).keys.hash('01012345678', 'phone')).toBe(before);
    expect(await upgraded.db('data_keys').where({ purpose: 'hash' }).pluck('master_key_id')).toEqual([keyId]);
    expect((await openHere(placeOfKey())).keys.hash('01012345678', 'phone')).toBe(before);
  } finally {
    await upgraded.drop();
  }
});

test('a ciphertext that holds its data key opens by KMS beside its file; without the file, the file is asked for', async () => {
  const path = join(testStack().dir, `v1-${process.pid}.key`);
  const sealed = await sealedAsV1(path);
  expect(await (await open({ ...placeOfKey(), path })).keys.decrypt(sealed, PLACE)).toBe('bill_1');
  const failure = await (await open()).keys.decrypt(sealed, PLACE).catch((error: Error) => error);
  expect(failure).toBeInstanceOf(WrongMasterKey);
  expect((failure as Error).message).toContain('PLIC_KEY_FILE');
});

test('ciphertexts that hold their data key are counted until they are encrypted anew; then the file may go', async () => {
  const path = join(testStack().dir, `counted-${process.pid}.key`);
  const { db } = database;
  const id = randomUUID();
  const place = placeOf('totpSecret', id);
  const invited = {
    id,
    handle: 'kim',
    role: 'admin',
    inviteHash: 'h',
    invitedBy: null,
    allowedAddresses: null,
  } as const;
  await inviteAdminUser(db, { ...invited, expiresAt: clock() });
  await db('admin_users').update({ totp_secret_encrypted: await sealedAsV1(path, place) });
  const { keys, dataKeys, master } = await open({ ...placeOfKey(), path });
  expect(await countWithKeyInside(db)).toBe(1);
  now += 1;
  await rotateDataKeys({ db, keys, dataKeys }, clock(), { progress: () => undefined });
  await rewrapDataKeys({ db, master, clock }, clock(), { progress: () => undefined });
  expect(await countWithKeyInside(db)).toBe(0);
  const [text] = await db('admin_users').pluck('totp_secret_encrypted');
  expect(await (await open()).keys.decrypt(text, place)).toBe('bill_1');
});

test('a rotation of hashes that lacks the key file says so, and not that a row does not open', async () => {
  const path = join(testStack().dir, `hashes-${process.pid}.key`);
  const { userId } = await insertPerson(database.db);
  const phone = await sealedAsV1(path, placeOf('phone', userId));
  await database.db('users').update({ phone_encrypted: phone });
  const { keys } = await open();
  const rotation = rotateHashKey({ db: database.db, keys }, { progress: () => undefined });
  await expect(rotation).rejects.toThrow(WrongMasterKey);
});

test('a disabled key is an outage: nothing is encrypted or read with it until it is enabled again', async () => {
  const local = await startLocalKms(join(testStack().dir, 'local-kms'));
  try {
    const own = placeOfKey(await local.newKey(), local.url);
    const master = openMasterKey(own);
    const key = await master.generateDataKey('field');
    await local.client.send(new DisableKeyCommand({ KeyId: own.kms.keyId }));
    await expect(master.generateDataKey('field')).rejects.toThrow(KeysUnavailable);
    await expect(master.unwrap(key, 'field')).rejects.toThrow(KeysUnavailable);
    await local.client.send(new EnableKeyCommand({ KeyId: own.kms.keyId }));
    expect(await master.unwrap(key, 'field')).toEqual(key.plain);
  } finally {
    await local.stop();
  }
});
