/** What SES's answers mean, with the real client of AWS. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSes } from '../../../infra/providers/ses';
import { startNotices } from '../../../infra/sandbox/notices';
import type { RunningSandbox } from '../../../infra/sandbox/sandbox';
import { journalOf, setFaults } from '../../sandbox/client';
import { failureOf } from './provider-calls';

let box: RunningSandbox;
beforeAll(async () => {
  box = await startNotices({ timings: { hangMs: 60_000 } });
});
afterAll(() => box.close());

const MAIL = { to: 'kim@example.com', subject: '제목', text: '본문 ₩1,000\n둘째 줄' };
const client = ({ endpoint = box.url, timeoutMs = 20_000, configurationSet = undefined as string | undefined } = {}) =>
  createSes({
    ...{ from: 'no-reply@plic.example', region: 'ap-northeast-2', emulated: true },
    ...{ configurationSet, endpoint, timeoutMs },
  });
const mailsTo = async (to: string) =>
  (await (await fetch(`${box.url}/_sandbox/messages?to=${to}`)).json()) as { text: string }[];

/** One answer of a server that is not SES. */
async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const server = createServer((_, res) => void res.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failure = await failureOf(client({ endpoint }).sendMail(MAIL));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return failure;
}

test('a mail arrives with its subject, signed, and through the configuration set', async () => {
  await client({ configurationSet: 'plic' }).sendMail(MAIL);
  expect(await mailsTo('kim@example.com')).toMatchObject([{ channel: 'email', text: '제목\n\n본문 ₩1,000\n둘째 줄' }]);
});

test.each([
  ['decline', 'Unavailable', 'refused with MessageRejected'],
  ['rate-limit', 'Unavailable', 'refused with TooManyRequestsException'],
  ['error-500', 'OutcomeUnknown', 'HTTP 500'],
  ['garbage', 'OutcomeUnknown', ''],
  ['drop-after-commit', 'OutcomeUnknown', 'the connection failed'],
])('the fault %s is %s, of one call, and quotes nothing', async (fault, kind, reason) => {
  await setFaults(box.url, [{ fault }]);
  const before = (await journalOf(box.url, 'request')).length;
  const failure = await failureOf(client().sendMail(MAIL));
  await setFaults(box.url, []);
  expect(failure).toMatchObject({ kind, error: { message: expect.stringContaining(`ses send: ${reason}`) } });
  expect(failure.error.message).not.toMatch(/kim|본문/);
  expect(await journalOf(box.url, 'request')).toHaveLength(before + 1);
});

test('silence is an unknown outcome once the time is over', async () => {
  await setFaults(box.url, [{ fault: 'timeout-after', times: 1 }]);
  const { kind, error } = await failureOf(client({ timeoutMs: 200 }).sendMail(MAIL));
  expect([kind, error.message]).toEqual(['OutcomeUnknown', 'ses send: no whole answer within 200 ms']);
});

test('nobody at the address: surely not taken', async () => {
  // A process of its own: the SDK asks whether an error is one of its own realm, and Jest's realm is not Node's.
  const options = {
    from: MAIL.to,
    region: 'ap-northeast-2',
    endpoint: 'http://127.0.0.1:1',
    emulated: true,
    timeoutMs: 9_000,
  };
  const script = `const { createSes } = require('./infra/providers/ses');
    createSes(${JSON.stringify(options)}).sendMail(${JSON.stringify(MAIL)}).catch((error) => process.stdout.write(error.kind + ' ' + error.message));`;
  const root = join(__dirname, '../../..');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', script], { cwd: root });
  expect(stdout).toBe('Unavailable ses send: no connection (ECONNREFUSED)');
});

const JSON_TYPE = { 'content-type': 'application/json' };
test.each([
  ['refused credentials', 403, '{"message":"x"}', { 'x-amzn-errortype': 'UnrecognizedClientException' }, 'Unavailable'],
  [
    'a paused account',
    400,
    '{"message":"kim@example.com"}',
    { 'x-amzn-errortype': 'SendingPausedException:http://x/' },
    'Unavailable',
  ],
  ['an error without a name', 429, '{}', {}, 'OutcomeUnknown'],
  ['a page of a proxy', 502, '<html>', {}, 'OutcomeUnknown'],
  ['an answer without a message id', 200, '{}', {}, 'OutcomeUnknown'],
  ['an empty answer', 200, '', {}, 'OutcomeUnknown'],
])('%s', async (_, status, body, headers, kind) => {
  const failure = await answering(status, body, { ...JSON_TYPE, ...headers });
  expect(failure.kind).toBe(kind);
  expect(failure.error.message).not.toContain('kim');
});
