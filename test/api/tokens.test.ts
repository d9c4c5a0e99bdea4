/** Which access tokens are believed: our own, signed with a live secret, unexpired, of a session that has not ended. */
import { generateKeyPairSync, randomUUID, sign as signWith } from 'node:crypto';
import { createSessions } from '../../api/payer/sessions';
import { tokenForge } from '../fixtures/tokens';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
let payer: Awaited<ReturnType<BareApi['member']>>;
beforeAll(async () => {
  api = await startBareApi();
  payer = await api.member();
});
afterAll(() => api.stop());

const forge = tokenForge(() => api.deps.config);
const { encode, sign } = forge;
const believed = async (token: string): Promise<boolean> => {
  const { status } = await api.call('GET', '/v1/cards', undefined, { authorization: `Bearer ${token}` });
  expect([200, 401]).toContain(status);
  return status === 200;
};
const seconds = (): number => Math.floor(Date.now() / 1_000);

test('a token that is made as ours are is believed: what follows is refused for what differs', async () => {
  expect(await believed(payer.accessToken)).toBe(true);
  expect(await believed(sign(forge.claimsOf(payer.accessToken)))).toBe(true);
});

type Claims = Record<string, unknown>;
const other = Buffer.from('x'.repeat(32));
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signedByRsa = (claims: Claims, header: object) => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signWith('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
};

test.each<[string, (claims: Claims, token: string) => string]>([
  ['unsigned (alg none)', (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`],
  [
    'unsigned, in our name',
    (claims, token) => `${encode({ ...forge.headerOf(token), alg: 'none' })}.${encode(claims)}.`,
  ],
  ['without its signature', (_, token) => token.replace(/[^.]+$/, '')],
  ['of another algorithm of the same key', (claims) => sign(claims, { alg: 'HS512' })],
  ['of an algorithm with two keys', (claims) => signedByRsa(claims, { alg: 'RS256' })],
  [
    'of an algorithm with two keys, in our name',
    (claims, token) => signedByRsa(claims, { ...forge.headerOf(token), alg: 'RS256' }),
  ],
  [
    'signed with a public key as a secret',
    (claims) => sign(claims, {}, Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))),
  ],
  ['signed by another secret', (claims) => sign(claims, {}, other)],
  ['signed with the secret itself', (claims) => sign(claims, {}, Buffer.from(api.deps.config.jwtSecret))],
  ['signed with nothing', (claims) => sign(claims, {}, Buffer.alloc(0))],
  ['of an unknown kid', (claims) => sign(claims, { kid: 'unknown' })],
  ['of no kid', (claims) => sign(claims, { kid: undefined })],
  ['whose kid is a path', (claims) => sign(claims, { kid: '../../dev/null' }, Buffer.alloc(0))],
  ['whose kid is a name of every object', (claims) => sign(claims, { kid: '__proto__' }, other)],
  ['whose kid is an object', (claims) => sign(claims, { kid: { toString: 'x' } }, other)],
  [
    'that brings its key (jwk)',
    (claims) => sign(claims, { jwk: { kty: 'oct', k: other.toString('base64url') } }, other),
  ],
  ['that tells where its key is (jku)', (claims) => sign(claims, { jku: `${api.url}/keys` }, other)],
  ['that tells where its certificate is (x5u)', (claims) => sign(claims, { x5u: `${api.url}/certificate` }, other)],
  ['that brings its certificate (x5c)', (claims) => sign(claims, { x5c: [other.toString('base64')] }, other)],
  ['with an extension that must be understood', (claims) => sign(claims, { crit: ['b64'], b64: true, x: 1 }, other)],
  [
    'whose payer was changed',
    (claims, token) => token.replace(/\.[^.]+\./, `.${encode({ ...claims, sub: randomUUID() })}.`),
  ],
  ['expired', (claims) => sign({ ...claims, exp: seconds() - 1 })],
  ['that never expires', (claims) => sign({ ...claims, exp: undefined })],
  ['not valid yet', (claims) => sign({ ...claims, nbf: seconds() + 600 })],
  ['of another issuer', (claims) => sign({ ...claims, iss: 'other' })],
  ['for another audience', (claims) => sign({ ...claims, aud: 'other' })],
  ['of another type', (claims) => sign({ ...claims, typ: 'refresh' })],
  ['of nobody', (claims) => sign({ ...claims, sub: '' })],
  ['of somebody else', (claims) => sign({ ...claims, sub: randomUUID() })],
  ['of no session', (claims) => sign({ ...claims, sid: undefined })],
  ['of a session that never was', (claims) => sign({ ...claims, sid: randomUUID() })],
  ['of no device', (claims) => sign({ ...claims, did: undefined })],
])('a token %s is refused', async (_what, forged) => {
  expect(await believed(forged(forge.claimsOf(payer.accessToken), payer.accessToken))).toBe(false);
});

test('a refresh token is no access token, and an access token no refresh token', async () => {
  const { accessToken, refreshToken } = await createSessions(api.deps).open(payer.userId);
  expect(await believed(refreshToken)).toBe(false);
  const answer = await api.call('POST', '/v1/auth/refresh', { refreshToken: accessToken.slice(0, 128) });
  expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
});

test('a token of a session that has ended is refused', async () => {
  const { accessToken, sessionId } = await createSessions(api.deps).open(payer.userId);
  expect(await believed(accessToken)).toBe(true);
  await createSessions(api.deps).close(payer.userId, sessionId);
  expect(await believed(accessToken)).toBe(false);
});

test('a token names its key in public, and the name tells nothing of the secret', () => {
  const { kid } = forge.headerOf(payer.accessToken);
  expect(kid).toMatch(/^[\w-]{12}$/);
  expect(api.deps.config.jwtSecret).not.toContain(kid);
});
