/** The device of a confirm, as risk counts it. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { ConfirmRequest } from '../../workflows/deal/messages';

/** A confirm of before hashes has the client's own text: it is not kept, and counts as a device that nobody has. */
export const deviceOf = ({ deviceId, deviceTextHash }: ConfirmRequest) =>
  deviceTextHash === undefined
    ? { deviceId: randomUUID(), deviceTextHash: randomBytes(32).toString('base64url') }
    : { deviceId, deviceTextHash };
