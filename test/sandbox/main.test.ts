import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startBank } from '../../infra/sandbox/bank';
import { readSettings } from '../../infra/sandbox/settings';
import { compiled } from '../servers/programs';

const ROOT = join(__dirname, '../..');

/** Runs `npm run sandbox` on free ports; `ready` resolves when the last of its sandboxes has said so. */
function run(args: string[], last = 'identity') {
  const env = { ...process.env, SOFTPAYMENT_PORT: '0', BANK_PORT: '0', NOTICES_PORT: '0', IDENTITY_PORT: '0' };
  const child = spawn(process.execPath, [compiled('infra/sandbox/main.ts'), ...args], { cwd: ROOT, env });
  let output = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (output.includes(`${last} sandbox ready`)) resolve();
      });
    }
  });
  return { child, ready, end: once(child, 'close').then(([code]) => ({ code, output })) };
}

test('starts the four, says where, and stops at SIGTERM', async () => {
  const { child, ready, end } = run([]);
  await ready;
  child.kill('SIGTERM');
  const { code, output } = await end;
  expect(code).toBe(0);
  expect(output).toMatch(
    /^Softpayment sandbox ready: http.*\nbank sandbox ready: http.*\nnotices sandbox ready: http.*\nidentity sandbox ready: http.*\n$/,
  );
});

test('starts only those that it is told to', async () => {
  const { child, ready, end } = run(['--only', 'notices,bank', '--softpayment-port', 'none'], 'notices');
  await ready;
  child.kill('SIGTERM');
  const { code, output } = await end;
  expect(code).toBe(0);
  expect(output).toMatch(/^bank sandbox ready: http.*\nnotices sandbox ready: http.*\n$/);
});

test('a port in use is one message and exit 1', async () => {
  const bank = await startBank();
  const { code, output } = await run(['--bank-port', String(bank.port)]).end;
  expect(code).toBe(1);
  expect(output.split('\n').at(-2)).toBe(
    `bank sandbox: port ${bank.port} on 127.0.0.1 is in use; set BANK_PORT or --bank-port`,
  );
  await bank.close();
});

test('settings: the command line wins, the first secret signs, the URL is the API’s base', () => {
  const settings = readSettings(['--bank-port', '5020'], {
    BANK_PORT: '6020',
    BANK_API_KEY: 'k',
    IDENTITY_API_KEY: 'i',
    SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:3000/',
    SOFTPAYMENT_WEBHOOK_SECRETS: 'whsec_b25l,whsec_dHdv',
    BANK_WEBHOOK_SECRETS: 'whsec_dGhyZWU=',
  });
  expect(settings).toMatchObject({
    softpayment: {
      port: 4010,
      webhook: { url: 'http://127.0.0.1:3000/v1/webhooks/softpayment', secret: 'whsec_b25l' },
    },
    bank: { port: 5020, apiKey: 'k', webhook: { url: 'http://127.0.0.1:3000/v1/webhooks/bank' } },
    notices: { port: 4030 },
    identity: { port: 4040, apiKey: 'i' },
  });
  expect(readSettings(['--help'], {})).toBe('help');
});

test('settings: the readings are the standard ones, the environment’s or the command line’s', () => {
  const standard = { declines: 'replayed', duplicateCheck: 'before-gate', notFoundMs: 0 };
  const read = (args: string[], env = {}) => {
    const settings = readSettings(args, env);
    return settings === 'help' ? settings : { ...settings.softpayment?.readings, ...settings.bank?.readings };
  };
  expect(read([], { SOFTPAYMENT_DECLINES: '', BANK_NOT_FOUND_MS: '' })).toEqual(standard);
  const chosen = { SOFTPAYMENT_DECLINES: 'judged-anew', BANK_DUPLICATE_CHECK: 'after-gate', BANK_NOT_FOUND_MS: '50' };
  expect(read([], chosen)).toEqual({ declines: 'judged-anew', duplicateCheck: 'after-gate', notFoundMs: 50 });
  const flags = ['--declines', 'replayed', '--duplicate-check', 'before-gate', '--not-found-ms', '0'];
  expect(read(flags, chosen)).toEqual(standard);
});

test.each([
  [['--nonsense'], {}, 'nonsense'],
  [['--only', 'bank,pg'], {}, '--only: there is no sandbox "pg"; name some of softpayment,bank,notices,identity'],
  [['--only', ''], {}, '--only: there is no sandbox ""'],
  [['--declines', 'never'], {}, 'expected one of "replayed"|"judged-anew"'],
  [[], { BANK_NOT_FOUND_MS: 'soon' }, 'notFoundMs'],
  [[], { BANK_PORT: 'x' }, 'BANK_PORT is not a port number'],
  [[], { SANDBOX_WEBHOOK_URL: 'here' }, 'SANDBOX_WEBHOOK_URL is not a URL'],
  [[], { SANDBOX_WEBHOOK_URL: 'http://a' }, 'SOFTPAYMENT_WEBHOOK_SECRETS must be whsec_'],
])('settings %j %j are refused in words', (args, env, words) => {
  expect(() => readSettings(args, env)).toThrow(words);
});
