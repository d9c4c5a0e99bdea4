/** The archive in Amazon S3: objects of a class for the long term, each under a checksum that S3 itself keeps. */
import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  RestoreObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ArchiveStore, StoredObject } from '../../workflows/domain/archive';
import type { S3Place } from './place';

/** Of one call with all its repeats, ms; an object is some megabytes. */
const DEADLINE_MS = 120_000;
const ATTEMPTS_MAX = 3;
/** A restored object stays readable for so long. */
const RESTORED_DAYS = 7;
const ANY = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };

const nameOf = (error: unknown): string => (error as { name?: string } | null)?.name ?? 'an unnamed error';
const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;

/** S3 could not be asked, or refused; its own texts are not repeated. */
function failureOf(call: string, error: unknown): Error {
  const [name, status] = [nameOf(error), statusOf(error)];
  if (name === 'AbortError') return new Error(`S3 ${call}: no answer within ${DEADLINE_MS / 1_000} s`);
  return new Error(`S3 ${call}: ${name}${status === undefined ? '' : ` (HTTP ${status})`}`);
}

const sha256Of = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Asks S3 for nothing yet. */
export function openS3Archive({ bucket, prefix, storageClass, kmsKeyId, ...place }: S3Place): ArchiveStore {
  const { region, endpoint, emulated } = place;
  const client = new S3Client({
    ...{ region, maxAttempts: ATTEMPTS_MAX },
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(emulated && { credentials: ANY }),
  });
  const at = (key: string) => ({ Bucket: bucket, Key: `${prefix}${key}` });
  const inTime = () => ({ abortSignal: AbortSignal.timeout(DEADLINE_MS) });

  async function look(key: string): Promise<StoredObject | null> {
    try {
      return seenIn(await client.send(new HeadObjectCommand({ ...at(key), ChecksumMode: 'ENABLED' }), inTime()));
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw failureOf('look', error);
    }
  }

  return {
    look,
    async put(key, bytes, kind) {
      const sha256 = sha256Of(bytes);
      const input: PutObjectCommandInput = {
        ...{ ...at(key), Body: bytes, ContentLength: bytes.length, IfNoneMatch: '*' },
        ...{ ContentType: kind === 'frozen' ? 'application/gzip' : 'application/json' },
        ...{ StorageClass: kind === 'frozen' ? storageClass : 'STANDARD' },
        ...{ ChecksumAlgorithm: 'SHA256', ChecksumSHA256: sha256.toString('base64') }, // which S3 keeps
        ...(kmsKeyId !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
      };
      try {
        await client.send(new PutObjectCommand(input), inTime());
        return 'written';
      } catch (error) {
        // There is one: of another run, or of our own call whose answer was lost and which was sent again.
        if (statusOf(error) !== 412) throw failureOf('put', error);
        return (await look(key))?.sha256 === sha256.toString('hex') ? 'there' : 'other';
      }
    },
    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand(at(key)), inTime());
        return Body ? Buffer.from(await Body.transformToByteArray()) : null;
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw failureOf('read', error);
      }
    },
    async restore(key, tier) {
      const request = { Days: RESTORED_DAYS, GlacierJobParameters: { Tier: tier } };
      try {
        await client.send(new RestoreObjectCommand({ ...at(key), RestoreRequest: request }), inTime());
      } catch (error) {
        if (nameOf(error) !== 'RestoreAlreadyInProgress') throw failureOf('restore', error);
      }
    },
  };
}

function seenIn({ ContentLength, ChecksumSHA256, StorageClass, Restore }: HeadObjectCommandOutput): StoredObject {
  const sha256 = ChecksumSHA256 === undefined ? null : Buffer.from(ChecksumSHA256, 'base64').toString('hex');
  const isFrozen = StorageClass === 'GLACIER' && !Restore?.includes('ongoing-request="false"');
  const isComing = Restore?.includes('ongoing-request="true"') === true;
  return { bytes: ContentLength ?? 0, sha256, standing: isComing ? 'restoring' : isFrozen ? 'frozen' : 'readable' };
}
