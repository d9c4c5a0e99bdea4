/** What keeps the archive: S3, as moto plays it over HTTP, and the folder of one machine. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { openArchive } from '../../../infra/archive/open';
import type { S3Place } from '../../../infra/archive/place';
import type { ArchiveStore } from '../../../workflows/domain/archive';
import { type S3Server, startS3 } from '../../servers/s3';
import { testStack } from '../../servers/stack';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.stop());

const bucketStore = async (more: Partial<S3Place> = {}) => {
  const place = { ...(await s3.newPlace()), ...more };
  return { place, store: openArchive({ kind: 's3', s3: place }) };
};
const STORES: readonly (readonly [string, () => Promise<ArchiveStore>])[] = [
  ['S3', async () => (await bucketStore()).store],
  ['a folder', async () => openArchive({ kind: 'folder', folder: join(testStack().dir, randomUUID()) })],
];
const [ONE, OTHER] = [Buffer.from('{"n":1}\n'), Buffer.from('{"n":2}\n')];
const sha256 = createHash('sha256').update(ONE).digest('hex');

test.each(STORES)(
  '%s keeps an object as it was first written, and tells when it holds something else',
  async (_, open) => {
    const store = await open();
    expect(await store.look('deals/2026-01/part-0001.ndjson.gz')).toBeNull();
    expect(await store.read('manifests/2026-01.json')).toBeNull();
    expect(await store.put('manifests/2026-01.json', ONE, 'readable')).toBe('written');
    expect(await store.put('manifests/2026-01.json', ONE, 'readable')).toBe('there');
    expect(await store.put('manifests/2026-01.json', OTHER, 'readable')).toBe('other');
    expect(await store.read('manifests/2026-01.json')).toEqual(ONE);
    expect(await store.look('manifests/2026-01.json')).toEqual({ bytes: ONE.length, sha256, standing: 'readable' });
  },
);

test.each(STORES)(
  'of many who write one object of %s at once one writes, and the others hear whether it is theirs',
  async (_, open) => {
    const store = await open();
    const puts = await Promise.all(
      Array.from({ length: 8 }, (_one, n) => store.put('x/1', n % 2 ? ONE : OTHER, 'frozen')),
    );
    expect(puts.filter((put) => put === 'written')).toHaveLength(1);
    expect(puts.filter((put) => put === 'there')).toHaveLength(3);
    expect(puts.filter((put) => put === 'other')).toHaveLength(4);
  },
);

test('a part lies frozen under the key of KMS, is not read before it was restored, and a manifest is read at once', async () => {
  const { place, store } = await bucketStore();
  await store.put('deals/2026-01/part-0001.ndjson.gz', ONE, 'frozen');
  await store.put('manifests/2026-01.json', ONE, 'readable');
  const seen = (key: string) => s3.client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: `archive/${key}` }));
  expect(await seen('deals/2026-01/part-0001.ndjson.gz')).toMatchObject({
    ...{ StorageClass: 'GLACIER', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: place.kmsKeyId },
  });
  expect((await seen('manifests/2026-01.json')).StorageClass).toBeUndefined(); // of the class STANDARD nothing is said
  const key = 'deals/2026-01/part-0001.ndjson.gz';
  expect(await store.look(key)).toEqual({ bytes: ONE.length, sha256, standing: 'frozen' });
  await expect(store.read(key)).rejects.toThrow('S3 read: InvalidObjectState (HTTP 403)');
  await store.restore(key, 'Bulk'); // moto restores at once
  expect(await store.look(key)).toMatchObject({ standing: 'readable' });
  expect(await store.read(key)).toEqual(ONE);
});

test('an object that somebody else put there is another one, even of the same size', async () => {
  const { place, store } = await bucketStore();
  await s3.client.send(new PutObjectCommand({ Bucket: place.bucket, Key: 'archive/x/1', Body: OTHER }));
  expect(await store.put('x/1', ONE, 'frozen')).toBe('other');
});

test.each([
  [500, 'InternalError'],
  [403, 'AccessDenied'],
  [404, 'NoSuchBucket'],
])('an S3 that answers %s fails the write by its name alone; its text is not repeated', async (status, code) => {
  const body = `<Error><Code>${code}</Code><Message>arn:private</Message></Error>`;
  const server = createServer((req, res) => {
    req.resume();
    res.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { store } = await bucketStore({ endpoint });
  const failure = await store.put('x/1', ONE, 'frozen').catch((error: Error) => error);
  expect((failure as Error).message).toBe(`S3 put: ${code} (HTTP ${status})`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('an S3 that is not there fails the write, and says so', async () => {
  const { store } = await bucketStore({ endpoint: 'http://127.0.0.1:1' });
  await expect(store.put('x/1', ONE, 'frozen')).rejects.toThrow(/^S3 put: /);
});
