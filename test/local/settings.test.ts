import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localEnvironment } from '../../infra/local/environment';
import { freePort } from '../../infra/local/ports';
import { hasFastClock, partsToStart, readSettings, requireFreePorts } from '../../infra/local/settings';

const stores = {
  database: { app: 'postgres://app', owner: 'postgres://owner', read: 'postgres://read', retention: 'postgres://job' },
  redisUrl: 'redis://local',
  temporalAddress: 'local:1',
  temporalUiUrl: undefined,
};
const secrets = {
  JWT_SECRET: 'local',
  POSTGRES_PASSWORD: 'local',
  POSTGRES_APP_PASSWORD: 'local',
  POSTGRES_READ_PASSWORD: 'local',
  POSTGRES_RETENTION_PASSWORD: 'local',
  SOFTPAYMENT_API_KEY: 'local',
  SOFTPAYMENT_WEBHOOK_SECRETS: 'local',
  BANK_API_KEY: 'local',
  BANK_WEBHOOK_SECRETS: 'local',
  ALIGO_API_KEY: 'local',
  IDENTITY_API_KEY: 'local',
  ...{ FCM_PRIVATE_KEY: 'local', VAPID_PUBLIC_KEY: 'local', VAPID_PRIVATE_KEY: 'local' },
};

const ALL = ['softpayment', 'bank', 'notices', 'identity'];

test('without variables the addresses are the documented ones', () => {
  const { places } = readSettings({});
  expect(Object.values(places).map(({ port }) => port)).toEqual([3000, 7233, 8233, 8081, 4010, 4020, 4030, 4040, 4050]);
});

test('every taken port is named together with the variable that moves it', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const taken = (server.address() as { port: number }).port;
  const names = [
    'TEMPORAL_PORT',
    'TEMPORAL_UI_PORT',
    'CODEC_PORT',
    'SOFTPAYMENT_PORT',
    'BANK_PORT',
    'NOTICES_PORT',
    'IDENTITY_PORT',
  ];
  const env: Record<string, string> = { PORT: `${taken}` };
  for (const name of names) env[name] = `${await freePort()}`;
  try {
    await expect(requireFreePorts(readSettings(env), env, false)).rejects.toThrow(
      `port ${taken} for the API is in use: free it, or choose another with PORT=<port>`,
    );
  } finally {
    server.close();
  }
});

test('two parts on one port are refused', async () => {
  const port = `${await freePort()}`;
  const env = { BANK_PORT: port, NOTICES_PORT: port };
  await expect(requireFreePorts(readSettings(env), env, false)).rejects.toThrow(/BANK_PORT.*NOTICES_PORT/);
});

test('a part whose address is set is not started, and the address reaches the processes', () => {
  const given = { DATABASE_URL: 'postgres://elsewhere', TEMPORAL_ADDRESS: 'elsewhere:7233', JWT_SECRET: 'given' };
  expect(partsToStart(given)).toEqual({ postgres: false, redis: true, temporal: false, sandboxes: ALL });
  const environment = localEnvironment(readSettings({}), given, secrets, stores, { fastClock: false, webDir: '/web' });
  expect(environment).toMatchObject({
    WEB_DIR: '/web',
    DATABASE_URL: 'postgres://elsewhere',
    REDIS_URL: 'redis://local',
    JWT_SECRET: 'given',
  });
  expect(Object.keys(environment).filter((name) => name.startsWith('POSTGRES'))).toEqual([]);
});

test('apps show the card form of the Softpayment that is called, unless another is named', () => {
  const formOf = (given: Record<string, string>) =>
    localEnvironment(readSettings(given), given, secrets, stores, { fastClock: false, webDir: '/web' })
      .SOFTPAYMENT_FORM_URL;
  expect(formOf({ SOFTPAYMENT_PORT: '14010' })).toBe('http://127.0.0.1:14010/sdk/card-form');
  for (const SOFTPAYMENT_URL of ['https://a.example', 'https://a.example/', 'https://a.example/v1'])
    expect(formOf({ SOFTPAYMENT_URL })).toBe('https://a.example/sdk/card-form');
  expect(formOf({ SOFTPAYMENT_FORM_URL: 'https://b.example/form' })).toBe('https://b.example/form');
});

test('each sandbox runs unless its own provider is elsewhere, and its port is needed only then', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const taken = `${(server.address() as { port: number }).port}`;
  const names = ['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'CODEC_PORT', 'NOTICES_PORT', 'IDENTITY_PORT'];
  const free = Object.fromEntries(await Promise.all(names.map(async (name) => [name, `${await freePort()}`])));
  const elsewhere = { ...free, SOFTPAYMENT_URL: 'http://a', SOFTPAYMENT_PORT: taken, BANK_PORT: taken };
  try {
    expect(partsToStart(elsewhere).sandboxes).toEqual(['bank', 'notices', 'identity']);
    await expect(requireFreePorts(readSettings(elsewhere), elsewhere, false)).rejects.toThrow(
      `port ${taken} for the bank sandbox is in use: free it, or choose another with BANK_PORT=<port>`,
    );
    const both = { ...elsewhere, BANK_URL: 'http://b' };
    expect(partsToStart(both).sandboxes).toEqual(['notices', 'identity']);
    await requireFreePorts(readSettings(both), both, false);
    // One sandbox plays the carriers of SMS and of e-mail.
    expect(partsToStart({ ...both, ALIGO_URL: 'http://c' }).sandboxes).toEqual(['notices', 'identity']);
    for (const variable of ['AWS_ENDPOINT_URL_SES', 'AWS_ENDPOINT_URL']) {
      const all = { ...both, ALIGO_URL: 'http://c', [variable]: 'http://d' };
      expect(partsToStart(all).sandboxes).toEqual(['identity']);
      expect(partsToStart({ ...all, IDENTITY_URL: 'http://e' }).sandboxes).toEqual([]);
    }
  } finally {
    server.close();
  }
});

test('the local system refuses to pose as production, and a port that is none is refused', () => {
  expect(() => readSettings({ NODE_ENV: 'production' })).toThrow(/npm run migrate/);
  expect(() => readSettings({ PORT: '3000.5' })).toThrow(/PORT/);
});

test('a clock that can be put forward is its folder’s for good, and no part elsewhere would follow it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plic-settings-'));
  try {
    const settings = readSettings({ PLIC_DATA_DIR: folder });
    expect(hasFastClock(settings, {}, false)).toBe(false);
    expect(hasFastClock(settings, {}, true)).toBe(true);
    writeFileSync(join(folder, 'fast-clock'), '');
    expect(hasFastClock(settings, {}, false)).toBe(true);
    expect(() => hasFastClock(settings, { DATABASE_URL: 'postgres://x', BANK_URL: 'http://x' }, false)).toThrow(
      /DATABASE_URL, BANK_URL would not follow/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
