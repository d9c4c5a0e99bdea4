/** A payer sees where they are logged in, and ends it; nobody sees or ends another's. */
import { randomUUID } from 'node:crypto';
import { deviceLabel } from '../../api/payer/device-label';
import { createSessions } from '../../api/payer/sessions';
import { addDevice } from '../../db/devices';
import { type BareApi, type Member, startBareApi } from './bare-api';

let now = new Date('2026-03-02T01:00:00Z');
let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi({ clock: () => now });
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
  await createSessions(api.deps).closeAll(payer.userId);
});

const later = () => {
  now = new Date(now.getTime() + 60_000);
};
/** A session of the payer on a device of theirs. */
async function logIn(label = 'Chrome, Android', userId = payer.userId) {
  later();
  const deviceId = randomUUID();
  await addDevice(api.deps.db, { id: deviceId, userId, secretHash: deviceId, label }, now);
  const session = await createSessions(api.deps).open(userId, { deviceId, label });
  const headers = { authorization: `Bearer ${session.accessToken}` };
  const call = (method: string, path: string) => api.call(method, `/v1/users/me${path}`, undefined, headers);
  return { ...session, deviceId, openedAt: now.toISOString(), call };
}
type Session = Awaited<ReturnType<typeof logIn>>;
const isIn = async ({ call }: Session) => (await call('GET', '/sessions')).status === 200;

test('sessions are listed with what tells them apart, the one refreshed last first', async () => {
  const phone = await logIn('Safari, iOS');
  const desk = await logIn('Edge, Windows');
  later();
  await createSessions(api.deps).renew(phone.refreshToken);
  const ofPhone = { id: phone.sessionId, deviceId: phone.deviceId, label: 'Safari, iOS', createdAt: phone.openedAt };
  const ofDesk = { id: desk.sessionId, deviceId: desk.deviceId, label: 'Edge, Windows', createdAt: desk.openedAt };
  expect((await desk.call('GET', '/sessions')).body).toEqual({
    items: [
      { ...ofPhone, refreshedAt: now.toISOString(), current: false },
      { ...ofDesk, refreshedAt: desk.openedAt, current: true },
    ],
  });
});

test('the id of a session lets nobody in', async () => {
  const { sessionId } = await logIn();
  for (const refreshToken of [sessionId, `${sessionId}.0`, `${sessionId}.0.`])
    expect((await api.call('POST', '/v1/auth/refresh', { refreshToken })).status).toBe(401);
});

test('one session is ended by its id, and only once', async () => {
  const [here, lost] = [await logIn(), await logIn()];
  expect((await here.call('DELETE', `/sessions/${lost.sessionId}`)).status).toBe(204);
  expect([await isIn(here), await isIn(lost)]).toEqual([true, false]);
  expect((await api.call('POST', '/v1/auth/refresh', { refreshToken: lost.refreshToken })).status).toBe(401);
  expect((await here.call('DELETE', `/sessions/${lost.sessionId}`)).status).toBe(404);
});

test.each([
  ['', false],
  ['?others=false', false],
  ['?others=true', true],
])('DELETE of all%s ends the others, and the one that asks: %s it stays', async (query, stays) => {
  const [here, other] = [await logIn(), await logIn()];
  expect((await here.call('DELETE', `/sessions${query}`)).status).toBe(204);
  expect([await isIn(here), await isIn(other)]).toEqual([stays, false]);
});

test('a word that is not known ends nothing', async () => {
  const here = await logIn();
  for (const query of ['?others=1', '?other=true'])
    expect((await here.call('DELETE', `/sessions${query}`)).body.code).toBe('invalid-request');
  expect(await isIn(here)).toBe(true);
});

test('another payer’s session and device are 404, as those that are not', async () => {
  const here = await logIn();
  const stranger = await api.member();
  const theirs = await logIn('unknown', stranger.userId);
  for (const path of [`/sessions/${theirs.sessionId}`, `/devices/${theirs.deviceId}`]) {
    for (const one of [path, path.replace(/[^/]+$/, randomUUID()), path.replace(/[^/]+$/, 'x')]) {
      const { status, body } = await here.call('DELETE', one);
      expect([status, body.code]).toEqual([404, 'not-found']);
    }
  }
  expect(await isIn(theirs)).toBe(true);
  expect((await here.call('GET', '/sessions')).body.items).toHaveLength(1);
  expect((await here.call('GET', '/devices')).body.items).toHaveLength(1);
});

test('devices are listed, newest first', async () => {
  const [old, here] = [await logIn('Firefox, Linux'), await logIn('Chrome, Android')];
  expect((await here.call('GET', '/devices')).body).toEqual({
    items: [
      { id: here.deviceId, label: 'Chrome, Android', createdAt: here.openedAt, recognisedAt: null, current: true },
      { id: old.deviceId, label: 'Firefox, Linux', createdAt: old.openedAt, recognisedAt: null, current: false },
    ],
  });
});

test('a device that is forgotten takes its sessions with it, and forgetting it again is safe', async () => {
  const [here, lost] = [await logIn(), await logIn()];
  for (let n = 0; n < 2; n++) expect((await here.call('DELETE', `/devices/${lost.deviceId}`)).status).toBe(204);
  expect([await isIn(here), await isIn(lost)]).toEqual([true, false]);
  const { items } = (await here.call('GET', '/devices')).body as { items: { id: string }[] };
  expect(items.map(({ id }) => id)).toEqual([here.deviceId]);
});

const APPLE = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const GOOGLE = 'AppleWebKit/537.36 (KHTML, like Gecko)';
test.each([
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) ${APPLE} Version/17.4 Mobile/15E148 Safari/604.1`,
    'Safari, iOS',
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) ${APPLE} CriOS/122.0 Mobile/15E148 Safari/604.1`,
    'Chrome, iOS',
  ],
  [
    `Mozilla/5.0 (Linux; Android 14; SM-S928N) ${GOOGLE} SamsungBrowser/24.0 Chrome/117.0 Mobile Safari/537.36`,
    'Samsung Internet, Android',
  ],
  [`Mozilla/5.0 (Linux; Android 10; K) ${GOOGLE} Chrome/122.0.0.0 Mobile Safari/537.36`, 'Chrome, Android'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${GOOGLE} Chrome/122.0 Safari/537.36 Edg/122.0`, 'Edge, Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${GOOGLE} Chrome/120.0 Whale/3.24 Safari/537.36`, 'Whale, Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0', 'Firefox, Linux'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${APPLE} Version/17.3 Safari/605.1.15`, 'Safari, macOS'],
  ['PLIC/12 CFNetwork/1494 Darwin/23.4.0', 'Apple'],
  ['okhttp/4.12.0', 'unknown'],
  ['kim@example.com 010-1234-5678', 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('of the User-Agent %j only the kind is kept', (userAgent, label) => {
  expect(deviceLabel(userAgent)).toBe(label);
});
