/** What each process needs to be told before it starts, and what it must not need. */
import { join } from 'node:path';
import { loadApiConfig } from '../../../infra/config/api';
import { loadCodecConfig } from '../../../infra/config/codec';
import {
  loadArchiveConfig,
  loadCheckConfig,
  loadCommandConfig,
  loadKeysConfig,
  loadMigrateConfig,
  loadOperatorConfig,
  loadSchedulesConfig,
} from '../../../infra/config/commands';
import { ConfigError, type Environment } from '../../../infra/config/load';
import { loadWorkerConfig } from '../../../infra/config/worker';
import { openMasterKey } from '../../../infra/keys/master';
import { POLICIES } from '../../../workflows/domain/policy';

const DATABASE_URL = 'postgres://plic@127.0.0.1/plic';
const SECRET = `whsec_${'a'.repeat(44)}`;
const STORES = {
  DATABASE_URL,
  REDIS_URL: 'redis://127.0.0.1',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  PLIC_KEY_FILE: '/k',
};
const API = {
  ...STORES,
  JWT_SECRET: 'j'.repeat(32),
  SOFTPAYMENT_WEBHOOK_SECRETS: SECRET,
  BANK_WEBHOOK_SECRETS: `${SECRET}, ${SECRET}`,
  SOFTPAYMENT_FORM_URL: 'https://pay.softpayment.example/sdk/card-form',
};
const PROVIDERS = {
  SOFTPAYMENT_URL: 'http://127.0.0.1:2',
  SOFTPAYMENT_API_KEY: 'k',
  BANK_URL: 'http://127.0.0.1:1',
  BANK_API_KEY: 'k',
};
const ALIGO = { ALIGO_URL: 'http://127.0.0.1:3', ALIGO_API_KEY: 'k', ALIGO_USER_ID: 'u', ALIGO_SENDER: '0212345678' };
const SES = { SES_FROM: 'no-reply@plic.example' };
const WORKER = { ...STORES, ...PROVIDERS, ...ALIGO, ...SES, ARCHIVE_DIR: '/a' };

const CODEC = { DATABASE_URL, PLIC_KEY_FILE: STORES.PLIC_KEY_FILE, CODEC_ORIGINS: 'http://127.0.0.1:8233' };

const ENCRYPTED = {
  DATABASE_URL: `${DATABASE_URL}?sslmode=verify-full`,
  REDIS_URL: 'rediss://127.0.0.1',
  TEMPORAL_TLS: 'true',
  KMS_KEY_ID: 'alias/plic',
  RETENTION_DATABASE_URL: `${DATABASE_URL}?sslmode=verify-full`,
  ARCHIVE_BUCKET: 'plic-archive',
};

const LOADERS: readonly (readonly [string, (env: Environment) => unknown, Environment])[] = [
  ['api', loadApiConfig, API],
  ['worker', loadWorkerConfig, WORKER],
  ['schedules', loadSchedulesConfig, { TEMPORAL_ADDRESS: STORES.TEMPORAL_ADDRESS }],
  ['migrate', loadMigrateConfig, { DATABASE_URL }],
  [
    'commands',
    loadCommandConfig,
    { DATABASE_URL, TEMPORAL_ADDRESS: STORES.TEMPORAL_ADDRESS, PLIC_KEY_FILE: STORES.PLIC_KEY_FILE },
  ],
  [
    'archive',
    loadArchiveConfig,
    {
      ...{ DATABASE_URL, TEMPORAL_ADDRESS: STORES.TEMPORAL_ADDRESS, PLIC_KEY_FILE: STORES.PLIC_KEY_FILE },
      ARCHIVE_DIR: '/a',
    },
  ],
  ['operator', loadOperatorConfig, { DATABASE_URL }],
  ['codec', loadCodecConfig, CODEC],
  ['keys', loadKeysConfig, { DATABASE_URL, PLIC_KEY_FILE: STORES.PLIC_KEY_FILE }],
  ['check', (env) => loadCheckConfig(false, env), { DATABASE_URL }],
  ['check of the providers', (env) => loadCheckConfig(true, env), { DATABASE_URL, ...PROVIDERS }],
];

test.each(LOADERS)('%s starts on its own variables alone, and without them names them all at once', (_, load, env) => {
  load(env);
  const said = (() => {
    try {
      load({});
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message;
    }
    return '';
  })();
  expect([...said.matchAll(/- (\w+): missing/g)].map(([, name]) => name).toSorted()).toEqual(
    Object.keys(env).toSorted(),
  );
});

test('the API holds no key of a provider, and the worker neither the secret of sessions nor those of webhooks', () => {
  const everything = { ...API, ...WORKER };
  expect(JSON.stringify(loadApiConfig(everything))).not.toMatch(/apiKey|sender/);
  expect(JSON.stringify(loadWorkerConfig(everything))).not.toMatch(/whsec_|jjjj/);
});

test('in production the pace of the demo and a provider over an open line are refused, in one message', () => {
  const aws = { AWS_ENDPOINT_URL_SES: 'http://127.0.0.1:4', SES_EVENTS_QUEUE_URL: 'http://127.0.0.1:4/1/mails' };
  const open = { ...WORKER, ...ENCRYPTED, ...aws, APP_ORIGIN: 'https://a' };
  const hasty = { ...open, NODE_ENV: 'production', PLIC_PACE: 'demo', JWT_SECRET: 'secret' };
  const wrong = ['PLIC_PACE: must be production'];
  for (const name of ['SOFTPAYMENT_URL', 'BANK_URL', 'ALIGO_URL', 'AWS_ENDPOINT_URL_SES', 'SES_EVENTS_QUEUE_URL'])
    wrong.push(`${name}: must be https in production`);
  expect(() => loadWorkerConfig(hasty)).toThrow(wrong.map((line) => `  - ${line}\n`).join(''));
  expect(() => loadApiConfig({ ...API, NODE_ENV: 'production', PLIC_PACE: 'demo' })).toThrow(/PLIC_PACE/);
  expect(() => loadCommandConfig({ ...API, NODE_ENV: 'production', PLIC_PACE: 'demo' })).toThrow(/PLIC_PACE/);
  expect(() => loadApiConfig({ ...API, NODE_ENV: 'production', PLIC_FAST_CLOCK: 'on' })).toThrow(/PLIC_FAST_CLOCK/);
  expect(() => loadApiConfig({ ...API, PLIC_FAST_CLOCK: 'yes' })).toThrow(/PLIC_FAST_CLOCK/);
});

test('in production every line is encrypted, with the other side checked, or said to be encrypted by other means', () => {
  const plain = { ...API, NODE_ENV: 'production', TRUSTED_PROXIES: '0', KMS_KEY_ID: 'alias/plic' };
  const wrong = [
    ['DATABASE_URL: must say sslmode=verify-full', 'postgres'],
    ['REDIS_URL: must be rediss:', 'redis'],
    ['TEMPORAL_TLS: must be true', 'temporal'],
  ].map(([what, line]) => `  - ${what} in production (or PLIC_PLAIN_TEXT=${line}, where something else encrypts it)\n`);
  expect(() => loadApiConfig(plain)).toThrow(wrong.join(''));
  loadApiConfig({ ...plain, ...ENCRYPTED });
  loadApiConfig({ ...plain, PLIC_PLAIN_TEXT: 'postgres, redis,temporal' });
  expect(() => loadApiConfig({ ...plain, PLIC_PLAIN_TEXT: 'redis' })).toThrow(/DATABASE_URL(?!.*REDIS_URL)/s);
  expect(() => loadApiConfig({ ...API, PLIC_PLAIN_TEXT: 'all' })).toThrow(/- PLIC_PLAIN_TEXT\S*: each must be one of/);
});

test.each([
  'sslmode=verify-full&sslmode=no-verify',
  'sslmode=require',
  'sslmode=no-verify',
  'sslmode=prefer',
  'ssl=true',
])('PostgreSQL by "%s" encrypts for whoever answers, and is refused anywhere', (mode) => {
  expect(() => loadMigrateConfig({ DATABASE_URL: `${DATABASE_URL}?${mode}` })).toThrow(/must say sslmode=verify-full/);
  const own = { RETENTION_DATABASE_URL: `${DATABASE_URL}?${mode}` };
  expect(() => loadWorkerConfig({ ...WORKER, ...own })).toThrow(/RETENTION_DATABASE_URL: must say sslmode/);
});

test('the owner migrates, and in production is another than the application; who checks may be one who only reads', () => {
  const own = 'postgres://owner@127.0.0.1/plic?sslmode=verify-full';
  expect(loadMigrateConfig({ MIGRATE_DATABASE_URL: own }).databaseUrl).toBe(own);
  expect(loadMigrateConfig({ DATABASE_URL }).databaseUrl).toBe(DATABASE_URL);
  const production = { ...ENCRYPTED, NODE_ENV: 'production' };
  expect(() => loadMigrateConfig(production)).toThrow('  - MIGRATE_DATABASE_URL: must be set in production\n');
  expect(loadMigrateConfig({ ...production, MIGRATE_DATABASE_URL: own }).databaseUrl).toBe(own);
  expect(() => loadMigrateConfig({ ...production, MIGRATE_DATABASE_URL: DATABASE_URL })).toThrow(
    /- MIGRATE_DATABASE_URL: must say sslmode=verify-full in production/,
  );
  expect(loadCheckConfig(false, { READ_DATABASE_URL: own }).databaseUrl).toBe(own);
  expect(loadWorkerConfig(WORKER).readDatabaseUrl).toBe(WORKER.DATABASE_URL);
  expect(loadWorkerConfig({ ...WORKER, READ_DATABASE_URL: own }).readDatabaseUrl).toBe(own);
});

test('personal data is destroyed by a user of its own, or by that of the worker', () => {
  const own = 'postgres://job@127.0.0.1/plic';
  expect(loadWorkerConfig(WORKER).retentionDatabaseUrl).toBe(WORKER.DATABASE_URL);
  expect(loadWorkerConfig({ ...WORKER, RETENTION_DATABASE_URL: own }).retentionDatabaseUrl).toBe(own);
});

test('the line to the engine is told by Temporal’s own names, and half of it is refused', () => {
  const of = (more: Environment) => loadSchedulesConfig({ TEMPORAL_ADDRESS: 'cloud:7233', ...more }).temporal;
  expect(of({})).not.toHaveProperty('tls');
  expect(of({ TEMPORAL_TLS: 'true' })).toMatchObject({ tls: {} });
  expect(of({ TEMPORAL_API_KEY: 'k' })).toMatchObject({ apiKey: 'k', tls: {} });
  expect(of({ TEMPORAL_TLS_SERVER_NAME: 'n' })).toMatchObject({ tls: { serverNameOverride: 'n' } });
  expect(() => of({ TEMPORAL_API_KEY: 'private', TEMPORAL_TLS: 'false' })).toThrow(/TEMPORAL_API_KEY: needs TLS/);
  const cert = join(__dirname, 'no-such.pem');
  expect(() => of({ TEMPORAL_TLS_CLIENT_CERT_PATH: cert })).toThrow(/CERT_PATH: cannot be read \(ENOENT\)/);
  expect(() => of({ TEMPORAL_TLS_CLIENT_KEY_PATH: __filename })).toThrow(
    /KEY_PATH: must be a PEM file of a PRIVATE KEY/,
  );
});

test('how many proxies stand in front must be said in production, since neither guess is safe', () => {
  const production = { ...API, ...ENCRYPTED, NODE_ENV: 'production' };
  expect(loadApiConfig(API).proxies).toBe(0);
  expect(() => loadApiConfig(production)).toThrow('  - TRUSTED_PROXIES: must be set in production\n');
  expect(loadApiConfig({ ...production, TRUSTED_PROXIES: '0' }).proxies).toBe(0);
  expect(loadApiConfig({ ...production, TRUSTED_PROXIES: '2' }).proxies).toBe(2);
  for (const wrong of ['-1', '1.5', 'all', '11'])
    expect(() => loadApiConfig({ ...production, TRUSTED_PROXIES: wrong })).toThrow(/- TRUSTED_PROXIES: /);
});

test('origins are exact ones, and none by default', () => {
  const of = (PLIC_ORIGINS?: string) => loadApiConfig({ ...API, PLIC_ORIGINS }).origins;
  expect([of(), of(''), of(' ')]).toEqual([[], [], []]);
  expect(of('https://a.example, http://127.0.0.1:5173,capacitor://localhost')).toEqual([
    ...['https://a.example', 'http://127.0.0.1:5173', 'capacitor://localhost'],
  ]);
  for (const wrong of ['*', 'null', 'a.example', 'https://*.example', 'https://a.example/', 'https://A.example'])
    expect(() => of(`https://a.example,${wrong}`)).toThrow(/- PLIC_ORIGINS: /);
});

test('payers enter their cards on a page that is reached over https in production', () => {
  expect(loadApiConfig(API).cardFormUrl).toBe(API.SOFTPAYMENT_FORM_URL);
  const open = { ...API, SOFTPAYMENT_FORM_URL: 'http://127.0.0.1:4010/sdk/card-form' };
  expect(loadApiConfig(open).cardFormUrl).toBe(open.SOFTPAYMENT_FORM_URL);
  const production = { ...open, ...ENCRYPTED, NODE_ENV: 'production', TRUSTED_PROXIES: '0' };
  expect(() => loadApiConfig(production)).toThrow('  - SOFTPAYMENT_FORM_URL: must be https in production\n');
  expect(() => loadApiConfig({ ...API, SOFTPAYMENT_FORM_URL: '/sdk/card-form' })).toThrow(/- SOFTPAYMENT_FORM_URL: /);
});

test('the API shows pages of a folder that is named, and none otherwise', () => {
  const of = (WEB_DIR?: string) => loadApiConfig({ ...API, WEB_DIR }).webDir;
  expect([of(), of(''), of('/srv/plic/web')]).toEqual([null, null, '/srv/plic/web']);
});

test('secrets of sessions before the current one are as long as that', () => {
  const of = (JWT_PREVIOUS_SECRETS?: string) => loadApiConfig({ ...API, JWT_PREVIOUS_SECRETS }).jwtPreviousSecrets;
  expect([of(), of('')]).toEqual([[], []]);
  expect(of(`${'a'.repeat(32)}, ${'b'.repeat(40)}`)).toEqual(['a'.repeat(32), 'b'.repeat(40)]);
  expect(() => of(`${'a'.repeat(32)},short-one`)).toThrow(/JWT_PREVIOUS_SECRETS: (?!.*short-one)/);
});

test('what opens payloads listens to this machine alone; in production behind https, for operators who log in', () => {
  expect(loadCodecConfig(CODEC).ways).toEqual({
    ...{ host: '127.0.0.1', port: 8081, origins: ['http://127.0.0.1:8233'], needsLogin: false },
    hosts: ['127.0.0.1:8081', 'localhost:8081', '[::1]:8081'],
  });
  for (const HOST of ['0.0.0.0', '::', '10.0.0.1'])
    expect(() => loadCodecConfig({ ...CODEC, HOST })).toThrow(/- HOST: must be of this machine alone/);
  for (const CODEC_ORIGINS of ['*', 'null', '', 'https://a.example/'])
    expect(() => loadCodecConfig({ ...CODEC, CODEC_ORIGINS })).toThrow(/- CODEC_ORIGINS/);
  const production = { ...CODEC, ...ENCRYPTED, NODE_ENV: 'production', TRUSTED_PROXIES: '1' };
  const publicly = { CODEC_PUBLIC_URL: 'https://codec.example', CODEC_ORIGINS: 'https://temporal.example' };
  expect(() => loadCodecConfig(production)).toThrow(/- CODEC_PUBLIC_URL: must be the https address/);
  expect(() => loadCodecConfig({ ...production, ...publicly, CODEC_ORIGINS: CODEC.CODEC_ORIGINS })).toThrow(
    /- CODEC_ORIGINS: must be https/,
  );
  const { needsLogin, hosts } = loadCodecConfig({ ...production, ...publicly, HOST: '0.0.0.0' }).ways;
  expect([needsLogin, hosts]).toEqual([true, ['codec.example']]);
});

test('who requires identities names who checks them, over https in production', () => {
  const required = { ...WORKER, IDENTITY: 'required' };
  expect(() => loadWorkerConfig(required)).toThrow(/- IDENTITY_URL: missing/);
  const at = { ...required, IDENTITY_URL: 'http://127.0.0.1:4' };
  expect(() => loadWorkerConfig(at)).toThrow(/- IDENTITY_API_KEY: missing/);
  const whole = { ...at, IDENTITY_API_KEY: 'k' };
  expect(loadWorkerConfig(whole).identityProvider).toEqual({ url: 'http://127.0.0.1:4', apiKey: 'k' });
  expect(() => loadWorkerConfig({ ...whole, NODE_ENV: 'production' })).toThrow(/- IDENTITY_URL: must be https/);
  expect(loadWorkerConfig({ ...whole, IDENTITY: 'off' }).identityProvider).toBeNull();
  expect(() => loadApiConfig({ ...API, IDENTITY: 'sometimes' })).toThrow(/- IDENTITY: /);
});

test('the master key is in KMS, by https, in production; elsewhere a file does', () => {
  const { KMS_KEY_ID, ...lines } = ENCRYPTED;
  const production = { ...API, ...lines, NODE_ENV: 'production', TRUSTED_PROXIES: '0' };
  expect(() => loadApiConfig(production)).toThrow(/- KMS_KEY_ID: missing/);
  expect(loadApiConfig({ ...production, KMS_KEY_ID }).masterKey).toEqual({
    kms: { keyId: KMS_KEY_ID, region: 'ap-northeast-2', endpoint: undefined, emulated: false },
    path: '/k',
  });
  const open = { ...production, KMS_KEY_ID, AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:4' };
  expect(() => loadApiConfig(open)).toThrow(/AWS_ENDPOINT_URL_KMS: must be https in production/);
  expect(loadApiConfig({ ...open, NODE_ENV: 'test' }).masterKey.kms).toMatchObject({ emulated: true });
  expect(loadApiConfig(API).masterKey).toEqual({ kms: null, path: '/k' });
});

test('a wrong value is named and never shown', () => {
  const message = (() => {
    try {
      loadApiConfig({ ...API, BANK_WEBHOOK_SECRETS: 'whsec_private', JWT_SECRET: 'private', PORT: '-1' });
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  })();
  for (const name of ['BANK_WEBHOOK_SECRETS', 'JWT_SECRET', 'PORT']) expect(message).toContain(`- ${name}: `);
  expect(message).not.toMatch(/private|missing/);
});

test('the check finds the engine where it is by default, and asks no provider unless it is told to', () => {
  expect(loadCheckConfig(false, { DATABASE_URL })).toEqual({
    fastClock: false,
    databaseUrl: DATABASE_URL,
    temporal: { address: '127.0.0.1:7233', namespace: 'default', taskQueue: 'plic' },
    policy: POLICIES.production,
    providers: null,
  });
  expect(loadCheckConfig(true, { DATABASE_URL, ...PROVIDERS }).providers).toEqual({
    softpayment: { url: 'http://127.0.0.1:2', apiKey: 'k' },
    bank: { url: 'http://127.0.0.1:1', apiKey: 'k' },
  });
});

test('a process that is told where AWS is hears nothing of Node 20 from its SDK', () => {
  const warned = jest.spyOn(process, 'emitWarning');
  openMasterKey(loadKeysConfig({ DATABASE_URL, KMS_KEY_ID: 'alias/plic' }).masterKey);
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});
