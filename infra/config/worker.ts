/**
 * The worker's configuration. It calls the providers; it knows neither the secret of sessions nor those of webhooks.
 */

import * as channels from './channels';
import * as connections from './connections';
import { type ConfigOf, type Environment, load } from './load';
import * as parts from './parts';
import * as providers from './providers';

export const WORKER_PARTS = {
  pace: parts.PACE,
  policy: parts.POLICY,
  logLevel: parts.LOG_LEVEL,
  fastClock: parts.FAST_CLOCK,
  host: parts.HOST,
  workerHealthPort: parts.WORKER_HEALTH_PORT,
  floatHeadroom: parts.FLOAT_HEADROOM,
  databaseUrl: connections.DATABASE_URL,
  readDatabaseUrl: connections.READ_DATABASE_URL,
  retentionDatabaseUrl: connections.RETENTION_DATABASE_URL,
  redisUrl: connections.REDIS_URL,
  temporal: connections.TEMPORAL,
  softpayment: providers.SOFTPAYMENT,
  bank: providers.BANK,
  aligo: parts.ALIGO,
  identityProvider: parts.IDENTITY_PROVIDER,
  ses: parts.SES,
  archive: parts.ARCHIVE,
  appHost: parts.APP_HOST,
  alimtalk: channels.ALIMTALK,
  fcm: channels.FCM,
  webPush: channels.WEB_PUSH,
  sesEvents: parts.SES_EVENTS,
  masterKey: parts.MASTER_KEY,
  traces: parts.TRACES,
  desk: parts.DESK,
  alertWebhook: parts.ALERT_WEBHOOK,
} as const;

export type WorkerConfig = ConfigOf<typeof WORKER_PARTS>;

/** Throws ConfigError, which names every variable that is missing or wrong. */
export const loadWorkerConfig = (env: Environment = process.env): WorkerConfig => load(WORKER_PARTS, env);
