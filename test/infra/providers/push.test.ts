/** Pushes to apps (FCM) and to browsers (web push), over real HTTP. */
import { createECDH, randomBytes } from 'node:crypto';
import { pushKeys } from '../../../infra/local/secrets';
import { createPush } from '../../../infra/providers/push';
import { startNotices } from '../../../infra/sandbox/notices';
import type { PushTarget } from '../../../workflows/domain/providers';
import { isPushService, PUSH_SERVICES } from '../../../workflows/domain/push';
import { call, journalOf, perTest, setFaults } from '../../sandbox/client';
import { failureOf } from './provider-calls';

const box = perTest(startNotices);
const KEYS = pushKeys();
const MESSAGE = {
  title: '송금을 마쳤습니다',
  text: '받는 분 계좌로 보냈습니다.',
  tag: '01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84',
};

function carrier(services = [box.url]) {
  const fcm = { url: box.url, tokenUrl: `${box.url}/token`, projectId: 'plic', clientEmail: 'plic@x.example' };
  const web = { publicKey: KEYS.VAPID_PUBLIC_KEY, privateKey: KEYS.VAPID_PRIVATE_KEY, subject: 'mailto:ops@x.example' };
  const push = createPush({
    fcm: { ...fcm, privateKey: KEYS.FCM_PRIVATE_KEY },
    ...{ web: { ...web, services }, timeoutMs: 5_000 },
  });
  if (!push) throw new Error('no carrier');
  return push;
}
const app = (token: string): PushTarget => ({ kind: 'fcm', token });
function browser(name: string): PushTarget {
  const pair = createECDH('prime256v1');
  const p256dh = pair.generateKeys('base64url');
  return { kind: 'web', endpoint: `${box.url}/web-push/${name}`, p256dh, auth: randomBytes(16).toString('base64url') };
}
const messagesTo = async (to: string) =>
  (await call(box.url, 'GET', `/_sandbox/messages?to=${to}`)).body as unknown as { text: string }[];

describe('FCM', () => {
  test('takes a push, and one access token is used for all', async () => {
    const push = carrier();
    const answers = await Promise.all(['one', 'two', 'three'].map((token) => push.push(app(token), MESSAGE)));
    for (const answer of answers) expect(answer).toEqual({ kind: 'taken', messageId: expect.stringContaining('plic') });
    expect(await messagesTo('one')).toMatchObject([{ text: '송금을 마쳤습니다\n받는 분 계좌로 보냈습니다.' }]);
    const asked = (await journalOf(box.url)).filter(({ path }) => path === '/token');
    expect(asked).toHaveLength(1);
  });

  test.each(['dead-unregistered', 'other-mismatch', 'no-invalid'])('%s leads nowhere', async (token) => {
    expect(await carrier().push(app(token), MESSAGE)).toEqual({ kind: 'gone' });
  });

  test('without an access token nothing was sent, and the next push asks for one again', async () => {
    const push = carrier();
    await setFaults(box.url, [{ fault: 'error-500', times: 1, match: { path: '/token' } }]);
    expect((await failureOf(push.push(app('one'), MESSAGE))).kind).toBe('Unavailable');
    expect(await push.push(app('one'), MESSAGE)).toMatchObject({ kind: 'taken' });
  });

  test('a full quota is asked again when FCM says so', async () => {
    await setFaults(box.url, [{ fault: 'rate-limit', times: 1, match: { path: ':send' } }]);
    const { error } = await failureOf(carrier().push(app('one'), MESSAGE));
    expect(error).toMatchObject({ kind: 'OutcomeUnknown', retryAfterMs: 1_000 });
    expect(`${error}`).not.toContain('ya29');
  });
});

describe('web push', () => {
  test('a push service takes ciphertext, signed by our key', async () => {
    expect(await carrier().push(browser('chrome'), MESSAGE)).toEqual({ kind: 'taken', messageId: null });
    const [arrived] = await messagesTo('chrome');
    expect(Buffer.from(arrived?.text ?? '', 'base64url').toString('latin1')).not.toContain('PLIC');
  });

  test.each(['old-gone', 'old-missing'])('%s leads nowhere', async (name) => {
    expect(await carrier().push(browser(name), MESSAGE)).toEqual({ kind: 'gone' });
  });

  test('a service that is not ours to call is not called', async () => {
    expect(await carrier(['https://push.example']).push(browser('chrome'), MESSAGE)).toEqual({ kind: 'gone' });
    expect(await messagesTo('chrome')).toEqual([]);
  });

  test('a service that fails may be asked again', async () => {
    await setFaults(box.url, [{ fault: 'error-500', times: 1 }]);
    expect((await failureOf(carrier().push(browser('chrome'), MESSAGE))).kind).toBe('OutcomeUnknown');
  });
});

test.each([
  ['https://fcm.googleapis.com/fcm/send/x', true],
  ['https://wns2-par02p.notify.windows.com/w/?token=x', true],
  ['https://web.push.apple.com/x', true],
  ['http://fcm.googleapis.com/x', false],
  ['https://fcm.googleapis.com:444/x', false],
  ['https://fcm.googleapis.com.evil.example/x', false],
  ['https://evilnotify.windows.com/x', false],
  ['https://x.notify.windows.com:8443/x', false],
  ['https://user@fcm.googleapis.com/x', false],
  ['https://169.254.169.254/latest/meta-data', false],
  ['not an address', false],
])('%s: of a push service: %s', (address, isOne) => {
  expect(isPushService(address, PUSH_SERVICES)).toBe(isOne);
});
