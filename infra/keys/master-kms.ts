/** The master key in AWS KMS. A data key is bound to what it is for by its encryption context. */
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { type KeyPurpose, KeysUnavailable, type MasterKey, WrongMasterKey } from './master-key';

/** Where the key is. */
export interface KmsPlace {
  /** Id, ARN or alias. */
  readonly keyId: string;
  readonly region: string;
  /** Undefined: the region's own. */
  readonly endpoint: string | undefined;
  /** An emulator answers: it takes any credentials, and ours are not looked for. */
  readonly emulated: boolean;
}

/** Of one question, its repeats included, ms. */
const DEADLINE_MS = 2_000;
const ATTEMPTS_MAX = 3;
/** KMS opened nothing: what it was given is not, or no longer, what this key wrapped for this purpose. */
const WRONG = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);
const ANY = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };
const contextOf = (purpose: KeyPurpose) => ({ app: 'plic', purpose });

/** Any other failure than a wrong key is an outage, a disabled key and a missing right included: they may be mended. */
function meaningOf(error: unknown): Error {
  const { name = 'an unnamed error' } = error as { name?: string };
  if (WRONG.has(name)) return new WrongMasterKey(`KMS_KEY_ID: KMS opens nothing that this database holds (${name})`);
  return new KeysUnavailable(`KMS: ${name === 'AbortError' ? `no answer within ${DEADLINE_MS} ms` : name}`);
}

/** Asks KMS for nothing yet. */
export function openMasterKms({ keyId, region, endpoint, emulated }: KmsPlace): MasterKey {
  const client = new KMSClient({
    ...{ region, maxAttempts: ATTEMPTS_MAX },
    ...(endpoint !== undefined && { endpoint }),
    ...(emulated && { credentials: ANY }),
  });
  async function ask<T>(send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await send({ abortSignal: AbortSignal.timeout(DEADLINE_MS) });
    } catch (error) {
      throw meaningOf(error);
    }
  }
  return {
    async generateDataKey(purpose) {
      const command = new GenerateDataKeyCommand({
        ...{ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: contextOf(purpose) },
      });
      const { Plaintext, CiphertextBlob, KeyId } = await ask((options) => client.send(command, options));
      return { plain: whole(Plaintext), wrapped: whole(CiphertextBlob), masterKeyId: named(KeyId) };
    },
    async unwrap({ wrapped, masterKeyId }, purpose) {
      const command = new DecryptCommand({
        ...{ CiphertextBlob: wrapped, KeyId: masterKeyId, EncryptionContext: contextOf(purpose) },
      });
      return whole((await ask((options) => client.send(command, options))).Plaintext);
    },
    async rewrap({ wrapped, masterKeyId }, purpose) {
      const command = new ReEncryptCommand({
        ...{ CiphertextBlob: wrapped, SourceKeyId: masterKeyId, SourceEncryptionContext: contextOf(purpose) },
        ...{ DestinationKeyId: keyId, DestinationEncryptionContext: contextOf(purpose) },
      });
      const { CiphertextBlob, KeyId } = await ask((options) => client.send(command, options));
      return { wrapped: whole(CiphertextBlob), masterKeyId: named(KeyId) };
    },
    async wrap(plain, purpose) {
      const command = new EncryptCommand({ KeyId: keyId, Plaintext: plain, EncryptionContext: contextOf(purpose) });
      const { CiphertextBlob, KeyId } = await ask((options) => client.send(command, options));
      return { wrapped: whole(CiphertextBlob), masterKeyId: named(KeyId) };
    },
  };
}

const whole = (bytes: Uint8Array | undefined): Buffer => Buffer.from(answered(bytes));
const named = (id: string | undefined): string => answered(id);
function answered<T>(value: T | undefined): T {
  if (value === undefined) throw new KeysUnavailable('KMS: the answer is not whole');
  return value;
}
