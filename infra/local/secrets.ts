import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { LoginPasswords } from './logins';

/** What only this machine knows. The names are those of the environment variables that override them. */
export interface LocalSecrets {
  JWT_SECRET: string;
  POSTGRES_PASSWORD: string;
  POSTGRES_APP_PASSWORD: string;
  POSTGRES_READ_PASSWORD: string;
  POSTGRES_RETENTION_PASSWORD: string;
  SOFTPAYMENT_API_KEY: string;
  SOFTPAYMENT_WEBHOOK_SECRETS: string;
  BANK_API_KEY: string;
  BANK_WEBHOOK_SECRETS: string;
  ALIGO_API_KEY: string;
  IDENTITY_API_KEY: string;
  FCM_PRIVATE_KEY: string;
  VAPID_PUBLIC_KEY: string;
  VAPID_PRIVATE_KEY: string;
}

/** Of those who log in to PostgreSQL beside its owner. */
export const passwordsOf = (secrets: LocalSecrets): LoginPasswords => ({
  app: secrets.POSTGRES_APP_PASSWORD,
  read: secrets.POSTGRES_READ_PASSWORD,
  retention: secrets.POSTGRES_RETENTION_PASSWORD,
});

/**
 * The secrets of a local system: made once, kept in a file that only its owner may read. A file from an older version
 * is completed, never changed: the database and the sandboxes know the old values.
 */
export function localSecrets(file: string): LocalSecrets {
  const kept: Partial<LocalSecrets> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const secrets = { ...freshSecrets(), ...kept };
  if (Object.keys(secrets).length > Object.keys(kept).length) {
    writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return secrets;
}

function freshSecrets(): LocalSecrets {
  const token = () => randomBytes(32).toString('base64url');
  const webhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
  return {
    JWT_SECRET: token(),
    POSTGRES_PASSWORD: token(),
    POSTGRES_APP_PASSWORD: token(),
    POSTGRES_READ_PASSWORD: token(),
    POSTGRES_RETENTION_PASSWORD: token(),
    SOFTPAYMENT_API_KEY: token(),
    SOFTPAYMENT_WEBHOOK_SECRETS: webhookSecret(),
    BANK_API_KEY: token(),
    BANK_WEBHOOK_SECRETS: webhookSecret(),
    ALIGO_API_KEY: token(),
    IDENTITY_API_KEY: token(),
    ...pushKeys(),
  };
}

/** A service account's key, and our pair with the push services. */
export function pushKeys(): Pick<LocalSecrets, 'FCM_PRIVATE_KEY' | 'VAPID_PUBLIC_KEY' | 'VAPID_PRIVATE_KEY'> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pair = createECDH('prime256v1');
  const known = pair.generateKeys('base64url');
  return {
    FCM_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    VAPID_PUBLIC_KEY: known,
    VAPID_PRIVATE_KEY: pair.getPrivateKey().toString('base64url').padStart(43, 'A'),
  };
}
