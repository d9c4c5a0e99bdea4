/**
 * Devices that the server knows again. Who logs in gets a secret of 256 bits, bound to the member; with it their right
 * password is heard while strangers use up every other limit. It is no proof of anything else, and never enough alone.
 */
import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { addDevice, findDevice, noteRecognised } from '../../db/devices';
import type { Hashes } from '../../db/hash-keys';
import type { ApiDeps } from '../deps';
import type { Limiter } from '../http/middleware/rate-limit';
import { Problem } from '../http/problem';

export interface KnownDevice {
  readonly id: string;
  readonly token: string;
}

type Deps = Pick<ApiDeps, 'db' | 'keys' | 'clock'>;

const TOKEN = /^[\w-]{43}$/;
const hashOf = ({ keys }: Pick<Deps, 'keys'>, token: string): string => keys.hash(token, 'device');

/**
 * The device with this secret, if it is one of the member with this e-mail; nothing is noted yet. One statement: its
 * time tells nobody whether there is such a member.
 */
export async function knownDevice(deps: Deps, emailHashes: Hashes, token: string): Promise<KnownDevice | undefined> {
  const id = TOKEN.test(token) ? await findDevice(deps.db, emailHashes, hashOf(deps, token)) : undefined;
  return id === undefined ? undefined : { id, token };
}

/** The device that somebody has logged in on: noted when it is known, else with a new secret. */
export async function deviceAfterLogIn(
  deps: Deps,
  userId: string,
  label: string,
  known: KnownDevice | undefined,
): Promise<KnownDevice> {
  if (known) {
    await noteRecognised(deps.db, known.id, deps.clock());
    return known;
  }
  const device = { id: uuid(), token: randomBytes(32).toString('base64url') };
  await addDevice(deps.db, { id: device.id, userId, secretHash: hashOf(deps, device.token), label }, deps.clock());
  return device;
}

interface Stranger {
  readonly email: string;
  readonly address: string;
}

/**
 * Counts one try to log in. On a known device it is counted for that device alone, and neither what strangers tried
 * with the e-mail nor a crowd behind the same address stands in the way; when the device's own tries are used up, by
 * whoever has its secret, it is treated as any other.
 */
export async function countLogIn(limit: Limiter, device: KnownDevice | undefined, stranger: Stranger): Promise<void> {
  if (device && (await isSpared(limit, device))) return;
  const { email, address } = stranger;
  await limit('loginsPerIp', address);
  await limit('loginsPerEmailAndIp', `${email}\0${address}`);
  await limit('loginsPerEmail', email);
}

async function isSpared(limit: Limiter, { id }: KnownDevice): Promise<boolean> {
  try {
    await limit('loginsPerDevice', id);
    await limit('loginsPerDeviceAndDay', id);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
