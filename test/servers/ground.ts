/** What a PLIC of one test's own stands on: database, Redis keys, sandboxes, and the environment that names them all. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { type Db, openDb } from '../../db/connection';
import type { DataKeys } from '../../infra/keys/data-keys';
import { pushKeys } from '../../infra/local/secrets';
import type { Timings } from '../../infra/sandbox/sandbox';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine, type DealEngine } from '../../infra/temporal/deal-engine';
import type { DealPolicy } from '../../workflows/domain/policy';
import { dataKeysOf } from '../fixtures/keys';
import { callApi, type Payer, type Places, signUp } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { openAccount } from './account';
import { clockOfRun } from './clock';
import { type HouseConfig, houseConfig } from './config';
import { type TestDatabase, testDatabase } from './database';
import { testRedis } from './redis';
import {
  API_KEYS,
  type JournalEntry,
  type Sandboxes,
  startSandboxes,
  type WebhookSecrets,
  webhookSecrets,
} from './sandboxes';
import { testStack } from './stack';

export interface Ground {
  readonly places: Places;
  readonly secrets: WebhookSecrets;
  /** For a process of the house's own; `config` is the same, read. */
  readonly env: Record<string, string>;
  readonly config: HouseConfig;
  /** As the owner of the database, for what the house itself could not do. */
  readonly db: Db;
  readonly client: Client;
  /** Of what Temporal stores. */
  readonly dataKeys: DataKeys;
  readonly engine: DealEngine;
  readonly sandboxes: Sandboxes;
  /** A new payer, signed up over the API. */
  payer(): Promise<Payer>;
  /** Resolves when the PG has been asked for this charge. */
  chargeAsked(orderId: string): Promise<void>;
  /** The texts sent to this phone, oldest first. */
  messagesTo(phone: string): Promise<string[]>;
  /** Gives everything back; the API and the workers have stopped before. */
  clear(): Promise<void>;
}

export interface GroundOptions {
  /** Replaces the policy of the pace `demo`. */
  readonly policy?: DealPolicy;
  /** What differs from `TEST_TIMINGS`. */
  readonly timings?: Partial<Timings>;
  /** Variables beside the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
}

function environment(database: TestDatabase, redisUrl: string, secrets: WebhookSecrets, sandboxes: Sandboxes) {
  const { temporalAddress, namespace, dir } = testStack();
  return {
    ...clockOfRun(),
    PLIC_PACE: 'demo',
    PLIC_TASK_QUEUE: `test-${randomUUID()}`,
    PLIC_KEY_FILE: join(dir, `${randomUUID()}.key`),
    ARCHIVE_DIR: join(dir, `archive-${randomUUID()}`),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
    DATABASE_URL: database.logins.app,
    READ_DATABASE_URL: database.logins.read,
    RETENTION_DATABASE_URL: database.logins.retention,
    REDIS_URL: redisUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    SOFTPAYMENT_URL: sandboxes.softpayment.url,
    SOFTPAYMENT_API_KEY: API_KEYS.softpayment,
    SOFTPAYMENT_WEBHOOK_SECRETS: secrets.softpayment,
    SOFTPAYMENT_FORM_URL: `${sandboxes.softpayment.url}/sdk/card-form`,
    BANK_URL: sandboxes.bank.url,
    BANK_API_KEY: API_KEYS.bank,
    BANK_WEBHOOK_SECRETS: secrets.bank,
    ALIGO_URL: sandboxes.notices.url,
    ALIGO_API_KEY: API_KEYS.aligo,
    ALIGO_USER_ID: 'plic',
    ALIGO_SENDER: '0212345678',
    ALERT_WEBHOOK_URL: `${sandboxes.notices.url}/hooks/operators`,
    IDENTITY_URL: sandboxes.identity.url,
    IDENTITY_API_KEY: API_KEYS.identity,
    AWS_ENDPOINT_URL_SES: sandboxes.notices.url,
    SES_FROM: 'no-reply@plic.example',
    ...{ FCM_PROJECT_ID: 'plic-test', FCM_CLIENT_EMAIL: 'plic@plic-test.example', FCM_URL: sandboxes.notices.url },
    ...{ FCM_TOKEN_URL: `${sandboxes.notices.url}/token`, VAPID_SUBJECT: 'mailto:no-reply@plic.example' },
    ...{ ALIMTALK_URL: sandboxes.notices.url, ALIMTALK_SENDER_KEY: 'test', ALIMTALK_TEMPLATES: 'deal-completed=T1' },
    ...{ WEB_PUSH_SERVICES: sandboxes.notices.url, ...pushKeys() },
    JWT_SECRET: randomBytes(32).toString('hex'),
  };
}

/** Prepares the ground for an API that listens, or will listen, at `apiUrl`. */
export async function prepareGround(
  apiUrl: string,
  { policy, timings, env: more = {} }: GroundOptions = {},
): Promise<Ground> {
  const secrets = webhookSecrets();
  const [database, redisUrl, sandboxes] = await Promise.all([
    testDatabase(),
    testRedis(),
    startSandboxes(apiUrl, secrets, timings),
  ]);
  await openAccount(database.db, sandboxes.bank.url);
  const env = { ...environment(database, redisUrl, secrets, sandboxes), ...more };
  const read = houseConfig(env);
  const config = policy ? { ...read, policy } : read;
  // The processes of some houses have another database, and their keys in it.
  const keysDb = more.DATABASE_URL ? openDb({ databaseUrl: config.databaseUrl, poolMax: 1 }) : database.db;
  const dataKeys = await dataKeysOf({ db: keysDb, config });
  const client = await openTemporal(config.temporal, dataKeys);
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).deals;
  const places = { apiUrl, softpaymentUrl: sandboxes.softpayment.url, noticesUrl: sandboxes.notices.url };
  return {
    places,
    secrets,
    env,
    config,
    db: database.db,
    ...{ client, dataKeys },
    engine: createDealEngine({ client, taskQueue, policy: config.policy }),
    sandboxes,
    payer: () => signUp(places),
    async chargeAsked(orderId) {
      const asked = (entry: JournalEntry) => entry.kind === 'request' && entry.orderId === orderId;
      await poll(sandboxes.softpayment.journal, (journal) => journal.some(asked), {
        what: `charge ${orderId} is asked`,
      });
    },
    async messagesTo(phone) {
      const { body } = await callApi<{ text: string }[]>(places.noticesUrl, 'GET', `/_sandbox/messages?to=${phone}`);
      return body.map(({ text }) => text);
    },
    async clear() {
      await sandboxes.close();
      await client.connection.close();
      await keysDb.destroy();
      await database.drop();
    },
  };
}
