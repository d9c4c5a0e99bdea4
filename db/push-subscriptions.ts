/** Where pushes to members go; one for each device that the server knows. */
import type { Db, Trx } from './connection';

/** Of one member; the one that was registered longest ago gives way. */
const SUBSCRIPTIONS_MAX = 10;

export const PUSH_KINDS = ['fcm', 'web'] as const;
export type PushKind = (typeof PUSH_KINDS)[number];

export interface PushSubscription {
  readonly id: string;
  readonly kind: PushKind;
  readonly deviceId: string;
  readonly createdAt: Date;
}

interface NewSubscription {
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly kind: PushKind;
  /** Encrypted for the id. */
  readonly targetEncrypted: string;
  readonly targetHash: string;
}

/**
 * Registers where the device is reached, in the place of what it was reached by, and of whoever had the target before.
 * Beyond ten the oldest go. False: the member has left, or the device was forgotten.
 */
export async function addPushSubscription(
  trx: Trx,
  { id, userId, deviceId, ...given }: NewSubscription,
): Promise<boolean> {
  const device = { 'devices.id': deviceId, 'devices.user_id': userId, 'devices.deleted_at': null };
  const member = trx('users').join('devices', 'devices.user_id', 'users.id').where(device);
  if (!(await member.whereNull('users.deleted_at').forShare('users', 'devices').first('users.id'))) return false;
  // All in one order, so that two who register the same do not wait for each other.
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [given.targetHash]);
  await trx('push_subscriptions').where({ target_hash: given.targetHash }).orWhere({ device_id: deviceId }).delete();
  await trx('push_subscriptions').insert({
    ...{ id, user_id: userId, device_id: deviceId, kind: given.kind },
    ...{ target_encrypted: given.targetEncrypted, target_hash: given.targetHash },
  });
  await trx.raw(
    `delete from push_subscriptions where id in (select id from push_subscriptions where user_id = :userId
       order by created_at desc, id desc offset :most)`,
    { userId, most: SUBSCRIPTIONS_MAX },
  );
  return true;
}

/** Those of devices that the server still knows: beyond twenty it forgets the oldest. */
const OF_LIVING = `exists (select from devices d where d.id = push_subscriptions.device_id and d.deleted_at is null)`;
const living = (db: Db, userId: string) =>
  db('push_subscriptions').where({ user_id: userId }).whereRaw(OF_LIVING).orderBy('created_at', 'desc').orderBy('id');

/** The member's, the newest first. */
export async function listPushSubscriptions(db: Db, userId: string): Promise<PushSubscription[]> {
  return living(db, userId).select('id', 'kind', 'device_id as deviceId', 'created_at as createdAt');
}

/** False when the member has none of this id. */
export async function removePushSubscription(db: Db, userId: string, id: string): Promise<boolean> {
  return (await db('push_subscriptions').where({ user_id: userId, id }).delete()) > 0;
}

/** What a push goes to. */
export interface PushPlace {
  readonly id: string;
  readonly kind: PushKind;
  readonly targetEncrypted: string;
}

export async function pushPlacesOf(db: Db, userId: string): Promise<PushPlace[]> {
  return living(db, userId).select('id', 'kind', 'target_encrypted as targetEncrypted');
}

/** The push service says that it leads nowhere. */
export async function dropPushPlace(db: Db, id: string): Promise<void> {
  await db('push_subscriptions').where({ id }).delete();
}
