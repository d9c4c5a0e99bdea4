import { ConfigError, loadCheckConfig } from '../../../infra/config/config';
import { POLICIES } from '../../../workflows/domain/policy';

const DATABASE_URL = 'postgres://plic@127.0.0.1/plic';

test('the check needs a database, and finds the engine where it is by default', () => {
  expect(loadCheckConfig(false, { DATABASE_URL })).toEqual({
    databaseUrl: DATABASE_URL,
    temporal: { address: '127.0.0.1:7233', namespace: 'default', taskQueue: 'plic' },
    policy: POLICIES.production,
    providers: null,
  });
  expect(() => loadCheckConfig(false, {})).toThrow(ConfigError);
});

test('the check of the providers names every variable of theirs that is missing, and in production takes no open line', () => {
  const given = { DATABASE_URL, BANK_URL: 'http://127.0.0.1:1', BANK_API_KEY: 'k', SOFTPAYMENT_API_KEY: 'k' };
  expect(() => loadCheckConfig(true, given)).toThrow(/SOFTPAYMENT_URL: missing\nSet/);
  const all = { ...given, SOFTPAYMENT_URL: 'http://127.0.0.1:2' };
  expect(loadCheckConfig(true, all).providers).toEqual({
    softpayment: { url: 'http://127.0.0.1:2', apiKey: 'k' },
    bank: { url: 'http://127.0.0.1:1', apiKey: 'k' },
  });
  expect(() => loadCheckConfig(true, { ...all, NODE_ENV: 'production' })).toThrow(/BANK_URL: must be https/);
});
