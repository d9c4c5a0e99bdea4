/** What the worker is told of the archive, of the app's pages, and of whom it hears and alerts. */
import { loadWorkerConfig } from '../../../infra/config/worker';

const PROVIDERS = { SOFTPAYMENT_API_KEY: 'k', BANK_API_KEY: 'k', ALIGO_API_KEY: 'k', ALIGO_USER_ID: 'u' };
const WORKER = {
  ...{ DATABASE_URL: 'postgres://plic@127.0.0.1/plic', REDIS_URL: 'redis://127.0.0.1', PLIC_KEY_FILE: '/k' },
  ...{ TEMPORAL_ADDRESS: '127.0.0.1:7233', ARCHIVE_DIR: '/a' },
  ...{ ...PROVIDERS, ALIGO_SENDER: '0212345678', SES_FROM: 'no-reply@plic.example' },
  ...{ SOFTPAYMENT_URL: 'http://127.0.0.1:2', BANK_URL: 'http://127.0.0.1:1', ALIGO_URL: 'http://127.0.0.1:3' },
};
const TLS_DATABASE_URL = `${WORKER.DATABASE_URL}?sslmode=verify-full`;
/** What production asks for beside its providers. */
const ENCRYPTED = {
  ...{ DATABASE_URL: TLS_DATABASE_URL, RETENTION_DATABASE_URL: TLS_DATABASE_URL, REDIS_URL: 'rediss://127.0.0.1' },
  ...{ TEMPORAL_TLS: 'true', KMS_KEY_ID: 'alias/plic', ARCHIVE_BUCKET: 'plic-archive' },
};

test('a queue of mail events is heard where it is named: with AWS’s own credentials, but for an emulator outside of production', () => {
  const heard = (given: Record<string, string>) => loadWorkerConfig({ ...WORKER, ...given }).sesEvents;
  const ofAws = 'https://sqs.ap-northeast-2.amazonaws.com/123456789012/mails';
  expect(heard({})).toBeNull();
  expect(heard({ SES_EVENTS_QUEUE_URL: ofAws })).toMatchObject({ queueUrl: ofAws, emulated: false });
  for (const elsewhere of ['http://127.0.0.1:5000/1/mails', 'https://notamazonaws.com/1/mails'])
    expect(heard({ SES_EVENTS_QUEUE_URL: elsewhere })).toMatchObject({ emulated: true });
});

test('the archive is a bucket in production, and elsewhere a bucket or a folder', () => {
  expect(loadWorkerConfig(WORKER).archive).toEqual({ kind: 'folder', folder: '/a' });
  const { ARCHIVE_BUCKET: _bucket, ...without } = ENCRYPTED;
  const providers = { SOFTPAYMENT_URL: 'https://a', BANK_URL: 'https://b', ALIGO_URL: 'https://c' };
  const production = { ...WORKER, ...without, ...providers, NODE_ENV: 'production', APP_ORIGIN: 'https://a' };
  expect(() => loadWorkerConfig(production)).toThrow(/- ARCHIVE_BUCKET: missing/);
  const own = { ...production, ARCHIVE_BUCKET: 'plic-archive' };
  expect(loadWorkerConfig(own).archive).toMatchObject({
    kind: 's3',
    s3: { prefix: 'archive/', storageClass: 'GLACIER', kmsKeyId: 'alias/plic', emulated: false },
  });
  const open = { ...own, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4' };
  expect(() => loadWorkerConfig(open)).toThrow(/- AWS_ENDPOINT_URL_S3: must be https in production/);
  for (const wrong of [{ ARCHIVE_STORAGE_CLASS: 'COLD' }, { ARCHIVE_PREFIX: '../a' }, { ARCHIVE_PREFIX: 'archive' }])
    expect(() => loadWorkerConfig({ ...own, ...wrong })).toThrow(/- ARCHIVE_/);
});

test('where the app is must be said in production, by https; an SMS with a code names its host', () => {
  const production = { ...WORKER, ...ENCRYPTED, NODE_ENV: 'production' };
  expect(loadWorkerConfig(WORKER).appHost).toBe('127.0.0.1');
  expect(loadWorkerConfig({ ...WORKER, APP_ORIGIN: 'https://app.plic.example/' }).appHost).toBe('app.plic.example');
  expect(() => loadWorkerConfig(production)).toThrow('  - APP_ORIGIN: must be set in production\n');
  const open = { ...production, APP_ORIGIN: 'http://app.plic.example' };
  expect(() => loadWorkerConfig(open)).toThrow('  - APP_ORIGIN: must be https in production\n');
});

test('operators are alerted by https, or by the sandbox of this machine outside of production, or nowhere', () => {
  const of = (ALERT_WEBHOOK_URL?: string, more = {}) => loadWorkerConfig({ ...WORKER, ALERT_WEBHOOK_URL, ...more });
  const [here, there] = ['http://127.0.0.1:4030/hooks/operators', 'https://hooks.example/T0/B0'];
  expect([of(), of(here), of(there)].map(({ alertWebhook }) => alertWebhook)).toEqual([null, here, there]);
  const wrong = /- ALERT_WEBHOOK_URL: must be https, or of this machine in development/;
  for (const open of ['http://hooks.example/T0', 'http://127.0.0.1.evil.example/', 'http://localhost@evil.example/'])
    expect(() => of(open)).toThrow(wrong);
  expect(() => of(here, { NODE_ENV: 'production' })).toThrow(wrong);
});
