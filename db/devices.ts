/** Devices on which a payer logs in, known by the keyed hash of a secret that only the device has. */
import type { Db } from './connection';
import { type Hashes, hasHash } from './hash-keys';

/** Devices of one payer that the server knows again. */
const DEVICES_MAX = 20;

export interface Device {
  readonly id: string;
  readonly label: string;
  readonly createdAt: Date;
  /** The last log-in with its secret; null: it has not come back yet. */
  readonly recognisedAt: Date | null;
}

interface Row {
  id: string;
  user_id: string;
  secret_hash: string;
  label: string;
  created_at: Date;
  recognised_at: Date | null;
  deleted_at: Date | null;
}

const fromRow = ({ id, label, created_at, recognised_at }: Row): Device => ({
  id,
  label,
  createdAt: created_at,
  recognisedAt: recognised_at,
});

interface NewDevice {
  readonly id: string;
  readonly userId: string;
  readonly secretHash: string;
  readonly label: string;
}

/**
 * Adds the device. Beyond 20 the payer's others are forgotten: first those that never came back (a program that logs in
 * anew each time leaves many), then those that came back longest ago.
 */
export async function addDevice(db: Db, { id, userId, secretHash, label }: NewDevice, at: Date): Promise<void> {
  await db('devices').insert({ id, user_id: userId, secret_hash: secretHash, label, created_at: at });
  await db.raw(
    `update devices set deleted_at = :at, version = version + 1 where id in (
       select id from devices where user_id = :userId and deleted_at is null and id <> :id
       order by recognised_at desc nulls last, created_at desc offset :kept for update skip locked)`,
    { at, userId, id, kept: DEVICES_MAX - 1 },
  );
}

/** The id of the device with this secret, if it is one of the payer whose e-mail has one of these hashes. */
export async function findDevice(db: Db, emailHashes: Hashes, secretHash: string): Promise<string | undefined> {
  const row = await db('users')
    .join('devices', 'devices.user_id', 'users.id')
    .where(hasHash('email_hash', emailHashes))
    .where({ 'devices.secret_hash': secretHash })
    .whereNull('users.deleted_at')
    .whereNull('devices.deleted_at')
    .first('devices.id');
  return row?.id;
}

/** Notes that the device has come back. */
export async function noteRecognised(db: Db, id: string, at: Date): Promise<void> {
  await db('devices').where({ id }).update({ recognised_at: at }).increment('version');
}

/** The payer's devices, the newest first. */
export async function listDevices(db: Db, userId: string): Promise<Device[]> {
  const rows = await db<Row>('devices')
    .where({ user_id: userId, deleted_at: null })
    .orderBy('created_at', 'desc')
    .orderBy('id');
  return rows.map(fromRow);
}

/** Forgets the device; false when the payer never had it. Forgetting it again changes nothing. */
export async function removeDevice(db: Db, userId: string, id: string, at: Date): Promise<boolean> {
  const removed = await db('devices')
    .where({ id, user_id: userId })
    .update({ deleted_at: db.raw('coalesce(deleted_at, ?)', [at]) })
    .increment('version');
  await db('push_subscriptions').where({ device_id: id, user_id: userId }).delete();
  return removed > 0;
}

/** Forgets every device of the payer: of a password that was set anew, of a member who left. */
export async function removeDevices(db: Db, userId: string, at: Date): Promise<void> {
  await db('devices').where({ user_id: userId, deleted_at: null }).update({ deleted_at: at }).increment('version');
  await db('push_subscriptions').where({ user_id: userId }).delete();
}

interface LogIn {
  readonly userId: string;
  readonly passwordHash: string;
  readonly deviceId: string;
}

/** Whether what a log-in was let in by still stands: the member, the password, the device. */
export async function logInStands(db: Db, { userId, passwordHash, deviceId }: LogIn): Promise<boolean> {
  const row = await db('users')
    .join('devices', 'devices.user_id', 'users.id')
    .where({ 'users.id': userId, 'users.password_hash': passwordHash, 'devices.id': deviceId })
    .whereNull('users.deleted_at')
    .whereNull('devices.deleted_at')
    .first('users.id');
  return row !== undefined;
}
