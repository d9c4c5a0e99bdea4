/**
 * What Temporal stores of us, encrypted: AES-256-GCM under a data key, whose id the payload carries in the clear. The
 * additional data binds a payload to its namespace, and to being one.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { DataKeys } from '../keys/data-keys';
import { seal, unseal } from '../keys/seal';

const { Payload: PayloadMessage } = temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = 'encryption-key-id';
const METADATA = { encoding: Buffer.from(ENCODING), 'encryption-cipher': Buffer.from(CIPHER) };

const wordOf = (payload: Payload, name: string): string => Buffer.from(payload.metadata?.[name] ?? []).toString();

/** Whether the codec made it. */
export const isEncrypted = (payload: Payload): boolean => wordOf(payload, 'encoding') === ENCODING;

/** The id of the key that opens it; empty when there is none. */
export const keyIdOf = (payload: Payload): string => wordOf(payload, KEY_ID);

interface Key {
  readonly id: string;
  readonly key: Buffer;
}

function sealed(payload: Payload, { id, key }: Key, context: Buffer): Payload {
  const [nonce, tag, body] = seal(key, Buffer.from(PayloadMessage.encode(payload).finish()), context);
  return { metadata: { ...METADATA, [KEY_ID]: Buffer.from(id) }, data: Buffer.concat([nonce, body, tag]) };
}

function opened({ data }: Payload, key: Buffer, context: Buffer): Payload {
  const bytes = Buffer.from(data ?? []);
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('malformed encrypted payload');
  const end = bytes.length - TAG_BYTES;
  const pieces = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(end), bytes.subarray(NONCE_BYTES, end)] as const;
  return PayloadMessage.decode(unseal(key, pieces, context));
}

/**
 * Encrypts what is in the clear, opens what it once encrypted, and leaves the rest as it is: histories of before are
 * in the clear. Throws what the keys throw, and when a payload was changed or belongs to another namespace.
 */
export function createCodec(keys: DataKeys, namespace: string): Required<PayloadCodec> {
  const context = Buffer.from(`plic/temporal-payload/${namespace}`);
  return {
    async encode(payloads) {
      if (payloads.every(isEncrypted)) return payloads;
      const key = await keys.current('payload');
      return payloads.map((payload) => (isEncrypted(payload) ? payload : sealed(payload, key, context)));
    },
    decode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) =>
          isEncrypted(payload) ? opened(payload, await keys.byId(keyIdOf(payload)), context) : payload,
        ),
      ),
  };
}

const NOTHING: Payload = { metadata: { encoding: Buffer.from('binary/null') } };

/** Of a process that holds no key: it sees nothing of what is encrypted, and can send nothing that would have to be. */
export const blindCodec: Required<PayloadCodec> = {
  async encode(payloads) {
    if (!payloads.every(isEncrypted)) throw new Error('a payload cannot be sent without a key');
    return payloads;
  },
  decode: async (payloads) => payloads.map((payload) => (isEncrypted(payload) ? NOTHING : payload)),
};
