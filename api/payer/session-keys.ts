/**
 * The keys of sessions. `JWT_SECRET` signs; the secrets before it are still believed, so that a new one logs nobody
 * out. From each secret three things are derived, none of which tells another: the key of access tokens, the key of
 * refresh tokens, and the `kid`, a public name of the secret.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { ApiDeps } from '../deps';

interface SessionKeys {
  /** What signs new access tokens. */
  readonly current: AccessKey;
  /** The key of a live secret; undefined for any other name. */
  accessKeyOf(kid: unknown): Buffer | undefined;
  /** A seal by the current secret. */
  seal(text: string): string;
  /** Whether a live secret sealed the text. */
  isSealed(text: string, seal: string): boolean;
}

interface AccessKey {
  readonly kid: string;
  readonly key: Buffer;
}

const derive = (secret: string, use: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `plic/sessions/${use}`, bytes));
const accessKeyOf = (secret: string): AccessKey => ({
  kid: derive(secret, 'kid', 9).toString('base64url'),
  key: derive(secret, 'access', 32),
});
const macOf = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export function createSessionKeys({ jwtSecret, jwtPreviousSecrets }: SecretsOfSessions): SessionKeys {
  const secrets = [jwtSecret, ...jwtPreviousSecrets];
  const accessKeys = new Map<unknown, Buffer>(secrets.map(accessKeyOf).map(({ kid, key }) => [kid, key]));
  const sealing = derive(jwtSecret, 'refresh', 32);
  const sealed = secrets.map((secret) => derive(secret, 'refresh', 32));
  return {
    current: accessKeyOf(jwtSecret),
    accessKeyOf: (kid) => accessKeys.get(kid),
    seal: (text) => macOf(sealing, text).toString('base64url'),
    isSealed(text, seal) {
      const given = Buffer.from(seal, 'base64url');
      return sealed.some((key) => given.length === 32 && timingSafeEqual(macOf(key, text), given));
    },
  };
}

type SecretsOfSessions = Pick<ApiDeps['config'], 'jwtSecret' | 'jwtPreviousSecrets'>;
