import type { LocalSecrets } from './secrets';
import { type Environment, filesIn, type Settings } from './settings';
import type { Start } from './start';

/** Where the three stores run, whoever started them. */
export interface StoreAddresses {
  /** The database as the application, the owner, who only reads, and who destroys personal data reach it. */
  database: Readonly<Record<'app' | 'owner' | 'read' | 'retention', string>>;
  redisUrl: string;
  temporalAddress: string;
  /** Temporal's web page; undefined when Temporal is not ours. */
  temporalUiUrl: string | undefined;
}

/** Every variable that the processes of a local system are started with. */
export type LocalEnvironment = Record<
  | 'PLIC_PACE'
  | 'PLIC_KEY_FILE'
  | 'ARCHIVE_DIR'
  | 'PLIC_TASK_QUEUE'
  | 'PLIC_API_URL'
  | 'PORT'
  | 'DATABASE_URL'
  | 'MIGRATE_DATABASE_URL'
  | 'READ_DATABASE_URL'
  | 'RETENTION_DATABASE_URL'
  | 'REDIS_URL'
  | 'TEMPORAL_ADDRESS'
  | 'TEMPORAL_NAMESPACE'
  | 'TEMPORAL_WEB_URL'
  | 'WEB_DIR'
  | 'ADMIN_URL'
  | 'SOFTPAYMENT_URL'
  | 'SOFTPAYMENT_FORM_URL'
  | 'BANK_URL'
  | 'ALIGO_URL'
  | 'ALIGO_USER_ID'
  | 'ALIGO_SENDER'
  | 'ALERT_WEBHOOK_URL'
  | 'IDENTITY'
  | 'IDENTITY_URL'
  | 'AWS_ENDPOINT_URL_SES'
  | 'SES_FROM'
  | 'ALIMTALK_URL'
  | 'ALIMTALK_SENDER_KEY'
  | 'ALIMTALK_TEMPLATES'
  | 'FCM_PROJECT_ID'
  | 'FCM_CLIENT_EMAIL'
  | 'FCM_URL'
  | 'FCM_TOKEN_URL'
  | 'VAPID_SUBJECT'
  | 'WEB_PUSH_SERVICES'
  | 'SOFTPAYMENT_PORT'
  | 'BANK_PORT'
  | 'NOTICES_PORT'
  | 'IDENTITY_PORT'
  | 'CODEC_PORT'
  | 'CLOCK_PORT'
  | 'PLIC_FAST_CLOCK'
  | 'SANDBOX_CLOCK_URL'
  | 'CODEC_ORIGINS'
  | 'SANDBOX_DATA_DIR'
  | 'SANDBOX_WEBHOOK_URL'
  | Exclude<keyof LocalSecrets, `POSTGRES_${string}`>,
  string
>;

/** The sandbox's, or that of a Softpayment elsewhere; its `url` is the origin, or the whole base URL (`/v1`). */
const cardFormOf = (url: string): string => `${url.replace(/(\/v1)?\/*$/, '')}/sdk/card-form`;

/** A variable that the user set wins over ours. */
export function localEnvironment(
  settings: Settings,
  given: Environment,
  {
    POSTGRES_PASSWORD: _owner,
    POSTGRES_APP_PASSWORD: _app,
    POSTGRES_READ_PASSWORD: _read,
    POSTGRES_RETENTION_PASSWORD: _retention,
    ...secrets
  }: LocalSecrets,
  stores: StoreAddresses,
  { fastClock, webDir }: Pick<Start, 'fastClock' | 'webDir'>,
): LocalEnvironment {
  const { api, temporalUi, codec, softpayment, bank, notices, identity, clock } = settings.places;
  const files = filesIn(settings.dataDir);
  const apiUrl = `http://127.0.0.1:${api.port}`;
  const softpaymentUrl = `http://127.0.0.1:${softpayment.port}`;
  const noticesUrl = `http://127.0.0.1:${notices.port}`;
  const ours: LocalEnvironment = {
    ...secrets,
    PLIC_PACE: 'demo',
    PLIC_KEY_FILE: files.masterKey,
    ARCHIVE_DIR: files.archive,
    PLIC_TASK_QUEUE: 'plic',
    PLIC_API_URL: apiUrl,
    PORT: `${api.port}`,
    DATABASE_URL: stores.database.app,
    MIGRATE_DATABASE_URL: stores.database.owner,
    READ_DATABASE_URL: stores.database.read,
    RETENTION_DATABASE_URL: stores.database.retention,
    REDIS_URL: stores.redisUrl,
    TEMPORAL_ADDRESS: stores.temporalAddress,
    TEMPORAL_NAMESPACE: settings.namespace,
    WEB_DIR: webDir,
    ADMIN_URL: apiUrl,
    TEMPORAL_WEB_URL: stores.temporalUiUrl ?? `http://127.0.0.1:${settings.places.temporalUi.port}`,
    SOFTPAYMENT_URL: softpaymentUrl,
    SOFTPAYMENT_FORM_URL: cardFormOf(given.SOFTPAYMENT_URL ?? softpaymentUrl),
    BANK_URL: `http://127.0.0.1:${bank.port}`,
    ALIGO_URL: noticesUrl,
    ...{ ALIGO_USER_ID: 'plic-local', ALIGO_SENDER: '0200000000' },
    ALERT_WEBHOOK_URL: `${noticesUrl}/hooks/operators`,
    IDENTITY: 'off',
    IDENTITY_URL: `http://127.0.0.1:${identity.port}`,
    AWS_ENDPOINT_URL_SES: given.AWS_ENDPOINT_URL ?? noticesUrl,
    SES_FROM: 'no-reply@plic.example',
    ALIMTALK_URL: noticesUrl,
    ALIMTALK_SENDER_KEY: 'plic-local',
    ALIMTALK_TEMPLATES: 'deal-completed=P1,deal-failed=P2,deal-refunded=P3,fee-refunded=P4,grade-changed=P5',
    FCM_PROJECT_ID: 'plic-local',
    FCM_CLIENT_EMAIL: 'plic@plic-local.example',
    ...{ FCM_URL: noticesUrl, FCM_TOKEN_URL: `${noticesUrl}/token` },
    VAPID_SUBJECT: 'mailto:no-reply@plic.example',
    WEB_PUSH_SERVICES: noticesUrl,
    SOFTPAYMENT_PORT: `${softpayment.port}`,
    BANK_PORT: `${bank.port}`,
    NOTICES_PORT: `${notices.port}`,
    IDENTITY_PORT: `${identity.port}`,
    CODEC_PORT: `${codec.port}`,
    CLOCK_PORT: `${clock.port}`,
    PLIC_FAST_CLOCK: fastClock ? 'on' : 'off',
    SANDBOX_CLOCK_URL: fastClock ? `http://127.0.0.1:${clock.port}` : '',
    CODEC_ORIGINS: `http://127.0.0.1:${temporalUi.port},http://localhost:${temporalUi.port}`,
    SANDBOX_DATA_DIR: files.sandbox,
    SANDBOX_WEBHOOK_URL: apiUrl,
  };
  const names = Object.keys(ours) as (keyof LocalEnvironment)[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? ours[name]])) as LocalEnvironment;
}
