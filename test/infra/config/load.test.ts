/** What each process needs to be told before it starts, and what it must not need. */
import { join } from 'node:path';
import { API_PARTS, loadApiConfig } from '../../../infra/config/api';
import {
  CHECK_PARTS,
  COMMAND_PARTS,
  KEYS_PARTS,
  loadCheckConfig,
  loadCommandConfig,
  loadKeysConfig,
  loadMigrateConfig,
  loadSchedulesConfig,
  MIGRATE_PARTS,
  PROVIDER_PARTS,
  SCHEDULES_PARTS,
} from '../../../infra/config/commands';
import { ConfigError, type Environment, type Parts } from '../../../infra/config/load';
import { loadWorkerConfig, WORKER_PARTS } from '../../../infra/config/worker';
import { POLICIES } from '../../../workflows/domain/policy';
import { codesIn, tableUnder } from '../../tidy/tables';

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
};
const PROVIDERS = {
  SOFTPAYMENT_URL: 'http://127.0.0.1:2',
  SOFTPAYMENT_API_KEY: 'k',
  BANK_URL: 'http://127.0.0.1:1',
  BANK_API_KEY: 'k',
};
const ALIGO = { ALIGO_URL: 'http://127.0.0.1:3', ALIGO_API_KEY: 'k', ALIGO_USER_ID: 'u', ALIGO_SENDER: '0212345678' };
const SES = { SES_FROM: 'no-reply@plic.example' };
const WORKER = { ...STORES, ...PROVIDERS, ...ALIGO, ...SES };

const ENCRYPTED = {
  DATABASE_URL: `${DATABASE_URL}?sslmode=verify-full`,
  REDIS_URL: 'rediss://127.0.0.1',
  TEMPORAL_TLS: 'true',
};

const LOADERS: readonly (readonly [string, (env: Environment) => unknown, Environment])[] = [
  ['api', loadApiConfig, API],
  ['worker', loadWorkerConfig, WORKER],
  ['schedules', loadSchedulesConfig, { TEMPORAL_ADDRESS: STORES.TEMPORAL_ADDRESS }],
  ['migrate', loadMigrateConfig, { DATABASE_URL }],
  ['commands', loadCommandConfig, { DATABASE_URL, TEMPORAL_ADDRESS: STORES.TEMPORAL_ADDRESS }],
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
  const open = { ...WORKER, ...ENCRYPTED, AWS_ENDPOINT_URL_SES: 'http://127.0.0.1:4' };
  const hasty = { ...open, NODE_ENV: 'production', PLIC_PACE: 'demo', JWT_SECRET: 'secret' };
  const wrong = ['PLIC_PACE: must be production'];
  for (const name of ['SOFTPAYMENT_URL', 'BANK_URL', 'ALIGO_URL', 'AWS_ENDPOINT_URL_SES'])
    wrong.push(`${name}: must be https in production`);
  expect(() => loadWorkerConfig(hasty)).toThrow(wrong.map((line) => `  - ${line}\n`).join(''));
  expect(() => loadApiConfig({ ...API, NODE_ENV: 'production', PLIC_PACE: 'demo' })).toThrow(/PLIC_PACE/);
  expect(() => loadCommandConfig({ ...API, NODE_ENV: 'production', PLIC_PACE: 'demo' })).toThrow(/PLIC_PACE/);
});

test('in production every line is encrypted, with the other side checked, or said to be encrypted by other means', () => {
  const plain = { ...API, NODE_ENV: 'production', TRUSTED_PROXIES: '0' };
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

test('secrets of sessions before the current one are as long as that', () => {
  const of = (JWT_PREVIOUS_SECRETS?: string) => loadApiConfig({ ...API, JWT_PREVIOUS_SECRETS }).jwtPreviousSecrets;
  expect([of(), of('')]).toEqual([[], []]);
  expect(of(`${'a'.repeat(32)}, ${'b'.repeat(40)}`)).toEqual(['a'.repeat(32), 'b'.repeat(40)]);
  expect(() => of(`${'a'.repeat(32)},short-one`)).toThrow(/JWT_PREVIOUS_SECRETS: (?!.*short-one)/);
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

/**
 * Whose settings they are, and whether it always reads them; the check asks the providers only with `--journals` or
 * `--date`.
 */
const PROCESSES: readonly (readonly [string, Parts, 'always' | 'if asked'])[] = [
  ['api', API_PARTS, 'always'],
  ['worker', WORKER_PARTS, 'always'],
  ['schedules', SCHEDULES_PARTS, 'always'],
  ['migrate', MIGRATE_PARTS, 'always'],
  ['commands', COMMAND_PARTS, 'always'],
  ['keys', KEYS_PARTS, 'always'],
  ['check', CHECK_PARTS, 'always'],
  ['check', PROVIDER_PARTS, 'if asked'],
];

/** Of each variable: the processes that cannot start without it, and those that read it and can. */
function variables(): Map<string, { needed: string[]; optional: string[] }> {
  const found = new Map<string, { needed: Set<string>; optional: Set<string> }>();
  for (const [process, parts, when] of PROCESSES) {
    for (const part of Object.values(parts)) {
      for (const name of part.variables) {
        const row = found.get(name) ?? { needed: new Set(), optional: new Set() };
        (when === 'always' && part.needed.includes(name) ? row.needed : row.optional).add(process);
        found.set(name, row);
      }
    }
  }
  return new Map([...found].map(([name, row]) => [name, { needed: [...row.needed], optional: [...row.optional] }]));
}

test('the table of variables says of each which process needs it, as the code does', () => {
  const listOf = (cell = '') => (cell === '-' ? [] : cell.split(', '));
  const documented = tableUnder('docs/configuration.md', 'Configuration').flatMap(([names = '', needed, optional]) =>
    codesIn(names).map((name): [string, object] => [name, { needed: listOf(needed), optional: listOf(optional) }]),
  );
  const byName = (rows: Iterable<readonly [string, object]>) => [...rows].toSorted(([a], [b]) => a.localeCompare(b));
  expect(byName(documented)).toEqual(byName(variables()));
});
