/** Amazon S3, played by moto over real HTTP: buckets of one's own. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Place } from '../../infra/archive/place';
import { startMoto } from './kms';
import { testStack } from './stack';

export interface S3Server {
  readonly url: string;
  /** For what the house has no word for. */
  readonly client: S3Client;
  /** A new bucket, with a key of KMS under which it encrypts. */
  newPlace(): Promise<S3Place>;
  stop(): Promise<void>;
}

const REGION = 'ap-northeast-2';

export async function startS3(): Promise<S3Server> {
  const moto = await startMoto(join(testStack().dir, `s3-${randomUUID()}`));
  const credentials = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };
  const client = new S3Client({ region: REGION, endpoint: moto.url, forcePathStyle: true, credentials });
  return {
    ...{ url: moto.url, client },
    async newPlace() {
      const bucket = `archive-${randomUUID()}`;
      const where = { LocationConstraint: REGION } as const;
      await client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: where }));
      const kmsKeyId = await moto.newKey();
      return {
        ...{ bucket, prefix: 'archive/', storageClass: 'GLACIER', kmsKeyId, region: REGION, endpoint: moto.url },
        emulated: true,
      };
    },
    async stop() {
      client.destroy();
      await moto.stop();
    },
  };
}
